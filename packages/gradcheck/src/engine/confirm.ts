import { foldIn, isFloat, uniform } from "@tapegrad/core";
import type { Context } from "./context.ts";
import type { Line } from "./line.ts";
import { Runs } from "./runs.ts";
import { unflatten } from "./subject.ts";
import { type Estimate, numericOf } from "./trial.ts";

// What looks like a mistake is looked at again, before it is called one: from few samples, an error estimate may be too small by chance.

/** A disagreement so many tolerances wide needs one more step to be believed, a narrower one several. */
const CLEAR = 1e3;

/**
 * Whether some results that count hardly change at this step, but do at a larger one: a staircase, whose noise does not show here. Results
 * that are the same at the larger step too are constants.
 */
function isQuantized(context: Context, line: Line, weights: Float64Array): boolean {
  const valuesOf = ({ samples }: Line, j: number): number => new Set(samples.map((sample) => sample[j])).size;
  const stuck = [...weights.keys()].filter((j) => weights[j] !== 0 && valuesOf(line, j) < line.samples.length / 2);
  if (stuck.length === 0) return false;
  const wide = context.otherStep(line, context.precision.largest);
  return wide === null || stuck.some((j) => valuesOf(wide, j) > 1);
}

/** Whether a value on the tape is so large that no step moves it: x + 1e16 is the same for all x below 1. */
function isAbsorbed({ runs, precision, scales }: Context): boolean {
  const moved = scales.reduce((most, scale) => Math.max(most, scale), 0) * precision.largest;
  return runs.tape.entries.some(({ outputs }) =>
    outputs.some(
      (output) => isFloat(output.dtype) && output.data().some((value) => Math.abs(value) * precision.unit > moved / 4),
    ),
  );
}

/**
 * A slope and a tolerance that several steps vouch for. Where they contradict one another there is noise, or a kink that nobody names: the
 * tolerance grows to the contradiction, unless smaller steps agree with the exact derivative, as they would not with a wrong one.
 */
export function confirmSlope(context: Context, line: Line, weights: Float64Array, exact: Estimate): Estimate {
  const { precision } = context;
  const first = numericOf(context, line, weights);
  const mismatch = Math.abs(first.value - exact.value);
  const isClear = mismatch > CLEAR * (first.tolerance + exact.tolerance);
  if (line.isConstant(weights) && isAbsorbed(context)) return { value: 0, tolerance: Number.POSITIVE_INFINITY };
  const quantized = isQuantized(context, line, weights);
  if (isClear && context.hasConfirmed && !quantized) return first;
  const factors = quantized
    ? [1 / 8, 8, precision.largest / line.step]
    : isClear
      ? [line.step / 8 < precision.smallest ? 8 : 1 / 8]
      : [1 / 8, 1 / 64];
  const lines = [line];
  for (const factor of factors) {
    const step = line.step * factor;
    if (step < precision.smallest || step > precision.largest) continue;
    const other = context.otherStep(line, step);
    if (other === null) continue;
    const own = numericOf(context, other, weights);
    const agrees = Math.abs(own.value - exact.value) <= own.tolerance + exact.tolerance;
    if (factor < 1 && agrees && 10 * own.tolerance < mismatch) return own;
    lines.push(other);
  }
  // Rounding errors do not depend on the step: what one line shows holds for the others.
  const estimates = lines.map((one) => numericOf(context, one, weights, lines));
  const best = estimates.reduce((a, b) => (b.tolerance < a.tolerance ? b : a));
  const contradiction = Math.max(...estimates.map(({ value, tolerance }) => Math.abs(value - best.value) - tolerance));
  return contradiction <= best.tolerance ? best : { value: best.value, tolerance: best.tolerance + 2 * contradiction };
}

/** Points beside the one that is checked at which two exact derivatives are looked at again, and how far away, relatively. */
const REPEATS = 6;
const NEARBY = 2 ** 10;
/** Standard deviations by which the mean of so few must differ from 0: one in a million does by chance. */
const CERTAIN = 10;

/**
 * Whether a difference that should be 0 is more than rounding: at points a thousand roundings away rounding errors are others, and a mistake
 * is the same.
 */
export function isSystematic(context: Context, difference: (beside: Runs) => number): boolean {
  const { runs, precision, scales } = context;
  const key = context.nextKey();
  const differences = Array.from({ length: REPEATS }, (_, i) => {
    const draws = uniform(foldIn(key, i), [runs.x.length], { low: -1, high: 1, dtype: "float64" }).data();
    const x = runs.x.map((value, j) => value + NEARBY * precision.unit * draws[j]! * scales[j]!);
    const beside = new Runs({ ...runs.subject, at: unflatten(x, runs.subject.inputs) });
    const found = difference(beside);
    runs.count += beside.count;
    return found;
  });
  const mean = differences.reduce((sum, one) => sum + one, 0) / REPEATS;
  const spread = Math.sqrt(differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (REPEATS - 1));
  return Math.abs(mean) > CERTAIN * spread;
}
