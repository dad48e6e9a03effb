import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, type DType, type Storage } from "../../src/dtype.ts";
import type { ReduceKind } from "../../src/kernels/kernels.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { reducedShape, type Shape, sizeOf } from "../../src/shape.ts";
import { dtypeArbitrary, flatIn, positionsOf, shapes, storages } from "./arbitraries.ts";

const outDtype = (kind: ReduceKind, dtype: DType): DType =>
  kind === "sum" && (dtype === "bool" || dtype === "uint8") ? "int32" : dtype;

function reduced(kind: ReduceKind, dtype: DType, x: Storage, shape: Shape, axes: readonly number[]): Storage {
  const out = allocate(outDtype(kind, dtype), sizeOf(reducedShape(shape, axes, false)));
  // What was there before must not matter.
  out.fill(7);
  reference.reduce(kind, x, shape, axes, out);
  return out;
}

const combine = {
  sum: (values: number[]) => values.reduce((a, b) => a + b, 0),
  max: (values: number[]) => Math.max(...values),
  min: (values: number[]) => Math.min(...values),
};

describe.each(["sum", "max", "min"] as const)("%s", (kind) => {
  test("agrees with the elements collected one by one, over any axes", () => {
    const cases = fc.tuple(shapes, dtypeArbitrary).chain(([shape, dtype]) =>
      fc.record({
        dtype: fc.constant(dtype),
        shape: fc.constant(shape),
        axes: fc.subarray(shape.map((_, axis) => axis)),
        x: storages(dtype, sizeOf(shape)),
      }),
    );
    fc.assert(
      fc.property(cases, ({ dtype, shape, axes, x }) => {
        const kept = reducedShape(shape, axes, true);
        fc.pre(kind === "sum" || x.length > 0 || sizeOf(kept) === 0);
        const found = Array.from({ length: sizeOf(kept) }, (): number[] => []);
        positionsOf(shape).forEach((p, i) => {
          found[flatIn(kept, p)]!.push(x[i]!);
        });
        const naive = allocate(outDtype(kind, dtype), found.length);
        naive.set(found.map(combine[kind]));
        const out = reduced(kind, dtype, x, shape, axes);
        // Sums of nothing but -0 may be 0; everything else keeps its sign.
        const plain = (values: Storage) => Array.from(values, (v) => (kind === "sum" ? v + 0 : v));
        expect(plain(out)).toEqual(plain(naive));
      }),
      { numRuns: 400 },
    );
  });

  test("agrees on axes longer than any block", () => {
    for (const dtype of ["float32", "float64", "int32"] as const) {
      for (const shape of [
        [2, 1500],
        [1500, 3],
        [40, 37],
        [3, 1500, 2],
        [2, 1100, 1],
        [5, 2, 70, 3],
      ] as const) {
        const x = allocate(dtype, sizeOf(shape));
        for (let i = 0; i < x.length; i++) x[i] = ((i * 7919) % 201) - 100;
        for (const axes of [[0], [1], [0, 1], [0, 2]].filter((list) => list.every((axis) => axis < shape.length))) {
          const kept = reducedShape(shape, axes, true);
          const found = Array.from({ length: sizeOf(kept) }, (): number[] => []);
          positionsOf(shape).forEach((p, i) => {
            found[flatIn(kept, p)]!.push(x[i]!);
          });
          expect(Array.from(reduced(kind, dtype, x, shape, axes))).toEqual(found.map(combine[kind]));
        }
      }
    }
  });
});

test("one NaN anywhere decides max and min", () => {
  for (const size of [1, 2, 5, 8, 17, 130]) {
    for (let at = 0; at < size; at++) {
      const x = new Float32Array(size).map((_, i) => (i === at ? Number.NaN : (i % 3) - 1));
      for (const kind of ["max", "min"] as const) {
        expect(reduced(kind, "float32", x, [size], [0])[0]).toBeNaN();
        expect(reduced(kind, "float32", x, [size, 1], [0])[0]).toBeNaN();
      }
      const pairs = new Float32Array(2 * size).map((_, i) => (i === 2 * at ? Number.NaN : (i % 3) - 1));
      for (const kind of ["max", "min"] as const) {
        const [first, second] = reduced(kind, "float32", pairs, [size, 2], [0]);
        expect(first).toBeNaN();
        expect(second).not.toBeNaN();
      }
    }
  }
});

test("max and min of infinities are infinities", () => {
  const low = new Float64Array(9).fill(Number.NEGATIVE_INFINITY);
  const high = new Float64Array(9).fill(Number.POSITIVE_INFINITY);
  for (const shape of [[9], [9, 1], [3, 3]]) {
    const axes = shape.length === 1 ? [0] : [0, 1];
    expect(reduced("max", "float64", low, shape, axes)[0]).toBe(Number.NEGATIVE_INFINITY);
    expect(reduced("min", "float64", high, shape, axes)[0]).toBe(Number.POSITIVE_INFINITY);
  }
});

test("a sum over an empty axis is 0", () => {
  expect(reduced("sum", "float32", new Float32Array(0), [2, 0, 3], [1])).toEqual(new Float32Array(6));
  expect(reduced("sum", "float64", new Float64Array(0), [0], [0])).toEqual(new Float64Array(1));
  expect(reduced("sum", "float64", new Float64Array(0), [0, 3], [1])).toEqual(new Float64Array(0));
});

test("sums in float32 are rounded once", () => {
  // In float32 arithmetic, 2^24 + 1 is 2^24, and each of the ones would be lost.
  const rows = Float32Array.of(2 ** 24, 1, 1, 1, 1);
  expect(reduced("sum", "float32", rows, [5], [0])[0]).toBe(2 ** 24 + 4);
  const columns = Float32Array.from(rows).map((_, i) => rows[i]!);
  expect(reduced("sum", "float32", columns, [5, 1], [0])[0]).toBe(2 ** 24 + 4);
  // Reduced in two passes: the first one must not round either.
  const first = [2 ** 24, 1, 0, 0];
  const inTwoPasses = Float32Array.of(...first, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
  expect(reduced("sum", "float32", inTwoPasses, [2, 2, 4], [0, 2])).toEqual(Float32Array.of(2 ** 24 + 2, 0));
});

test("a long float64 sum errs like a pairwise one", () => {
  const size = 1 << 17;
  const x = new Float64Array(size).fill(0.1);
  // Adding one by one errs by about 1e-9 here.
  expect(Math.abs(reduced("sum", "float64", x, [size], [0])[0]! - 0.1 * size)).toBeLessThan(1e-11);
});

test("integer sums wrap as the storage does; bool and uint8 count in int32", () => {
  const x = Int32Array.of(2147483647, 1, 5);
  expect(reduced("sum", "int32", x, [3], [0])[0]).toBe(-2147483648 + 5);
  expect(reduced("sum", "int32", x, [3, 1], [0])[0]).toBe(-2147483648 + 5);
  expect(reduced("sum", "uint8", Uint8Array.of(200, 100), [2], [0])).toEqual(Int32Array.of(300));
  expect(reduced("sum", "bool", new Uint8Array(300).fill(1), [300], [0])).toEqual(Int32Array.of(300));
  expect(reduced("sum", "bool", Uint8Array.of(1, 0), [2, 1], [1])).toEqual(Int32Array.of(1, 0));
});
