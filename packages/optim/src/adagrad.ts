import { type AnyTensor, add, div, mul, sqrt, sub } from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkOptimizerOptions, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface AdagradHyper extends Hyper {
  /** The learning rate of the t-th update is divided by 1 + (t − 1) · rateDecay; 0 if not given. */
  readonly rateDecay: number;
  /** What the sums of squares start from, 0 if not given. */
  readonly initialAccumulator: number;
  /** Added to the root of the sum of squares, 1e-10 if not given. */
  readonly epsilon: number;
  /** Factor of the parameter that is added to its gradient, 0 if not given. */
  readonly weightDecay: number;
}

export interface AdagradOptions extends OptimizerOptions<AdagradHyper>, Partial<Omit<AdagradHyper, "learningRate">> {}

const rule: Rule<AdagradHyper, "sum"> = {
  name: "adagrad",
  check: (name, { rateDecay, initialAccumulator, epsilon, weightDecay }) =>
    checkSize(name, { rateDecay, initialAccumulator, epsilon, weightDecay }),
  slots: () => ["sum"],
  scalars: ({ learningRate, rateDecay, initialAccumulator }, updates) => ({
    rate: learningRate / (1 + (updates - 1) * rateDecay),
    start: updates === 1 ? initialAccumulator : 0,
  }),
  update: (parameter, gradient, slots, { rate, start }, { epsilon, weightDecay }) => {
    const g = decayed(gradient, parameter, weightDecay);
    const sum: AnyTensor = add(add(slots.sum!, start!), mul(g, g));
    const step: AnyTensor = div(g, add(sqrt(sum), epsilon));
    return { parameter: sub(parameter, mul(step, rate!)), slots: { sum } };
  },
};

/**
 * s ← s + g², p ← p − η g / (√s + ε): each element has a learning rate that falls as its gradients add up.
 * (Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = adagrad({ learningRate: 0.1 });
 */
export function adagrad(options: AdagradOptions): Optimizer<AdagradHyper> {
  checkOptimizerOptions("adagrad", options, "rateDecay", "initialAccumulator", "epsilon", "weightDecay");
  const { rateDecay = 0, initialAccumulator = 0, epsilon = 1e-10, weightDecay = 0 } = options;
  return defineOptimizer(rule, { rateDecay, initialAccumulator, epsilon, weightDecay }, options);
}
