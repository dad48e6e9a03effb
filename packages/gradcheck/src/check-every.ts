import { ArgumentError, checkOptions, foldIn, type Key } from "@tapegrad/core";
import { checkGradients } from "./check-gradients.ts";
import { completeOptions } from "./check-options.ts";
import { GradientCheckError, type GradientReport } from "./gradient-report.ts";

export interface CheckEveryOptions {
  /** What to do with a report that fails, of the call of that number; throws it if not given. */
  readonly onFailure?: (report: GradientReport, call: number) => void;
  /** Random directions of each check, 1 if not given: others at each. */
  readonly directions?: number;
  /** Random numbers of the checks: a key, or a seed; 1 if not given. */
  readonly key?: Key | number;
}

/** Checks a gradient if it is due. @returns the report, or `null` where none was due. */
export type SampledCheck = <T>(f: (at: T) => unknown, at: T) => GradientReport | null;

/**
 * A check for the inside of a training loop, which every n-th call is carried out, along another direction each time: a gradient that goes
 * wrong in mid-run is noticed. On a part of the batch it takes a few percent of the time. What fails is what `checkGradients` calls so: a wrong
 * gradient, but also values that are not finite, or a function that throws or draws random numbers without a key. Noise is no failure.
 * @param n a whole number above 0.
 * @throws ArgumentError for another n, unknown options, or values that they do not take; the check throws GradientCheckError for a report that fails,
 * unless `onFailure` is given.
 * @example
 * const check = checkEvery(2);
 * const loss = (w: Tensor) => sum(square(w));
 * check(loss, tensor([1, 2])); // null, because only every second call checks
 * check(loss, tensor([1, 2])).verdict; // "pass"
 */
export function checkEvery(n: number, options: CheckEveryOptions = {}): SampledCheck {
  checkOptions("checkEvery", options, "onFailure", "directions", "key");
  if (!(Number.isInteger(n) && n > 0)) {
    throw new ArgumentError("checkEvery", `${n} is no number of calls`, "give a whole number above 0, such as 100");
  }
  const { directions = 1, onFailure = refuse } = options;
  if (typeof onFailure !== "function") {
    throw new ArgumentError("checkEvery", `onFailure is ${String(onFailure)}`, "give a function of a report");
  }
  const { key } = completeOptions("checkEvery", { directions, modes: MODES, key: options.key ?? 1 });
  let calls = 0;
  return (f, at) => {
    calls++;
    if (calls % n !== 0) return null;
    const own = foldIn(key, calls / n);
    const report = checkGradients(f, at, { directions, modes: MODES, key: own, explain: false });
    if (report.verdict !== "fail") return report;
    // Now that something is wrong, it may take as long as it takes to find out what.
    const explained = checkGradients(f, at, { ...(options.directions && { directions }), key: own });
    const told = explained.verdict === "fail" ? explained : report;
    onFailure(told, calls);
    return told;
  };
}

/** Training uses no forward mode. */
const MODES = ["numeric", "reverse"] as const;

function refuse(report: GradientReport): never {
  throw new GradientCheckError("checkEvery", report);
}
