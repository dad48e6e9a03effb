import fc from "fast-check";
import { allocate, type DType, type Storage } from "../../src/dtype.ts";
import type { ProductPlan } from "../../src/kernels/kernels.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";

/** Ranks 0 to 4, sizes 0 to 5: scalars, empty tensors, axes of size 1 and everything between. */
export const shapes: fc.Arbitrary<number[]> = fc.array(
  fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 12, arbitrary: fc.integer({ min: 1, max: 5 }) }),
  { maxLength: 4 },
);

/** As `shapes`, with at least one axis. */
export const shapesWithAxis: fc.Arbitrary<number[]> = shapes.filter((shape) => shape.length > 0);

const special = fc.constantFrom(0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
/** Numbers whose sums and products are exact in any order, and those that break careless comparisons. */
const numbers = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }) }, { weight: 1, arbitrary: special });

export const dtypeArbitrary: fc.Arbitrary<DType> = fc.constantFrom("float32", "float64", "int32", "uint8", "bool");

/** Storage of `size` elements; in floats, some are NaN, infinite or -0. */
export function storages(dtype: DType, size: number): fc.Arbitrary<Storage> {
  return fc.array(numbers, { minLength: size, maxLength: size }).map((values) => stored(dtype, values));
}

/** Storage of `size` small whole numbers. */
export function wholes(dtype: DType, size: number): fc.Arbitrary<Storage> {
  return fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: size, maxLength: size })
    .map((values) => stored(dtype, values));
}

export function stored(dtype: DType, values: readonly number[]): Storage {
  const storage = allocate(dtype, values.length);
  storage.set(dtype === "bool" ? values.map((value) => Number(value > 0)) : values);
  return storage;
}

/** `shape` with some of its first axes left out and some others of size 1: what broadcasts to `shape`. */
export function broadcastable(shape: Shape): fc.Arbitrary<number[]> {
  return fc
    .tuple(
      fc.integer({ min: 0, max: shape.length }),
      fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    )
    .map(([from, ones]) => shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(from));
}

/** Every position of a shape, in row-major order. */
export function positionsOf(shape: Shape): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, flat) => {
    const position = new Array<number>(shape.length);
    for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
      position[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return position;
  });
}

/** Σ position·strides. */
export function at(position: readonly number[], strides: readonly number[]): number {
  return position.reduce((sum, p, axis) => sum + p * strides[axis]!, 0);
}

/** The element that position `position` of a broadcast result takes from an operand of shape `shape`. */
export function flatIn(shape: Shape, position: readonly number[]): number {
  const missing = position.length - shape.length;
  return shape.reduce((flat, size, axis) => flat * size + (size === 1 ? 0 : position[axis + missing]!), 0);
}

/** One product of matrices. */
export const oneProduct = (m: number, n: number, k: number, transposeA = false, transposeB = false): ProductPlan => ({
  m,
  n,
  k,
  transposeA,
  transposeB,
  aOffsets: [0],
  bOffsets: [0],
});

/** A few products of matrices of such sizes, which begin in any order, some of them more than once, and how many elements the operands have. */
export function products(
  sizes: fc.Arbitrary<readonly [m: number, n: number, k: number]>,
): fc.Arbitrary<{ plan: ProductPlan; aLength: number; bLength: number }> {
  const places = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1, maxLength: 5 });
  const offsets = fc.tuple(fc.nat(3), fc.nat(3));
  return fc
    .tuple(sizes, fc.boolean(), fc.boolean(), places, offsets)
    .map(([[m, n, k], transposeA, transposeB, pairs, [a, b]]) => ({
      plan: {
        ...oneProduct(m, n, k, transposeA, transposeB),
        aOffsets: pairs.map(([i]) => a + i * m * k),
        bOffsets: pairs.map(([, j]) => b + j * k * n),
      },
      aLength: a + 3 * m * k,
      bLength: b + 3 * k * n,
    }));
}
