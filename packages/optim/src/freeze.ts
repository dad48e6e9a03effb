import { ArgumentError } from "@tapegrad/core/functions";
import { produce } from "immer";
import { checkState } from "./check-state.ts";
import { checkFits, checkMatch, listed } from "./patterns.ts";
import type { Hyper, OptimizerState } from "./state.ts";

/** Patterns, lists of them, or a function of the path. */
type FrozenMatch = string | readonly string[] | ((path: string) => boolean);

/**
 * The state in which updates leave parameters alone: the parameter stays the same tensor, and its momenta wait.
 * @param matches paths (`layers.0.weight`), paths of parts (`layers.0`), either with `*` for a step (`layers.*.bias`), lists of
 * them, or functions of the path, which the state keeps as the paths that they fit.
 * @throws ArgumentError for a pattern that fits no parameter, listing what there is.
 * @example
 * const model = { layers: [{ weight: ones([2]) }, { weight: ones([2]) }] };
 * const state = freeze(sgd({ learningRate: 0.1 }).init(model), "layers.0");
 * state.frozen; // ["layers.0"]
 */
export function freeze<H extends Hyper>(
  state: OptimizerState<H>,
  ...matches: readonly FrozenMatch[]
): OptimizerState<H> {
  checkState("freeze", state, "call freeze(state, ...patterns) with what optimizer.init(model) returned");
  const patterns = matches.flatMap((match) => {
    checkMatch("freeze", "what is to be frozen", match);
    const found = typeof match === "function" ? state.parameters.filter(match) : [match].flat();
    if (found.length === 0)
      throw new ArgumentError("freeze", "the function fits no parameter", `there are ${listed(state.parameters)}`);
    return found;
  });
  checkFits("freeze", patterns, state.parameters);
  const added = patterns.filter((pattern) => !state.frozen.includes(pattern));
  return produce(state as OptimizerState, (draft) => void draft.frozen.push(...added)) as OptimizerState<H>;
}

/**
 * The state in which parameters are updated again.
 * @param patterns as they were given to `freeze`; all, if none is given.
 * @throws ArgumentError for a pattern that is not frozen.
 * @example
 * const frozen = freeze(sgd({ learningRate: 0.1 }).init({ w: ones([2]) }), "w");
 * unfreeze(frozen, "w").frozen; // []
 */
export function unfreeze<H extends Hyper>(state: OptimizerState<H>, ...patterns: readonly string[]): OptimizerState<H> {
  checkState("unfreeze", state, "call unfreeze(state, ...patterns) with what optimizer.init(model) returned");
  const unknown = patterns.find((pattern) => !state.frozen.includes(pattern));
  if (unknown !== undefined) {
    throw new ArgumentError("unfreeze", `"${unknown}" is not frozen`, `frozen are ${listed(state.frozen)}`);
  }
  return produce(state as OptimizerState, (draft) => {
    draft.frozen = patterns.length === 0 ? [] : draft.frozen.filter((pattern) => !patterns.includes(pattern));
  }) as OptimizerState<H>;
}
