import { ArgumentError } from "@tapegrad/core/functions";
import { checkCount, checkSize, shown } from "./options.ts";

/** The learning rate of a step; the first step is 0. */
export type Schedule = (step: number) => number;

/**
 * The same learning rate at every step.
 * @example
 * constant(0.1)(1000); // 0.1
 */
export function constant(learningRate: number): Schedule {
  checkSize("constant", { learningRate });
  return () => learningRate;
}

/**
 * base · gamma^⌊step / stepSize⌋.
 * @throws ArgumentError for a step size that is no positive whole number, or negative numbers.
 * @example
 * stepDecay(0.1, 30, 0.5)(60); // 0.025
 */
export function stepDecay(base: number, stepSize: number, gamma: number): Schedule {
  checkSize("stepDecay", { base, gamma });
  checkCount("stepDecay", { stepSize });
  return (step) => base * gamma ** Math.floor(step / stepSize);
}

/**
 * base · gamma^step.
 * @throws ArgumentError for negative numbers.
 * @example
 * exponentialDecay(0.1, 0.5)(2); // 0.025
 */
export function exponentialDecay(base: number, gamma: number): Schedule {
  checkSize("exponentialDecay", { base, gamma });
  return (step) => base * gamma ** step;
}

/**
 * base · (1 − step/total)^power, and 0 from `total` on.
 * @throws ArgumentError for a total that is no positive whole number, or negative numbers.
 * @example
 * polynomialDecay(0.1, 10)(5); // 0.05
 */
export function polynomialDecay(base: number, total: number, power = 1): Schedule {
  checkSize("polynomialDecay", { base, power });
  checkCount("polynomialDecay", { total });
  return (step) => (step >= total ? 0 : base * (1 - step / total) ** power);
}

/**
 * base · gammaᵏ, where k of the milestones are reached.
 * @param milestones steps; one that is given twice counts twice.
 * @throws ArgumentError for milestones that are no whole numbers, or negative numbers.
 * @example
 * multistepDecay(0.1, [30, 80], 0.5)(80); // 0.025
 */
export function multistepDecay(base: number, milestones: readonly number[], gamma: number): Schedule {
  checkSize("multistepDecay", { base, gamma });
  if (!Array.isArray(milestones))
    throw new ArgumentError(
      "multistepDecay",
      `milestones is ${shown(milestones)}`,
      "give a list of steps, as in [30, 80]",
    );
  const wrong = milestones.find((milestone) => !Number.isSafeInteger(milestone) || milestone < 0);
  if (wrong !== undefined)
    throw new ArgumentError("multistepDecay", `a milestone is ${wrong}`, "give whole numbers of steps, 0 or more");
  return (step) => base * gamma ** milestones.filter((milestone) => milestone <= step).length;
}

/**
 * In a line from one rate, at step 0, to another at `total`, where it stays.
 * @throws ArgumentError for a total that is no positive whole number, or negative numbers.
 * @example
 * linear(0, 0.1, 10)(5); // 0.05
 */
export function linear(from: number, to: number, total: number): Schedule {
  checkSize("linear", { from, to });
  checkCount("linear", { total });
  return (step) => from + (to - from) * Math.min(step / total, 1);
}

/**
 * Rises in a line to `base` over the warm-up, then falls as 1/√t: base · min(t / warmup, √(warmup / t)), t = step + 1.
 * (Vaswani et al., "Attention is all you need", 2017, section 5.3, where base is 1/√(width · warmup).)
 * @throws ArgumentError for a warm-up that is no positive whole number, or a negative base.
 * @example
 * inverseSquareRoot(0.1, 100)(399); // 0.05
 */
export function inverseSquareRoot(base: number, warmup: number): Schedule {
  checkSize("inverseSquareRoot", { base });
  checkCount("inverseSquareRoot", { warmup });
  return (step) => base * Math.min((step + 1) / warmup, Math.sqrt(warmup / (step + 1)));
}
