import { type AnyTensor, add, div, maximum, mul, sqrt, square, sub } from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { movingAverage } from "./moving-average.ts";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkFlag, checkOptimizerOptions, checkShare, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface RmspropHyper extends Hyper {
  /** Share of the mean of squared gradients that is kept, 0.99 if not given. */
  readonly alpha: number;
  /** Added to the root of the mean of squares, 1e-8 if not given. */
  readonly epsilon: number;
  /** Factor of the parameter that is added to its gradient, 0 if not given. */
  readonly weightDecay: number;
  /** Share of the last step's direction that is kept, 0 if not given. */
  readonly momentum: number;
  /** Divide by the deviation instead: the root of the mean of squares less the square of the mean. */
  readonly centered: boolean;
}

export interface RmspropOptions extends OptimizerOptions<RmspropHyper>, Partial<Omit<RmspropHyper, "learningRate">> {}

type Slots = "v" | "mean" | "momentum";

const rule: Rule<RmspropHyper, Slots> = {
  name: "rmsprop",
  check: (name, { alpha, momentum, epsilon, weightDecay, centered }) => {
    checkShare(name, { alpha, momentum });
    checkSize(name, { epsilon, weightDecay });
    checkFlag(name, { centered });
  },
  slots: ({ centered, momentum }) => [
    "v",
    ...(centered ? (["mean"] as const) : []),
    ...(momentum > 0 ? (["momentum"] as const) : []),
  ],
  scalars: ({ learningRate }) => ({ learningRate }),
  update: (parameter, gradient, slots, { learningRate }, { alpha, epsilon, weightDecay, momentum, centered }) => {
    const g = decayed(gradient, parameter, weightDecay);
    const v = movingAverage(slots.v, mul(g, g), alpha);
    const mean = centered ? movingAverage(slots.mean, g, alpha) : undefined;
    // Gradients that hardly vary leave a difference of 0, which rounding may take below it.
    const spread: AnyTensor = mean === undefined ? v : maximum(sub(v, square(mean)), 0);
    const step: AnyTensor = div(g, add(sqrt(spread), epsilon));
    const kept = { v, ...(mean && { mean }) };
    if (momentum === 0) return { parameter: sub(parameter, mul(step, learningRate!)), slots: kept };
    const before = slots.momentum;
    const velocity: AnyTensor = before === undefined ? step : add(mul(before, momentum), step);
    return { parameter: sub(parameter, mul(velocity, learningRate!)), slots: { ...kept, momentum: velocity } };
  },
};

/**
 * v ← α v + (1 − α) g², p ← p − η g / (√v + ε), or with momentum b ← μ b + g / (√v + ε), p ← p − η b.
 * (Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning", 2012; centered as in Graves, "Generating
 * sequences with recurrent neural networks", 2013.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = rmsprop({ learningRate: 0.01, momentum: 0.9 });
 */
export function rmsprop(options: RmspropOptions): Optimizer<RmspropHyper> {
  checkOptimizerOptions("rmsprop", options, "alpha", "epsilon", "weightDecay", "momentum", "centered");
  const { alpha = 0.99, epsilon = 1e-8, weightDecay = 0, momentum = 0, centered = false } = options;
  return defineOptimizer(rule, { alpha, epsilon, weightDecay, momentum, centered }, options);
}
