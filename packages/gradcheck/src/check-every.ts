import { ArgumentError, checkOptions, foldIn, type Key, key as keyOf } from "@tapegrad/core";
import { checkGradients } from "./check-gradients.ts";
import { GradientCheckError, type GradientReport } from "./gradient-report.ts";

export interface CheckEveryOptions {
  /** What to do with a report of a wrong gradient, of the call of that number; throws it if not given. */
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
 * wrong in mid-run is noticed. On a part of the batch it takes a few percent of the time. Only a wrong gradient is a failure: noise is none.
 * @param n a whole number above 0.
 * @throws ArgumentError for another n or unknown options; the check throws GradientCheckError for a wrong gradient, unless `onFailure` is
 * given.
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
  const { directions = 1, key = 1, onFailure = refuse } = options;
  const keys = typeof key === "number" ? keyOf(key) : key;
  let calls = 0;
  return (f, at) => {
    calls++;
    if (calls % n !== 0) return null;
    const own = foldIn(keys, calls / n);
    const report = checkGradients(f, at, { directions, modes: MODES, key: own, explain: false });
    if (report.verdict !== "fail") return report;
    // Now that something is wrong, it may take as long as it takes to find out what.
    const explained = checkGradients(f, at, { key: own });
    onFailure(explained.verdict === "fail" ? explained : report, calls);
    return explained;
  };
}

/** Training uses no forward mode. */
const MODES = ["numeric", "reverse"] as const;

function refuse(report: GradientReport): never {
  throw new GradientCheckError("checkEvery", report);
}
