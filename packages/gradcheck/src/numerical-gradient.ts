import { type AnyTensor, ArgumentError, DTypeError, isFloat, isTensor, showShape } from "@tapegrad/core";
import { flattenParameters, type Segment } from "./flatten.ts";

export interface NumericalOptions {
  /**
   * The step ε of the central difference, 1e-7 if not given: the one of the classic exercise. In float32 it must be 1e-4
   * or more, and the derivative has three digits at best.
   */
  readonly epsilon?: number;
}

/** The smallest step that shows in float32, whose spacing at 1 is 1.2e-7. */
const SMALLEST_STEP_IN_FLOAT32 = 1e-4;

/**
 * The gradient of a scalar function by central differences, (f(θ + ε) − f(θ − ε)) / 2ε for each element of θ in turn, in
 * the order of `flattenParameters`. Two evaluations per element.
 * @throws ArgumentError when ε is not positive or vanishes beside an element, or the function returns no scalar;
 * DTypeError for float32, unless ε is 1e-4 or more.
 * @example
 * numericalGradient((x) => sum(square(x)), tensor([1, 2], { dtype: "float64" })); // about [2, 4]
 */
export function numericalGradient<T>(
  f: (at: T) => AnyTensor,
  at: T,
  { epsilon = 1e-7 }: NumericalOptions = {},
): Float64Array {
  if (!(epsilon > 0 && epsilon < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError("numericalGradient", `${epsilon} is no step`, "give a positive number");
  }
  const { vector, segments, unflatten } = flattenParameters(at);
  const gradient = new Float64Array(vector.length);
  for (const segment of segments) {
    if (segment.dtype === "float32") requireStep(segment.path || "the parameter", epsilon);
    for (let i = segment.start; i < segment.start + segment.size; i++) {
      const valueAt = (theta: number): number => scalarOf(f(unflatten(vector.with(i, theta))), epsilon);
      gradient[i] = difference(valueAt, vector[i]!, epsilon, segment);
    }
  }
  return gradient;
}

function difference(
  valueAt: (theta: number) => number,
  theta: number,
  epsilon: number,
  { path, dtype }: Segment,
): number {
  // What a parameter of float32 holds is rounded, so that the step is not quite ε.
  const stored = dtype === "float32" ? Math.fround : (x: number): number => x;
  const [after, before] = [stored(theta + epsilon), stored(theta - epsilon)];
  if (after === theta || before === theta) {
    throw new ArgumentError(
      "numericalGradient",
      `a step of ${epsilon} vanishes beside ${theta}, an element of ${path || "the parameter"}`,
      "give a larger epsilon",
    );
  }
  return (valueAt(after) - valueAt(before)) / (dtype === "float32" ? after - before : 2 * epsilon);
}

function requireStep(what: string, epsilon: number): void {
  if (epsilon >= SMALLEST_STEP_IN_FLOAT32) return;
  throw new DTypeError(
    "numericalGradient",
    `${what} is float32, in which a step of ${epsilon} is lost in rounding`,
    `check in float64, as in cast(x, "float64"), or give an epsilon of ${SMALLEST_STEP_IN_FLOAT32} or more`,
  );
}

/** The number in a scalar of floats. */
function scalarOf(value: unknown, epsilon: number): number {
  if (!isTensor(value) || value.rank !== 0 || !isFloat(value.dtype)) {
    throw new ArgumentError(
      "numericalGradient",
      `the function returned ${describe(value)}`,
      "return a scalar of floats",
    );
  }
  if (value.dtype === "float32") requireStep("the value of the function", epsilon);
  return value.item() as number;
}

function describe(value: unknown): string {
  if (isTensor(value)) return `a tensor of ${value.dtype} ${showShape(value.shape)}`;
  if (value === null || value === undefined) return `${value}`;
  if (typeof (value as { then?: unknown }).then === "function") return "a promise";
  return typeof value === "object" ? "no tensor" : `a ${typeof value}`;
}
