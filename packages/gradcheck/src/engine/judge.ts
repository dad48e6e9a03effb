import { isResolved } from "./choose-line.ts";
import { type Beside, confirmSlope, isSystematic, roundingOf, roundingOnTheWay } from "./confirm.ts";
import type { Context } from "./context.ts";
import { dot, Reverse, tangentOf } from "./references.ts";
import { type Estimate, numericOf, type Trial } from "./trial.ts";

/** Two references that do not agree along a direction, for one of the cotangents. */
export interface Disagreement {
  /** Which derivative is wrong by the differences; `"modes"` where forward and reverse mode differ and the differences cannot tell. */
  readonly wrong: "reverse" | "forward" | "modes";
  readonly trial: Trial;
  /** Which cotangent. */
  readonly cotangent: number;
  readonly expected: Estimate;
  readonly actual: Estimate;
}

/** A trial, and what came of it. */
export interface Judged {
  readonly trial: Trial;
  readonly numeric: readonly Estimate[];
  readonly disagreements: readonly Disagreement[];
  /** The largest distance of two references, as a multiple of its tolerance, and for the first cotangent by itself. */
  readonly multiple: number;
  readonly error: number;
}

const distance = (a: Estimate, b: Estimate): number => Math.abs(a.value - b.value);
const allowed = (a: Estimate, b: Estimate): number => a.tolerance + b.tolerance;
/** 0/0 is 0: what vanishes agrees. NaN agrees with nothing. */
const multipleOf = (a: Estimate, b: Estimate): number => {
  const apart = distance(a, b);
  return apart === 0 ? 0 : Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart / allowed(a, b);
};

/** Relative to its size, how far apart two derivatives are that rounding may have parted: more than half of the digits never cancel. */
const CLOSE = 1e-6;

/** Compares all references along a direction, for each cotangent. */
export function judge(context: Context, trial: Trial): Judged {
  const { line } = trial;
  const disagreements: Disagreement[] = [];
  const numeric: Estimate[] = [];
  let [multiple, error] = [0, 0];
  const known = { reverse: trial.reverse?.slice(), forward: trial.forward?.slice() };
  context.cotangents.forEach((weights, cotangent) => {
    const disagree = (wrong: Disagreement["wrong"], expected: Estimate, actual: Estimate): void => {
      multiple = Math.max(multiple, multipleOf(expected, actual));
      disagreements.push({ wrong, trial, cotangent, expected, actual });
    };
    let [r, f] = [trial.reverse?.[cotangent], trial.forward?.[cotangent]];
    const isApart = r !== undefined && f !== undefined && multipleOf(r, f) > 1;
    if (isApart && distance(r!, f!) <= CLOSE * Math.abs(r!.value)) {
      if (areApart(context, trial, weights)) disagree("modes", r!, f!);
      // Rounding that parts one exact derivative from the other parts it from the differences too.
      else [r, f] = [widened(r!, f!), widened(f!, r!)];
    }
    let slope = line === null ? null : numericOf(context, line, weights);
    for (const [wrong, given] of [
      ["reverse", r],
      ["forward", f],
    ] as const) {
      if (slope === null || line === null || given === undefined) continue;
      let own = given;
      if (multipleOf(slope, own) > 1) slope = confirmSlope(context, line, weights, own);
      if (multipleOf(slope, own) > 1) own = withRounding(context, trial, weights, wrong, slope, own);
      known[wrong]![cotangent] = own;
      const times = multipleOf(slope, own);
      multiple = Math.max(multiple, times);
      if (cotangent === 0) error = Math.max(error, distance(slope, own));
      if (times <= 1) continue;
      context.hasConfirmed = true;
      disagree(wrong, slope, own);
    }
    if (slope !== null) numeric.push(slope);
    if (cotangent === 0 && slope !== null && r !== undefined) lookForNothing(context, trial, slope, r);
    const between = r === undefined || f === undefined ? 0 : multipleOf(r, f);
    // Beyond its tolerance it is a disagreement, or has been found to be rounding.
    if (between <= 1) multiple = Math.max(multiple, between);
    if (isApart && disagreements.length === 0 && between > 1 && areApart(context, trial, weights)) {
      disagree("modes", r!, f!);
    }
  });
  return {
    trial: { ...trial, reverse: known.reverse ?? null, forward: known.forward ?? null },
    numeric,
    disagreements,
    multiple,
    error,
  };
}

/** The derivative of one mode along a direction. */
const exactOf = (
  wrong: "reverse" | "forward",
  { runs, near }: Beside,
  direction: Float64Array,
  weights: Float64Array,
): number => {
  const [v, w] = [near(direction), near(weights)];
  return wrong === "reverse" ? dot(new Reverse(runs).gradient(w), v).value : dot(w, tangentOf(runs, v)).value;
};

/**
 * An exact derivative that is apart from the slope, as it is if that is a mistake, else with a tolerance for rounding: where terms cancel
 * within the function, nothing in its results tells how large they were.
 */
function withRounding(
  context: Context,
  { direction }: Trial,
  weights: Float64Array,
  wrong: "reverse" | "forward",
  slope: Estimate,
  own: Estimate,
): Estimate {
  const apart = distance(slope, own);
  const size = Math.abs(slope.value);
  if (!Number.isFinite(apart + slope.tolerance)) return own;
  // A cotangent may weigh a derivative a millionth of what rounds beside it.
  const isClear = slope.tolerance < CLOSE * size && apart > Math.max(CLOSE * size, roundingOnTheWay(context, weights));
  if (isClear) return own;
  const rounding = roundingOf(context, direction, weights, apart, (beside) => {
    return exactOf(wrong, beside, direction, weights) - slope.value;
  });
  if (rounding === null) return own;
  context.noise.raiseTo(rounding, weights);
  return { value: own.value, tolerance: own.tolerance + rounding };
}

/** Where the differences cannot tell a derivative from 0, and it is nothing but rounding itself, the results are what is left of larger terms. */
function lookForNothing(context: Context, { direction, norm }: Trial, slope: Estimate, own: Estimate): void {
  const { precision, noise, cotangents } = context;
  const estimate = { value: slope.value, tolerance: slope.tolerance + own.tolerance };
  if (Math.abs(slope.value) > estimate.tolerance || isResolved(context, estimate, norm, precision.limit)) return;
  const weights = cotangents[0]!;
  const rounding = roundingOf(context, direction, weights, Math.abs(own.value), (beside) =>
    exactOf("reverse", beside, direction, weights),
  );
  if (rounding !== null) noise.raiseTo(rounding, weights);
}

/** Whether forward and reverse mode differ by more than rounding. */
function areApart(context: Context, { direction }: Trial, weights: Float64Array): boolean {
  return isSystematic(context, ({ runs, near }: Beside): number => {
    const [v, w] = [near(direction), near(weights)];
    return dot(w, tangentOf(runs, v)).value - dot(new Reverse(runs).gradient(w), v).value;
  });
}

const widened = (estimate: Estimate, other: Estimate): Estimate => ({
  value: estimate.value,
  tolerance: estimate.tolerance + 2 * distance(estimate, other),
});
