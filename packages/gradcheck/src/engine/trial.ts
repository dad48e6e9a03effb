import { checkFinite } from "./anomalies.ts";
import type { Context } from "./context.ts";
import type { Line } from "./line.ts";
import { NoiseMeter } from "./noise.ts";
import { dot, tangentOf } from "./references.ts";

/** One of the references along a direction, for one cotangent. */
export interface Estimate {
  readonly value: number;
  /** What truncation and rounding allow it to be off by. */
  readonly tolerance: number;
}

/** Roundings that an exact derivative is granted, in terms of the sum of its terms' sizes. */
const EXACT_ROUNDINGS = 2 ** 10;

/** What the references say of the derivative along one direction, for each cotangent. */
export interface Trial {
  readonly direction: Float64Array;
  readonly line: Line | null;
  readonly reverse: readonly Estimate[] | null;
  readonly forward: readonly Estimate[] | null;
  /** √Σ(g·v)² for the first cotangent: what the derivative would be if the signs were random, as they are. */
  readonly norm: number;
}

/** Asks forward and reverse mode along a direction; forward mode of a large function once, as each direction costs a pass of its own. */
export function tryDirection(context: Context, direction: Float64Array, line: Line | null): Trial {
  const { modes, gradients, cotangents, precision, noise } = context;
  // A derivative along a line that changes the point by its own size rounds as the function does, however much of it cancels.
  const estimate = (a: Float64Array, b: Float64Array, i: number): Estimate => {
    const { value, size } = dot(a, b);
    return { value, tolerance: EXACT_ROUNDINGS * precision.unit * size + noise.of(cotangents[i]!) };
  };
  const reverse = modes.has("reverse") ? gradients.map((gradient, i) => estimate(gradient, direction, i)) : null;
  let forward: Estimate[] | null = null;
  if (modes.has("forward") && (reverse === null || !context.isLarge || !context.hasPushed)) {
    context.hasPushed = true;
    const tangent = tangentOf(context.runs, direction);
    checkFinite(context, "the tangent", tangent, () => tangentOf(context.runs, direction));
    forward = cotangents.map((weights, i) => estimate(weights, tangent, i));
  }
  const [gradient] = gradients;
  const norm = gradient === undefined ? Math.abs(forward?.[0]?.value ?? 0) : normOf(gradient, direction);
  return { direction, line, reverse, forward, norm };
}

/** √Σ(g·v)², which neither overflows nor underflows. */
export function normOf(
  gradient: Float64Array,
  direction: Float64Array,
  start = 0,
  size: number = gradient.length,
): number {
  let largest = 0;
  for (let i = start; i < start + size; i++) largest = Math.max(largest, Math.abs(gradient[i]! * direction[i]!));
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = start; i < start + size; i++) sum += ((gradient[i]! * direction[i]!) / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** The difference quotient for one cotangent, with the noise that its line shows, or that several lines show together. */
export function numericOf(
  { runs, precision }: Context,
  line: Line,
  weights: Float64Array,
  lines: readonly Line[] = [line],
): Estimate {
  const noise = new NoiseMeter(runs.values, precision.unit, runs.subject.sizes);
  for (const one of lines) noise.add(one);
  const { value, truncation } = line.slope(weights);
  // Where no result moves at all, what moves it may be lost in the rounding of its size, and no more.
  const isStill = lines.every((one) => one.isConstant(weights));
  const rounding = line.amplification * (isStill ? precision.unit * noise.size(weights) : noise.of(weights));
  return { value, tolerance: truncation + rounding };
}
