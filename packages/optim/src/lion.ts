import { type AnyTensor, mul, sign, sub } from "@tapegrad/core/functions";
import { movingAverage } from "./moving-average.ts";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkOptimizerOptions, checkShare, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface LionHyper extends Hyper {
  /** Share of the momentum in the direction of a step, 0.9 if not given. */
  readonly beta1: number;
  /** Share of the momentum that is kept, 0.99 if not given. */
  readonly beta2: number;
  /** Decoupled, 0 if not given. */
  readonly weightDecay: number;
}

export interface LionOptions extends OptimizerOptions<LionHyper>, Partial<Omit<LionHyper, "learningRate">> {}

const rule: Rule<LionHyper, "m"> = {
  name: "lion",
  check: (name, { beta1, beta2, weightDecay }) => {
    checkShare(name, { beta1, beta2 });
    checkSize(name, { weightDecay });
  },
  slots: () => ["m"],
  scalars: ({ learningRate, weightDecay }) => ({ learningRate, shrink: 1 - learningRate * weightDecay }),
  update: (parameter, gradient, slots, { learningRate, shrink }, { beta1, beta2, weightDecay }) => {
    const direction = sign(movingAverage(slots.m, gradient, beta1));
    const m = movingAverage(slots.m, gradient, beta2);
    const from: AnyTensor = weightDecay === 0 ? parameter : mul(parameter, shrink!);
    return { parameter: sub(from, mul(direction, learningRate!)), slots: { m } };
  },
};

/**
 * p ← (1 − η λ) p − η sign(β₁ m + (1 − β₁) g), m ← β₂ m + (1 − β₂) g: one tensor kept, and every step of the same size, so
 * that the learning rate is to be 3 to 10 times smaller than Adam's.
 * (Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = lion({ learningRate: 1e-4, weightDecay: 0.1 });
 */
export function lion(options: LionOptions): Optimizer<LionHyper> {
  checkOptimizerOptions("lion", options, "beta1", "beta2", "weightDecay");
  const { beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = options;
  return defineOptimizer(rule, { beta1, beta2, weightDecay }, options);
}
