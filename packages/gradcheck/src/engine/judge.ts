import { type Beside, confirmSlope, isSystematic } from "./confirm.ts";
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
    for (const [wrong, own] of [
      ["reverse", r],
      ["forward", f],
    ] as const) {
      if (slope === null || line === null || own === undefined) continue;
      if (multipleOf(slope, own) > 1) slope = confirmSlope(context, line, weights, own);
      const times = multipleOf(slope, own);
      multiple = Math.max(multiple, times);
      if (cotangent === 0) error = Math.max(error, distance(slope, own));
      if (times <= 1) continue;
      context.hasConfirmed = true;
      disagree(wrong, slope, own);
    }
    if (slope !== null) numeric.push(slope);
    const between = r === undefined || f === undefined ? 0 : multipleOf(r, f);
    // Beyond its tolerance it is a disagreement, or has been found to be rounding.
    if (between <= 1) multiple = Math.max(multiple, between);
    if (isApart && disagreements.length === 0 && between > 1 && areApart(context, trial, weights)) {
      disagree("modes", r!, f!);
    }
  });
  return { trial, numeric, disagreements, multiple, error };
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
