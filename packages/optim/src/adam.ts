import { type AnyTensor, add, div, maximum, mul, sqrt, sub } from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { movingAverage } from "./moving-average.ts";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkFlag, checkOptimizerOptions, checkShare, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface AdamHyper extends Hyper {
  /** Share of the mean of gradients that is kept, 0.9 if not given. */
  readonly beta1: number;
  /** Share of the mean of squared gradients that is kept, 0.999 if not given. */
  readonly beta2: number;
  /** Added to the root of the mean of squares, 1e-8 if not given. */
  readonly epsilon: number;
  /** 0 if not given, for adamw 0.01. */
  readonly weightDecay: number;
  /** Divide by the largest mean of squares so far (Reddi et al., "On the convergence of Adam and beyond", 2018). */
  readonly amsgrad: boolean;
}

export interface AdamOptions extends OptimizerOptions<AdamHyper>, Partial<Omit<AdamHyper, "learningRate">> {}

type Slots = "m" | "v" | "vMax";

/** The two differ in where the weight decay goes. */
const ruleOf = (name: string, decoupled: boolean): Rule<AdamHyper, Slots> => ({
  name,
  check: (where, { beta1, beta2, epsilon, weightDecay, amsgrad }) => {
    checkShare(where, { beta1, beta2 });
    checkSize(where, { epsilon, weightDecay });
    checkFlag(where, { amsgrad });
  },
  slots: ({ amsgrad }) => (amsgrad ? ["m", "v", "vMax"] : ["m", "v"]),
  // p − η (m/c₁) / (√(v/c₂) + ε), with √c₂ taken out of the fraction.
  scalars: ({ learningRate, beta1, beta2, epsilon, weightDecay }, updates) => {
    const rootOfCorrection = Math.sqrt(1 - beta2 ** updates);
    return {
      rate: (learningRate * rootOfCorrection) / (1 - beta1 ** updates),
      epsilon: epsilon * rootOfCorrection,
      shrink: 1 - learningRate * weightDecay,
    };
  },
  update: (parameter, gradient, slots, { rate, epsilon, shrink }, { beta1, beta2, weightDecay, amsgrad }) => {
    const g = decoupled ? gradient : decayed(gradient, parameter, weightDecay);
    const m = movingAverage(slots.m, g, beta1);
    const v = movingAverage(slots.v, mul(g, g), beta2);
    const vMax: AnyTensor | undefined = amsgrad ? maximum(slots.vMax ?? v, v) : undefined;
    const step = mul(div(m, add(sqrt(vMax ?? v), epsilon!)), rate!);
    const from: AnyTensor = decoupled && weightDecay !== 0 ? mul(parameter, shrink!) : parameter;
    return { parameter: sub(from, step), slots: vMax === undefined ? { m, v } : { m, v, vMax } };
  },
});

function withRule(rule: Rule<AdamHyper, Slots>, options: AdamOptions, decay: number): Optimizer<AdamHyper> {
  checkOptimizerOptions(rule.name, options, "beta1", "beta2", "epsilon", "weightDecay", "amsgrad");
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = decay, amsgrad = false } = options;
  return defineOptimizer(rule, { beta1, beta2, epsilon, weightDecay, amsgrad }, options);
}

const adamRule = ruleOf("adam", false);
const adamwRule = ruleOf("adamw", true);

/**
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← p − η m̂ / (√v̂ + ε), where the hats divide by 1 − βᵗ. The weight
 * decay, if any, is added to the gradient. (Kingma and Ba, "Adam: a method for stochastic optimization", 2015.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = adam({ learningRate: 0.001 });
 */
export function adam(options: AdamOptions): Optimizer<AdamHyper> {
  return withRule(adamRule, options, 0);
}

/**
 * Adam with decoupled weight decay, 0.01 if not given: p ← (1 − η · weightDecay) p before each step.
 * (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = adamw({ learningRate: 0.001, groups: [{ match: "layers.*.bias", weightDecay: 0 }] });
 */
export function adamw(options: AdamOptions): Optimizer<AdamHyper> {
  return withRule(adamwRule, options, 0.01);
}
