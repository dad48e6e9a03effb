import { ArgumentError, checkOptions } from "@tapegrad/core/functions";
import { shown } from "./options.ts";

/** The learning rate of a step; the first step is 0. */
export type Schedule = (step: number) => number;

function check(name: string, numbers: Readonly<Record<string, number>>): void {
  for (const [what, value] of Object.entries(numbers)) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new ArgumentError(name, `${what} is ${shown(value)}`, "give a finite number that is 0 or more");
  }
}

function checkSteps(name: string, what: string, steps: number): void {
  if (Number.isSafeInteger(steps) && steps > 0) return;
  throw new ArgumentError(name, `${what} is ${shown(steps)}`, "give a whole number of steps above 0");
}

/**
 * The same learning rate at every step.
 * @example
 * constant(0.1)(1000); // 0.1
 */
export function constant(learningRate: number): Schedule {
  check("constant", { learningRate });
  return () => learningRate;
}

/**
 * base · gamma^⌊step / stepSize⌋.
 * @throws ArgumentError for a step size that is no positive whole number, or negative numbers.
 * @example
 * stepDecay(0.1, 30, 0.5)(60); // 0.025
 */
export function stepDecay(base: number, stepSize: number, gamma: number): Schedule {
  check("stepDecay", { base, gamma });
  checkSteps("stepDecay", "the step size", stepSize);
  return (step) => base * gamma ** Math.floor(step / stepSize);
}

/**
 * base · gamma^step.
 * @throws ArgumentError for negative numbers.
 * @example
 * exponentialDecay(0.1, 0.5)(2); // 0.025
 */
export function exponentialDecay(base: number, gamma: number): Schedule {
  check("exponentialDecay", { base, gamma });
  return (step) => base * gamma ** step;
}

/**
 * base · (1 − step/total)^power, and 0 from `total` on.
 * @throws ArgumentError for a total that is no positive whole number, or negative numbers.
 * @example
 * polynomialDecay(0.1, 10)(5); // 0.05
 */
export function polynomialDecay(base: number, total: number, power = 1): Schedule {
  check("polynomialDecay", { base, power });
  checkSteps("polynomialDecay", "the total", total);
  return (step) => (step >= total ? 0 : base * (1 - step / total) ** power);
}

export interface CosineOptions {
  /** The number of steps from the first to the one at which the floor is reached, warm-up included. */
  readonly total: number;
  /** The number of steps that rise in a line before that: the first of them is base / warmup. 0 if not given. */
  readonly warmup?: number;
  /** Where the cosine ends, 0 if not given. */
  readonly floor?: number;
}

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
  check("cosine", { base, warmup, floor });
  checkSteps("cosine", "the total", total);
  if (warmup >= total) {
    throw new ArgumentError("cosine", `a warm-up of ${warmup} steps leaves nothing of ${total}`, "make it shorter");
  }
  return (step) => {
    if (step < warmup) return (base * (step + 1)) / warmup;
    const done = Math.min((step - warmup) / (total - warmup), 1);
    return floor + ((base - floor) * (1 + Math.cos(Math.PI * done))) / 2;
  };
}
