import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkOptimizerOptions, checkShare, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

/** The hyper-parameters of the relations of Adam, which keep means of gradients and of their sizes. */
export interface MomentsHyper extends Hyper {
  /** Share of the mean of gradients that is kept, 0.9 if not given. */
  readonly beta1: number;
  /** Share of the mean of squared gradients that is kept, 0.999 if not given. */
  readonly beta2: number;
  /** Added to what gradients are divided by, 1e-8 if not given. */
  readonly epsilon: number;
  /** Factor of the parameter that is added to its gradient, 0 if not given. */
  readonly weightDecay: number;
}

export interface MomentsOptions extends OptimizerOptions<MomentsHyper>, Partial<Omit<MomentsHyper, "learningRate">> {}

/** The hyper-parameters, with what they are if not given. */
export function momentsOf({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0,
}: Partial<Omit<MomentsHyper, "learningRate">>): Omit<MomentsHyper, "learningRate"> {
  return { beta1, beta2, epsilon, weightDecay };
}

/** @throws ArgumentError for numbers out of range. */
export function checkMoments(name: string, hyper: Omit<MomentsHyper, "learningRate">): void {
  const { beta1, beta2, epsilon, weightDecay } = hyper;
  checkShare(name, { beta1, beta2 });
  checkSize(name, { epsilon, weightDecay });
}

/** An optimizer that has these hyper-parameters and no others. */
export function defineMoments<S extends string>(
  rule: Rule<MomentsHyper, S>,
  options: MomentsOptions,
): Optimizer<MomentsHyper> {
  checkOptimizerOptions(rule.name, options, "beta1", "beta2", "epsilon", "weightDecay");
  return defineOptimizer(rule, momentsOf(options), options);
}
