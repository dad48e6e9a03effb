import { checkOptions, normal, ShapeError, tensor } from "@tapegrad/core/functions";
import type { TypedInitializer } from "./initializer.ts";

export interface OrthogonalOptions {
  /** The length of each row (or column), 1 if not given; see `gain`. */
  readonly gain?: number;
}

/**
 * A matrix with orthonormal rows, or columns where there are more rows, distributed evenly over all of them; axes after
 * the first count as one. (Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
 * networks", 2014.)
 * @throws ShapeError for less than two axes.
 * @example
 * const weight = orthogonal(key(0), [20, 20], { gain: gain("tanh") });
 */
export const orthogonal: TypedInitializer<OrthogonalOptions> = (key, shape, options = {}) => {
  checkOptions("orthogonal", options, "gain", "dtype");
  const { dtype, gain = 1 } = options;
  const [rows, ...rest] = shape;
  if (rows === undefined || rest.length === 0) {
    throw new ShapeError("orthogonal", `[${shape.join(", ")}] is no matrix`, "give a weight of [out, in, ...]");
  }
  const columns = rest.reduce((a, b) => a * b, 1);
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const draws = normal(key, [count, length], { dtype: "float64" }).data();
  const vectors = Array.from({ length: count }, (_, i) => draws.subarray(i * length, (i + 1) * length));
  orthonormalize(vectors);
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < length; j++)
      values[rows <= columns ? i * columns + j : j * columns + i] = gain * vectors[i]![j]!;
  }
  return tensor(values, { shape, dtype: dtype ?? "float32" }) as never;
};

type Vector = { readonly length: number; [i: number]: number };

/** Gram-Schmidt in its modified form, done twice for each vector: that keeps full precision. */
function orthonormalize(vectors: readonly Vector[]): void {
  vectors.forEach((vector, i) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < i; k++) addScaled(vector, -dot(vector, vectors[k]!), vectors[k]!);
    }
    const length = Math.sqrt(dot(vector, vector));
    for (let j = 0; j < vector.length; j++) vector[j]! /= length;
  });
}

function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}

function addScaled(to: Vector, factor: number, from: Vector): void {
  for (let j = 0; j < to.length; j++) to[j]! += factor * from[j]!;
}
