import type { Shape } from "@tapegrad/core/functions";
import { matches } from "./patterns.ts";
import type { Rule } from "./rule.ts";
import type { Hyper, OptimizerState } from "./state.ts";
import { partsOf, type Transformation } from "./transformation.ts";

/** The hyper-parameters of one parameter: those of all, and over them those of the first group that fits. */
export function hyperAt<H extends Hyper>(state: OptimizerState<H>, path: string): H {
  const group = state.groups.find(({ match }) => matches(match, path));
  return group === undefined ? state.hyper : { ...state.hyper, ...group };
}

/** @throws ArgumentError for hyper-parameters out of range, of all parameters, of a group or of a part of the chain. */
export function checkHyper<H extends Hyper, S extends string>(
  { name, check }: Rule<H, S>,
  chain: readonly Transformation[],
  state: OptimizerState<H>,
): void {
  check?.(name, state.hyper);
  for (const [i, group] of state.groups.entries()) check?.(`${name}, groups[${i}]`, { ...state.hyper, ...group });
  for (const { part, hyper } of partsOf(chain, state)) part.check?.(hyper);
}

/** The shape that a rule keeps in a slot for a parameter, `undefined` for nothing. */
export function slotShape<H extends Hyper, S extends string>(
  rule: Rule<H, S>,
  slot: S,
  shape: Shape,
  hyper: H,
): Shape | undefined {
  return rule.shapeOf === undefined ? shape : rule.shapeOf(slot, shape, hyper);
}

/** The names of all slots that some parameter needs. */
export function slotNames<H extends Hyper, S extends string>(rule: Rule<H, S>, state: OptimizerState<H>): Set<S> {
  const names = new Set(rule.slots(state.hyper));
  for (const group of state.groups) for (const name of rule.slots({ ...state.hyper, ...group })) names.add(name);
  return names;
}
