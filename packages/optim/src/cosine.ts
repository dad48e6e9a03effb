import { ArgumentError, checkOptions } from "@tapegrad/core/functions";
import { warmup as afterWarmup } from "./combine-schedules.ts";
import { checkCount, checkSize } from "./options.ts";
import type { Schedule } from "./schedule.ts";

export interface CosineOptions {
  /** The number of steps from the first to the one at which the floor is reached, warm-up included. */
  readonly total: number;
  /** The number of steps that rise in a line before that: the first of them is base / warmup. 0 if not given. */
  readonly warmup?: number;
  /** Where the cosine ends, 0 if not given. */
  readonly floor?: number;
}

/** Half a cosine: `from` where a share of 0 is done, `to` where all is. */
export const halfCosine = (from: number, to: number, done: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * done))) / 2;

/**
 * A linear warm-up to `base`, then half a cosine down to `floor`: floor + (base − floor)(1 + cos(π s)) / 2, where s runs
 * from 0 at the end of the warm-up to 1 at `total`; the floor afterwards.
 * (Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without restarts.)
 * @throws ArgumentError for a warm-up that is not shorter than the total, or negative numbers.
 * @example
 * cosine(0.1, { total: 100, warmup: 10 })(0); // 0.01
 */
export function cosine(base: number, options: CosineOptions): Schedule {
  checkOptions("cosine", options, "total", "warmup", "floor");
  const { total, warmup = 0, floor = 0 } = options;
  checkSize("cosine", { base, warmup, floor });
  checkCount("cosine", { total });
  if (warmup >= total) {
    throw new ArgumentError("cosine", `a warm-up of ${warmup} steps leaves nothing of ${total}`, "make it shorter");
  }
  const falling: Schedule = (step) => halfCosine(base, floor, Math.min(step / (total - warmup), 1));
  return warmup === 0 ? falling : afterWarmup(falling, warmup);
}

export interface CosineRestartsOptions {
  /** The number of steps to the first restart. */
  readonly period: number;
  /** Each period is this many times as long as the one before; 1 if not given. */
  readonly growth?: number;
  /** Where each cosine ends, 0 if not given. */
  readonly floor?: number;
}

/**
 * Half a cosine from `base` down to `floor` over each period, and then anew from `base`.
 * (Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5.)
 * @throws ArgumentError for a period or growth that is no positive whole number, or negative numbers.
 * @example
 * const schedule = cosineRestarts(0.1, { period: 10, growth: 2 });
 * [schedule(0), schedule(10), schedule(20), schedule(30)]; // [0.1, 0.1, 0.05, 0.1]
 */
export function cosineRestarts(base: number, options: CosineRestartsOptions): Schedule {
  checkOptions("cosineRestarts", options, "period", "growth", "floor");
  const { period, growth = 1, floor = 0 } = options;
  checkSize("cosineRestarts", { base, floor });
  checkCount("cosineRestarts", { period, growth });
  return (step) => {
    let [done, length] = [step, period];
    if (growth === 1) done %= period;
    for (; done >= length; length *= growth) done -= length;
    return halfCosine(base, floor, done / length);
  };
}
