import { confirmSlope, isSystematic } from "./confirm.ts";
import type { Context } from "./context.ts";
import { dot, Reverse, tangentOf } from "./references.ts";
import type { Runs } from "./runs.ts";
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

/** Compares all references along a direction, for each cotangent. */
export function judge(context: Context, trial: Trial): Judged {
  const { cotangents } = context;
  const { line, reverse, forward, direction } = trial;
  const disagreements: Disagreement[] = [];
  const numeric: Estimate[] = [];
  let [multiple, error] = [0, 0];
  cotangents.forEach((weights, cotangent) => {
    let slope = line === null ? null : numericOf(context, line, weights);
    const disagree = (wrong: Disagreement["wrong"], expected: Estimate, actual: Estimate): void => {
      disagreements.push({ wrong, trial, cotangent, expected, actual });
    };
    const exacts = [
      { wrong: "reverse", own: reverse?.[cotangent] },
      { wrong: "forward", own: forward?.[cotangent] },
    ] as const;
    for (const { wrong, own } of exacts) {
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
    const [r, f] = [reverse?.[cotangent], forward?.[cotangent]];
    if (r === undefined || f === undefined || disagreements.length > 0) return;
    const times = multipleOf(r, f);
    const apart = (beside: Runs): number =>
      dot(weights, tangentOf(beside, direction)).value - dot(new Reverse(beside).gradient(weights), direction).value;
    if (times > 1 && isSystematic(context, apart)) {
      multiple = Math.max(multiple, times);
      disagree("modes", r, f);
    }
  });
  return { trial, numeric, disagreements, multiple, error };
}
