import { type AnyTensor, ArgumentError, valueAndGrad } from "@tapegrad/core/functions";
import { type LbfgsOptions, type LbfgsState, lbfgs, type ValueAndGradient } from "./lbfgs.ts";
import { checkCount } from "./options.ts";

export interface MinimizeOptions extends LbfgsOptions {
  /** How many steps are taken at most, 200 if not given. */
  readonly steps?: number;
}

export interface Minimized<M> {
  readonly model: M;
  /** The cost of the model. */
  readonly value: number;
  /** How many steps were taken. */
  readonly steps: number;
  /** Why it ended: `running` when steps did not suffice. */
  readonly status: LbfgsState["status"];
}

/**
 * The model at which a cost is smallest nearby, found by L-BFGS (see `lbfgs`) from a first one.
 * @throws ArgumentError for what is no cost, or options out of range; what `lbfgs` throws.
 * @example
 * const bowl = (m: { x: Tensor }) => sum(square(sub(m.x, tensor([1, 2]))));
 * const { model, status } = minimize(bowl, { x: tensor([0, 0]) });
 * model.x.toArray(); // [1, 2]
 * status; // "converged"
 */
export function minimize<M>(cost: (model: M) => AnyTensor, model: M, options: MinimizeOptions = {}): Minimized<M> {
  if (typeof cost !== "function")
    throw new ArgumentError("minimize", `the cost is of type ${typeof cost}`, "give a function of the model");
  const { steps = 200, ...others } = options;
  checkCount("minimize", { steps });
  const optimizer = lbfgs(others);
  const valueAndGradient = valueAndGrad(cost as never) as unknown as ValueAndGradient<M>;
  let [at, state] = [model, optimizer.init(model)];
  while (state.status === "running" && state.step < steps) {
    ({ model: at, state } = optimizer.update(at, valueAndGradient, state));
  }
  return { model: at, value: state.last!.value, steps: state.step, status: state.status };
}
