import { type AnyTensor, ArgumentError, type Tensor } from "@tapegrad/core";
import { flattenParameters } from "./flatten.ts";

export interface NumericalOptions {
  /** The step ε of the central difference, 1e-7 if not given: the one of the classic exercise. */
  readonly epsilon?: number;
}

/**
 * The gradient of a scalar function by central differences, (f(θ + ε) − f(θ − ε)) / 2ε for each element of θ in turn, in
 * the order of `flattenParameters`. Two evaluations per element.
 * @throws ArgumentError when ε is not positive or the function returns no scalar.
 * @example
 * numericalGradient((x) => sum(square(x)), tensor([1, 2], { dtype: "float64" })); // about [2, 4]
 */
export function numericalGradient<T>(
  f: (at: T) => AnyTensor,
  at: T,
  { epsilon = 1e-7 }: NumericalOptions = {},
): Float64Array {
  if (!(epsilon > 0)) throw new ArgumentError("numericalGradient", `${epsilon} is no step`, "give a positive number");
  const { vector, unflatten } = flattenParameters(at);
  const valueAt = (position: number, value: number): number =>
    (f(unflatten(vector.with(position, value))) as Tensor<readonly [], "float64">).item();
  return vector.map((theta, i) => (valueAt(i, theta + epsilon) - valueAt(i, theta - epsilon)) / (2 * epsilon));
}
