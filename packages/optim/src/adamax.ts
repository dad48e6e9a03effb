import { type AnyTensor, abs, add, div, maximum, mul, sub } from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { checkMoments, defineMoments, type MomentsHyper, type MomentsOptions } from "./moments.ts";
import { movingAverage } from "./moving-average.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Rule } from "./rule.ts";

const rule: Rule<MomentsHyper, "m" | "largest"> = {
  name: "adamax",
  check: checkMoments,
  slots: () => ["m", "largest"],
  scalars: ({ learningRate, beta1 }, updates) => ({ rate: learningRate / (1 - beta1 ** updates) }),
  update: (parameter, gradient, slots, { rate }, { beta1, beta2, epsilon, weightDecay }) => {
    const g = decayed(gradient, parameter, weightDecay);
    const m = movingAverage(slots.m, g, beta1);
    const largest: AnyTensor = maximum(mul(slots.largest!, beta2), add(abs(g), epsilon));
    return { parameter: sub(parameter, mul(div(m, largest), rate!)), slots: { m, largest } };
  },
};

/**
 * m ← β₁ m + (1 − β₁) g, u ← max(β₂ u, |g| + ε), p ← p − η / (1 − β₁ᵗ) · m / u: Adam with the largest size of gradients in
 * place of their mean square. (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, section 7.1.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = adamax({ learningRate: 0.002 });
 */
export function adamax(options: MomentsOptions): Optimizer<MomentsHyper> {
  return defineMoments(rule, options);
}
