import { type AnyTensor, ArgumentError, add, mul, type Operand, sub } from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkFlag, checkOptimizerOptions, checkShare, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface SgdHyper extends Hyper {
  /** Share of the last step's direction that is kept, 0 if not given. */
  readonly momentum: number;
  /** Share of the gradient that does not go into the momentum, from the second step on; 0 if not given. */
  readonly dampening: number;
  /** Look ahead along the momentum (Nesterov). */
  readonly nesterov: boolean;
  /** Factor of the parameter that is added to its gradient, 0 if not given. */
  readonly weightDecay: number;
}

export interface SgdOptions extends OptimizerOptions<SgdHyper>, Partial<Omit<SgdHyper, "learningRate">> {}

const rule: Rule<SgdHyper, "momentum"> = {
  name: "sgd",
  check: (name, { momentum, dampening, nesterov, weightDecay }) => {
    checkShare(name, { momentum });
    checkSize(name, { dampening, weightDecay });
    checkFlag(name, { nesterov });
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError(name, "nesterov needs a momentum and no dampening", "set momentum, and dampening to 0");
    }
  },
  slots: ({ momentum }) => (momentum === 0 ? [] : ["momentum"]),
  // The first momentum is the gradient itself, undampened.
  scalars: ({ learningRate, dampening }, updates) => ({ learningRate, share: updates === 1 ? 1 : 1 - dampening }),
  update: (parameter, gradient, slots, { learningRate, share }, { momentum, nesterov, weightDecay }) => {
    const g = decayed(gradient, parameter, weightDecay);
    if (momentum === 0) return { parameter: sub(parameter, mul(g, learningRate!)), slots: {} };
    const before = slots.momentum;
    const velocity = before === undefined ? g : add(mul(before, momentum), scaled(g, share!));
    const direction: AnyTensor = nesterov ? add(g, mul(velocity, momentum)) : velocity;
    return { parameter: sub(parameter, mul(direction, learningRate!)), slots: { momentum: velocity } };
  },
};

const scaled = (x: AnyTensor, factor: Operand): AnyTensor => (factor === 1 ? x : mul(x, factor));

/**
 * Stochastic gradient descent, with momentum v ← μ v + (1 − d) g (the first v is g), g including weightDecay · p:
 * p ← p − η v, or p − η (g + μ v) with Nesterov's look-ahead. PyTorch's formulas.
 * @throws ArgumentError for numbers out of range, or nesterov without momentum or with dampening.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
 * let model = { w: tensor([1, 2]) };
 * let state = optimizer.init(model);
 * ({ model, state } = optimizer.update(model, { w: tensor([10, 20]) }, state));
 * model.w.toArray(); // [0, 0]
 */
export function sgd(options: SgdOptions): Optimizer<SgdHyper> {
  checkOptimizerOptions("sgd", options, "momentum", "dampening", "nesterov", "weightDecay");
  const { momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
  return defineOptimizer(rule, { momentum, dampening, nesterov, weightDecay }, options);
}
