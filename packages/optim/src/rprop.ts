import {
  type AnyTensor,
  ArgumentError,
  add,
  clamp,
  greater,
  less,
  mul,
  sign,
  sub,
  where,
} from "@tapegrad/core/functions";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkOptimizerOptions, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface RpropHyper extends Hyper {
  /** Factor of the step where the gradient changed its sign, 0.5 if not given. */
  readonly etaMinus: number;
  /** Factor of the step where the gradient kept its sign, 1.2 if not given. */
  readonly etaPlus: number;
  /** The smallest step, 1e-6 if not given. */
  readonly minStep: number;
  /** The largest step, 50 if not given. */
  readonly maxStep: number;
}

export interface RpropOptions extends OptimizerOptions<RpropHyper>, Partial<Omit<RpropHyper, "learningRate">> {}

const rule: Rule<RpropHyper, "gradient" | "size"> = {
  name: "rprop",
  check: (name, { etaMinus, etaPlus, minStep, maxStep }) => {
    checkSize(name, { etaMinus, etaPlus, minStep, maxStep });
    if (!(etaMinus > 0 && etaMinus < 1 && etaPlus > 1)) {
      const found = `etaMinus is ${etaMinus} and etaPlus ${etaPlus}`;
      throw new ArgumentError(name, found, "give an etaMinus between 0 and 1, and an etaPlus above 1");
    }
    if (minStep > maxStep) {
      throw new ArgumentError(name, `minStep is ${minStep}, above maxStep of ${maxStep}`, "give them in order");
    }
  },
  slots: () => ["gradient", "size"],
  scalars: ({ learningRate }, updates) => ({ start: updates === 1 ? learningRate : 0 }),
  update: (parameter, gradient, slots, { start }, { etaMinus, etaPlus, minStep, maxStep }) => {
    const agreement: AnyTensor = mul(gradient, slots.gradient!);
    const turned = less(agreement, 0);
    const before: AnyTensor = add(slots.size!, start!);
    const shrunk: AnyTensor = where(turned, mul(before, etaMinus), before);
    const size: AnyTensor = clamp(where(greater(agreement, 0), mul(before, etaPlus), shrunk), minStep, maxStep);
    // Where it turned it waits a step, and the next one counts as no turn.
    const used: AnyTensor = where(turned, 0, gradient);
    return { parameter: sub(parameter, mul(sign(used), size)), slots: { gradient: used, size } };
  },
};

/**
 * Steps by the signs of gradients: each element has a size of its own, which starts at the learning rate, grows by etaPlus
 * while the sign stays and shrinks by etaMinus where it turns. For gradients of all data, not of batches.
 * (Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the Rprop algorithm", 1993.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = rprop({ learningRate: 0.01 });
 */
export function rprop(options: RpropOptions): Optimizer<RpropHyper> {
  checkOptimizerOptions("rprop", options, "etaMinus", "etaPlus", "minStep", "maxStep");
  const { etaMinus = 0.5, etaPlus = 1.2, minStep = 1e-6, maxStep = 50 } = options;
  return defineOptimizer(rule, { etaMinus, etaPlus, minStep, maxStep }, options);
}
