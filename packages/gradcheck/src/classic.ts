import { type AnyTensor, ArgumentError, type Gradient, grad } from "@tapegrad/core";
import { flattenGradient, flattenParameters, type Segment } from "./flatten.ts";
import { type NumericalOptions, numericalGradient } from "./numerical-gradient.ts";
import { positionOf } from "./position-of.ts";
import { relativeDifference } from "./relative-difference.ts";

export interface ClassicOptions<T> extends NumericalOptions {
  /** The gradient to be judged; the one of `grad` if not given. */
  readonly gradient?: Gradient<T>;
}

/** One element of a parameter, with both derivatives. */
export interface CheckedElement {
  readonly path: string;
  /** Position along each axis. */
  readonly index: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  readonly relativeDifference: number;
}

export interface ClassicReport {
  /** The relative difference of the whole gradient. */
  readonly difference: number;
  /** The relative difference of each parameter by itself, by path: where a mistake is. */
  readonly perParameter: Readonly<Record<string, number>>;
  /** The element whose derivatives differ most, relative to their size. */
  readonly worst: CheckedElement;
  readonly epsilon: number;
}

/**
 * The gradient check of the classic exercise: the relative difference of a gradient from central differences, over all
 * parameters as one vector. It gives numbers, not a verdict: with its step of 1e-7 correct code scores around 1e-7 too.
 * @throws GradientError when the function cannot be differentiated; ArgumentError when there is no element to check;
 * and as `numericalGradient`, for float32 above all.
 * @example
 * classicCheck((x) => sum(square(x)), tensor([1, 2], { dtype: "float64" })).difference; // about 1e-9
 */
export function classicCheck<T>(f: (at: T) => AnyTensor, at: T, options: ClassicOptions<T> = {}): ClassicReport {
  const { epsilon = 1e-7 } = options;
  const gradient = options.gradient ?? (grad(f)(at) as unknown as Gradient<T>);
  const { segments, vector } = flattenParameters(at);
  if (vector.length === 0) {
    throw new ArgumentError("classicCheck", "the parameters have no elements", "check where there are some");
  }
  const analytic = flattenGradient(at, gradient);
  const numeric = numericalGradient(f, at, { epsilon });
  const part = ({ start, size }: Segment, vector: Float64Array) => vector.subarray(start, start + size);
  return {
    difference: relativeDifference(analytic, numeric),
    perParameter: Object.fromEntries(
      segments.map((segment) => [segment.path, relativeDifference(part(segment, analytic), part(segment, numeric))]),
    ),
    worst: worstElement(segments, analytic, numeric),
    epsilon,
  };
}

function worstElement(segments: readonly Segment[], analytic: Float64Array, numeric: Float64Array): CheckedElement {
  const elements = segments.flatMap((segment) =>
    Array.from({ length: segment.size }, (_, i) => {
      const [a, n] = [analytic[segment.start + i]!, numeric[segment.start + i]!];
      return { segment, i, a, n, difference: relativeDifference([a], [n]) };
    }),
  );
  // NaN is worse than any number.
  const worse = (x: number, y: number): boolean => Number.isNaN(x) || x > y;
  const worst = elements.reduce((most, element) => (worse(element.difference, most.difference) ? element : most));
  return {
    path: worst.segment.path,
    index: positionOf(worst.i, worst.segment.shape),
    analytic: worst.a,
    numeric: worst.n,
    relativeDifference: worst.difference,
  };
}

/**
 * A report as text: the difference, each parameter's, and the worst element.
 * @example
 * const loss = (x: Tensor) => sum(square(x));
 * formatClassicReport(classicCheck(loss, tensor([1, 2], { dtype: "float64" }))); // overall  1.1e-9 ...
 */
export function formatClassicReport({ difference, perParameter, worst, epsilon }: ClassicReport): string {
  const width = Math.max(...Object.keys(perParameter).map((path) => path.length), "overall".length);
  const row = (name: string, value: number): string => `${name.padEnd(width + 2)}${value.toExponential(4)}`;
  return [
    row("overall", difference),
    ...Object.entries(perParameter).map(([path, value]) => row(path || "(the parameter)", value)),
    `worst: ${worst.path || "(the parameter)"}[${worst.index.join(", ")}] analytic ${worst.analytic} numeric ${worst.numeric} (ε = ${epsilon})`,
  ].join("\n");
}
