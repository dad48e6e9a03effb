import type { Context } from "./context.ts";
import type { Line } from "./line.ts";
import { type Measured, measure, measureAt } from "./measure.ts";
import { type Estimate, numericOf } from "./trial.ts";

/** Factors by which a step changes that gave too coarse a slope, where rounding is in the way, and where truncation is. */
const LADDERS = { up: [8, 64], down: [1 / 8, 1 / 64, 1 / 512] } as const;

/** How many times as far a derivative may take a function as it was seen to move, before the step is taken to be too wide to tell. */
const TOO_FAR = 4;

/** Whether a tolerance is small beside a derivative of this norm, or the derivative vanishes beside the results. */
export function isResolved(
  { precision, noise, cotangents }: Context,
  { value, tolerance }: Estimate,
  norm: number,
  within: number,
): boolean {
  if (tolerance <= within * Math.max(norm, Math.abs(value))) return true;
  return Math.max(norm, Math.abs(value)) <= tolerance && tolerance <= precision.vanishing * noise.size(cotangents[0]!);
}

/** What reverse mode expects of a derivative: its value, and its norm, were the signs random. */
export interface Expected {
  readonly value: number;
  readonly norm: number;
}

/**
 * A line along a direction whose slope is fine enough for a derivative of the expected norm, if one can be had: where truncation is in the
 * way the step shrinks, where rounding is it grows.
 */
export function chooseLine(context: Context, direction: Float64Array, expected: Expected): Measured {
  const { runs, precision } = context;
  const measured = measure(runs, direction, context.step, precision);
  if (measured.kind !== "smooth") return measured;
  const [weights] = context.cotangents;
  const at = (step: number): Line | null =>
    step < precision.smallest || step > precision.largest ? null : measureAt(runs, direction, step);
  const estimateOf = (line: Line): Estimate => numericOf(context, line, weights!);
  const isFine = (estimate: Estimate): boolean => isResolved(context, estimate, expected.norm, precision.aim);

  let line = narrowed(context, measured.line, expected, at);
  let own = estimateOf(line);
  const { step } = line;
  const isTruncated = line.slope(weights!).truncation > own.tolerance / 2;
  for (const ladder of isTruncated ? (["down", "up"] as const) : (["up", "down"] as const)) {
    for (const factor of LADDERS[ladder]) {
      const other = isFine(own) ? null : at(step * factor);
      const found = other === null ? null : estimateOf(other);
      if (other === null || found === null) break;
      // Where a function goes to and fro, only the step that is small enough is any better.
      if (found.tolerance < own.tolerance) [line, own] = [other, found];
      else if (ladder === "up") break;
    }
  }
  context.step = line.step;
  return { ...measured, line };
}

/**
 * A line at a smaller step where the derivative would have taken the function much farther than it moved: either the derivative is wrong, or
 * the function goes to and fro between the points.
 */
function narrowed(
  { runs, cotangents }: Context,
  line: Line,
  { value }: Expected,
  at: (step: number) => Line | null,
): Line {
  const moved = line.samples.map((sample) => {
    let sum = 0;
    for (let j = 0; j < sample.length; j++) sum += cotangents[0]![j]! * (sample[j]! - runs.values[j]!);
    return Math.abs(sum);
  });
  const part = Math.max(...moved) / Math.abs(value * line.step);
  if (!(part > 0 && part * TOO_FAR < 1)) return line;
  return at(line.step * 2 ** Math.floor(Math.log2(part) - 2)) ?? line;
}
