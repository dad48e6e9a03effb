import { ArgumentError, checkOptions } from "@tapegrad/core/functions";
import { halfCosine } from "./cosine.ts";
import { checkCount, checkFlag, checkPositive, shown } from "./options.ts";
import type { Schedule } from "./schedule.ts";

export interface OneCycleOptions {
  /** The number of all steps. */
  readonly total: number;
  /** The share of them in which the rate rises, 0.3 if not given. */
  readonly rise?: number;
  /** The first rate is largest / divisor; 25 if not given. */
  readonly divisor?: number;
  /** The last rate is the first / finalDivisor; 1e4 if not given. */
  readonly finalDivisor?: number;
  /** The form of rise and fall, "cosine" if not given. */
  readonly anneal?: "cosine" | "linear";
  /** Whether the fall first mirrors the rise, down to the first rate, and then goes to the last; it does not if not given. */
  readonly threePhase?: boolean;
}

const forms = {
  cosine: halfCosine,
  linear: (from: number, to: number, done: number): number => from + (to - from) * done,
} as const;

/**
 * Up to the largest rate and down again, far below where it began; the numbers of PyTorch's OneCycleLR.
 * (Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018.)
 * @throws ArgumentError for a total that is no positive whole number, or numbers out of range.
 * @example
 * const schedule = oneCycle(0.5, { total: 11, rise: 0.5, anneal: "linear" });
 * schedule(0); // 0.02
 */
export function oneCycle(largest: number, options: OneCycleOptions): Schedule {
  checkOptions("oneCycle", options, "total", "rise", "divisor", "finalDivisor", "anneal", "threePhase");
  const { total, rise = 0.3, divisor = 25, finalDivisor = 1e4, anneal = "cosine", threePhase = false } = options;
  checkCount("oneCycle", { total });
  checkFlag("oneCycle", { threePhase });
  checkPositive("oneCycle", { largest, divisor, finalDivisor });
  if (!(typeof rise === "number" && rise >= 0 && rise <= 1))
    throw new ArgumentError("oneCycle", `rise is ${shown(rise)}`, "give a share from 0 to 1");
  if (!Object.hasOwn(forms, anneal))
    throw new ArgumentError("oneCycle", `anneal is ${shown(anneal)}`, 'give "cosine" or "linear"');
  const first = largest / divisor;
  const last = first / finalDivisor;
  // Where phases end, and at which rate. The first step is 0, the last total − 1.
  const mirrored: readonly (readonly [end: number, rate: number])[] = threePhase ? [[2 * rise * total - 2, first]] : [];
  const ends = [[rise * total - 1, largest], ...mirrored, [total - 1, last]] as const;
  return (step) => {
    let [begun, from] = [0, first];
    for (const [end, to] of ends) {
      if (step <= end) return forms[anneal](from, to, end === begun ? 1 : (step - begun) / (end - begun));
      [begun, from] = [end, to];
    }
    return last;
  };
}
