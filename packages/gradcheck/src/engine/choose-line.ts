import type { Context } from "./context.ts";
import type { Line } from "./line.ts";
import { type Measured, measure, measureAt } from "./measure.ts";
import { type Estimate, numericOf } from "./trial.ts";

/** By how much a step changes that gave too coarse a slope. */
const FACTOR = 8;

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

/**
 * A line along a direction whose slope is fine enough for a derivative of the given norm, if one can be had: where truncation is in the
 * way the step shrinks, where rounding is it grows.
 */
export function chooseLine(context: Context, direction: Float64Array, norm: number): Measured {
  const { runs, precision } = context;
  const measured = measure(runs, direction, context.step, precision);
  if (measured.kind !== "smooth") return measured;
  const [weights] = context.cotangents;
  const toleranceOf = (line: Line): number => numericOf(context, line, weights!).tolerance;
  let best = measured.line;
  let own = numericOf(context, best, weights!);
  if (!isResolved(context, own, norm, precision.aim)) {
    const isTruncated = best.slope(weights!).truncation > own.tolerance / 2;
    for (const factor of isTruncated ? [1 / FACTOR, FACTOR] : [FACTOR, 1 / FACTOR]) {
      const before = best;
      // As long as it gets better, twice at most.
      for (let tries = 0; tries < 2; tries++) {
        const step = best.step * factor;
        if (step < precision.smallest || step > precision.largest || isResolved(context, own, norm, precision.aim))
          break;
        const line = measureAt(runs, direction, step);
        if (line === null || !(toleranceOf(line) < own.tolerance)) break;
        best = line;
        own = numericOf(context, best, weights!);
      }
      if (best !== before) break;
    }
  }
  context.step = best.step;
  return { ...measured, line: best };
}
