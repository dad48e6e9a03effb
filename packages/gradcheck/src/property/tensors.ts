import { type AnyTensor, ArgumentError, type DType, isFloat, type Shape, sizeOf, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { shapes } from "./shapes.ts";

export interface TensorConstraints {
  /** float64 if not given. */
  readonly dtype?: DType;
  /** Smallest value, −2 if not given (0 for bool and uint8). */
  readonly min?: number;
  /** Largest value, 2 if not given (1 for bool). */
  readonly max?: number;
  /** Values keep at least this far from each point of `avoid`. */
  readonly margin?: number;
  /** Points that values of any dtype avoid: the kinks and poles of what is tested. */
  readonly avoid?: readonly number[];
}

/**
 * Tensors of a shape, or of arbitrary shapes.
 * @throws ArgumentError when no value is left to draw.
 * @example
 * fc.assert(fc.property(tensors([2, 3], { avoid: [0] }), (x) => !x.data().includes(0)));
 */
export function tensors(
  shape: Shape | fc.Arbitrary<Shape> = shapes(),
  constraints: TensorConstraints = {},
): fc.Arbitrary<AnyTensor> {
  const shaped = Array.isArray(shape) ? fc.constant(shape as Shape) : (shape as fc.Arbitrary<Shape>);
  return shaped.chain((sizes) => {
    const size = sizeOf(sizes);
    return fc
      .array(values(constraints), { minLength: size, maxLength: size })
      .map((elements) => tensor(elements, { shape: sizes, dtype: constraints.dtype ?? "float64" }));
  });
}

function values({ dtype = "float64", min, max, margin = 0.05, avoid = [] }: TensorConstraints): fc.Arbitrary<number> {
  const unsigned = dtype === "bool" || dtype === "uint8";
  const bounds = { min: min ?? (unsigned ? 0 : -2), max: max ?? (dtype === "bool" ? 1 : 2) };
  const all = isFloat(dtype) ? floats(bounds) : fc.integer(bounds);
  if (avoid.length === 0) return all;
  const allowed = (value: number, distance = margin): boolean =>
    avoid.every((point) => Math.abs(value - point) >= distance);
  // If any value is left, the smallest one of them is among these: a filter that nothing passes would never end.
  const smallest = [bounds.min, ...avoid.map((point) => point + margin)];
  const least = isFloat(dtype) ? smallest : smallest.map(Math.ceil);
  const nearly = margin * (1 - 1e-9);
  if (!least.some((value) => value >= bounds.min && value <= bounds.max && allowed(value, nearly))) {
    throw new ArgumentError(
      "tensors",
      `nothing from ${bounds.min} to ${bounds.max} keeps ${margin} away from ${avoid.join(", ")}`,
      "avoid fewer points, or by a smaller margin",
    );
  }
  return all.filter((value) => allowed(value));
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Floats, round numbers often among them. */
function floats(bounds: Bounds): fc.Arbitrary<number> {
  const round = [0, 1, -1, 0.5].filter((value) => value >= bounds.min && value <= bounds.max);
  const drawn = fc
    .double({ ...bounds, noNaN: true, noDefaultInfinity: true })
    .map((value) => Number(value.toPrecision(6)));
  if (round.length === 0) return drawn;
  return fc.oneof({ arbitrary: drawn, weight: 4 }, { arbitrary: fc.constantFrom(...round), weight: 1 });
}
