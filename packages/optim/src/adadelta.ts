import { type AnyTensor, add, div, mul, sqrt, sub } from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { movingAverage } from "./moving-average.ts";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkOptimizerOptions, checkShare, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface AdadeltaHyper extends Hyper {
  /** Share of both means of squares that is kept, 0.9 if not given. */
  readonly rho: number;
  /** Added to both means under their roots, 1e-6 if not given. */
  readonly epsilon: number;
  /** Factor of the parameter that is added to its gradient, 0 if not given. */
  readonly weightDecay: number;
}

export interface AdadeltaOptions
  extends OptimizerOptions<AdadeltaHyper>,
    Partial<Omit<AdadeltaHyper, "learningRate">> {}

const rule: Rule<AdadeltaHyper, "v" | "steps"> = {
  name: "adadelta",
  check: (name, { rho, epsilon, weightDecay }) => {
    checkShare(name, { rho });
    checkSize(name, { epsilon, weightDecay });
  },
  slots: () => ["v", "steps"],
  scalars: ({ learningRate }) => ({ learningRate }),
  update: (parameter, gradient, slots, { learningRate }, { rho, epsilon, weightDecay }) => {
    const g = decayed(gradient, parameter, weightDecay);
    const v = movingAverage(slots.v, mul(g, g), rho);
    const step: AnyTensor = mul(div(sqrt(add(slots.steps!, epsilon)), sqrt(add(v, epsilon))), g);
    const steps = movingAverage(slots.steps, mul(step, step), rho);
    return { parameter: sub(parameter, mul(step, learningRate!)), slots: { v, steps } };
  },
};

/**
 * v ← ρ v + (1 − ρ) g², Δ = g √(d + ε) / √(v + ε), d ← ρ d + (1 − ρ) Δ², p ← p − η Δ: steps have the unit of the
 * parameter, so that a learning rate of 1 suits many. (Zeiler, "Adadelta: an adaptive learning rate method", 2012.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = adadelta({ learningRate: 1 });
 */
export function adadelta(options: AdadeltaOptions): Optimizer<AdadeltaHyper> {
  checkOptimizerOptions("adadelta", options, "rho", "epsilon", "weightDecay");
  const { rho = 0.9, epsilon = 1e-6, weightDecay = 0 } = options;
  return defineOptimizer(rule, { rho, epsilon, weightDecay }, options);
}
