import { ArgumentError, isTensor, TreeError } from "@tapegrad/core/functions";
import type { OptimizerState } from "./state.ts";
import { slotsOfChain } from "./transformation.ts";

/** @throws ArgumentError for what is no state of an optimizer, or one of another optimizer than `optimizer` with `chain`. */
export function checkState(
  name: string,
  state: unknown,
  advice: string,
  optimizer?: string,
  chain: readonly string[] = [],
): asserts state is OptimizerState {
  if (!isState(state)) {
    const found = state === undefined || state === null ? "there is no state" : "what was given as the state is none";
    throw new ArgumentError(name, found, advice);
  }
  if (optimizer === undefined) return;
  const names = slotsOfChain(state.chain);
  if (state.optimizer === optimizer && names.join() === chain.join()) return;
  throw new ArgumentError(
    name,
    `the state is one of ${[...names, state.optimizer].join(", ")}`,
    "use it with that optimizer, or begin anew with optimizer.init(model)",
  );
}

function isState(value: unknown): value is OptimizerState {
  if (value === null || typeof value !== "object") return false;
  const { optimizer, hyper, parameters, slots, chain } = value as Partial<OptimizerState>;
  const isNamed = typeof optimizer === "string" && Array.isArray(parameters) && Array.isArray(chain);
  return isNamed && typeof hyper === "object" && typeof slots === "object";
}

/** @throws TreeError for a result of `valueAndGrad`, or a state, in place of gradients. */
export function checkGradients(name: string, model: unknown, gradients: unknown): void {
  if (gradients === null || typeof gradients !== "object" || isTensor(gradients)) return;
  if (isState(gradients)) {
    throw new TreeError(name, "what was given as the gradients is a state", "call update(model, gradients, state)");
  }
  const isResult = "value" in gradients && "gradient" in gradients && isTensor(gradients.value);
  if (!isResult || (model !== null && typeof model === "object" && "gradient" in model)) return;
  throw new TreeError(name, "the gradients are all that valueAndGrad returned", "pass its .gradient");
}
