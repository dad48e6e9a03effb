import { foldIn, isFloat, uniform } from "@tapegrad/core";
import type { Context } from "./context.ts";
import type { Precision } from "./directions.ts";
import type { Line } from "./line.ts";
import { Runs } from "./runs.ts";
import { unflatten } from "./subject.ts";
import { type Estimate, numericOf } from "./trial.ts";

// What looks like a mistake is looked at again, before it is called one: from few samples, an error estimate may be too small by chance.

/** A disagreement so many tolerances wide needs one more step to be believed, a narrower one several. */
const CLEAR = 1e3;

/**
 * Factors by which steps change, no powers of 2: where values are rounded to a grid that the points of a stencil nearly fit, their errors lie
 * on a line, and look like slope.
 */
const [NARROWER, MUCH_NARROWER, WIDER] = [3 / 32, 5 / 256, 6];

/**
 * Whether some results that count hardly change at this step, but do at a larger one: a staircase, whose noise does not show here. Results
 * that are the same at the larger step too are constants.
 */
function isQuantized(context: Context, line: Line, weights: Float64Array): boolean {
  const stuck: number[] = [];
  for (let j = 0; j < weights.length; j++) if (weights[j] !== 0 && line.isStuck(j)) stuck.push(j);
  if (stuck.length === 0) return false;
  const wide = context.otherStep(line, context.precision.largest);
  return wide === null || stuck.some((j) => !wide.isConstantAt(j));
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
    ? [NARROWER, WIDER, precision.largest / line.step]
    : isClear
      ? [line.step * NARROWER < precision.smallest ? WIDER : NARROWER]
      : [NARROWER, MUCH_NARROWER];
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

/** Points beside the one that is checked at which two exact derivatives are looked at again. */
const REPEATS = 6;
/** How far away they are, relatively: so far that what cancels half of the digits rounds otherwise. */
const nearbyFor = ({ unit }: Precision): number => 8 * Math.sqrt(unit);
/** Standard deviations by which the mean of so few must differ from 0: one in a million does by chance. */
const CERTAIN = 10;

/** The function at a point beside, and numbers beside others. */
export interface Beside {
  readonly runs: Runs;
  readonly near: (numbers: Float64Array) => Float64Array;
}

/** What a difference comes to at points nearby, on average, and how much it varies among them. */
interface Around {
  readonly mean: number;
  readonly spread: number;
}

/** @param moved what is not 0 where the point may move; everywhere if not given. */
function around(
  context: Context,
  difference: (beside: Beside) => number,
  nearby: number,
  moved?: Float64Array,
): Around {
  const { runs, scales } = context;
  const key = context.nextKey();
  const differences = Array.from({ length: REPEATS }, (_, i) => {
    let drawn = 0;
    const draws = (length: number): Float64Array =>
      uniform(foldIn(key, REPEATS * drawn++ + i), [length], {
        low: -1,
        high: 1,
        dtype: "float64",
      }).data() as Float64Array;
    const moves = draws(runs.x.length);
    const x = runs.x.map((value, j) => (moved?.[j] === 0 ? value : value + nearby * moves[j]! * scales[j]!));
    const beside = new Runs({ ...runs.given, at: unflatten(x, runs.subject.inputs) });
    const near = (numbers: Float64Array): Float64Array => {
      const factors = draws(numbers.length);
      return numbers.map((value, j) => value * (1 + nearby * factors[j]!));
    };
    const found = difference({ runs: beside, near });
    runs.count += beside.count;
    return found;
  });
  const mean = differences.reduce((sum, one) => sum + one, 0) / REPEATS;
  const spread = Math.sqrt(differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (REPEATS - 1));
  return { mean, spread };
}

/**
 * Whether a difference that should be 0 is more than rounding: at points nearby, and along directions nearby, rounding errors are others,
 * and a mistake is the same.
 */
export function isSystematic(context: Context, difference: (beside: Beside) => number): boolean {
  const { mean, spread } = around(context, difference, nearbyFor(context.precision));
  return Math.abs(mean) > CERTAIN * spread;
}

/** Roundings, of sizes that cancel, within which a derivative is another at each point. */
const NEARBY_ROUNDINGS = 2 ** 6;

/**
 * What rounding may have added to an exact derivative that is apart from the slope; `null` where it is a mistake. A point so near has the same
 * slope, but rounds otherwise.
 * @param moved the direction: elements that it leaves where they are may lie on kinks.
 */
export function roundingOf(
  context: Context,
  moved: Float64Array,
  weights: Float64Array,
  apart: number,
  difference: (beside: Beside) => number,
): number | null {
  const { mean, spread } = around(context, difference, nearby(context), moved);
  if (!(Math.abs(mean) <= CERTAIN * spread)) return null;
  const allowed = CERTAIN * spread + Math.abs(mean);
  // Few points may have no rounding error at all; but a rule may also be wrong at one point only, by more than what cancels rounds.
  if (!(apart <= Math.max(allowed, roundingOnTheWay(context, weights)))) return null;
  return allowed + 2 * apart;
}

const nearby = ({ precision }: Context): number => NEARBY_ROUNDINGS * precision.unit;

/** What the largest value on the way may round by, as the cotangent weighs it. */
export function roundingOnTheWay(context: Context, weights: Float64Array): number {
  const largest = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  return nearby(context) * largest * sizeOnTape(context);
}

/** The largest value that there is on the way to the results. */
function sizeOnTape({ runs }: Context): number {
  let largest = runs.x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const { outputs } of runs.tape.entries) {
    for (const output of outputs.filter(({ dtype }) => isFloat(dtype))) {
      for (const value of output.data()) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
    }
  }
  return largest;
}
