import { type AnyTensor, add, div, mul, sqrt, sub } from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { checkMoments, type MomentsHyper, momentsOf } from "./moments.ts";
import { movingAverage } from "./moving-average.ts";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkOptimizerOptions, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";

export interface NadamHyper extends MomentsHyper {
  /** How fast the momentum rises from β₁/2 to β₁, 0.004 if not given. */
  readonly momentumDecay: number;
}

export interface NadamOptions extends OptimizerOptions<NadamHyper>, Partial<Omit<NadamHyper, "learningRate">> {}

/** μₜ, the momentum of the t-th update. */
const momentumAt = (t: number, beta1: number, momentumDecay: number): number =>
  beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));

/** The products μ₁ μ₂ ... μₜ that were needed so far, by hyper-parameters: pure numbers, so that no state keeps them. */
const products = new Map<string, number[]>();
/** Schedules of hyper-parameters could ask for ever others. */
const MOST = 64;

function productUpTo(t: number, beta1: number, momentumDecay: number): number {
  const name = `${beta1} ${momentumDecay}`;
  if (products.size >= MOST && !products.has(name)) products.clear();
  const known = products.get(name) ?? [1];
  products.set(name, known);
  while (known.length <= t) known.push(known.at(-1)! * momentumAt(known.length, beta1, momentumDecay));
  return known[t]!;
}

const rule: Rule<NadamHyper, "m" | "v"> = {
  name: "nadam",
  check: (name, hyper) => {
    checkMoments(name, hyper);
    checkSize(name, { momentumDecay: hyper.momentumDecay });
  },
  slots: () => ["m", "v"],
  scalars: ({ learningRate, beta1, beta2, epsilon, momentumDecay }, updates) => {
    const rootOfCorrection = Math.sqrt(1 - beta2 ** updates);
    const rate = learningRate * rootOfCorrection;
    const next = momentumAt(updates + 1, beta1, momentumDecay);
    return {
      ofGradient:
        (rate * (1 - momentumAt(updates, beta1, momentumDecay))) / (1 - productUpTo(updates, beta1, momentumDecay)),
      ofMean: (rate * next) / (1 - productUpTo(updates + 1, beta1, momentumDecay)),
      epsilon: epsilon * rootOfCorrection,
    };
  },
  update: (parameter, gradient, slots, { ofGradient, ofMean, epsilon }, { beta1, beta2, weightDecay }) => {
    const g = decayed(gradient, parameter, weightDecay);
    const m = movingAverage(slots.m, g, beta1);
    const v = movingAverage(slots.v, mul(g, g), beta2);
    const ahead: AnyTensor = add(mul(g, ofGradient!), mul(m, ofMean!));
    return { parameter: sub(parameter, div(ahead, add(sqrt(v), epsilon!))), slots: { m, v } };
  },
};

/**
 * Adam with Nesterov's look-ahead: p ← p − η ((1 − μₜ) g / (1 − Πₜ) + μₜ₊₁ m / (1 − Πₜ₊₁)) / (√v̂ + ε), where
 * μₜ = β₁ (1 − 0.96^(t · momentumDecay) / 2) and Πₜ = μ₁ ... μₜ.
 * (Dozat, "Incorporating Nesterov momentum into Adam", 2016. PyTorch 1.13 has a μₜ too many in Πₜ₊₁; PyTorch 2 has not.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = nadam({ learningRate: 0.002 });
 */
export function nadam(options: NadamOptions): Optimizer<NadamHyper> {
  checkOptimizerOptions("nadam", options, "beta1", "beta2", "epsilon", "weightDecay", "momentumDecay");
  const { momentumDecay = 4e-3 } = options;
  return defineOptimizer(rule, { ...momentsOf(options), momentumDecay }, options);
}
