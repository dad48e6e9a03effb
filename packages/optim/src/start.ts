import { type AnyTensor, type Leaf, sameShape, TreeError, treeLeaves, zeros } from "@tapegrad/core/functions";
import { hyperAt, slotNames, slotShape } from "./groups.ts";
import { matches } from "./patterns.ts";
import type { Rule } from "./rule.ts";
import type { Hyper, OptimizerState } from "./state.ts";

/**
 * The state for a model, from the one before a surgery (which may be of no model at all): parameters that kept path and
 * form keep what they have, others start anew.
 */
export function startState<H extends Hyper, S extends string>(
  rule: Rule<H, S>,
  model: unknown,
  before: OptimizerState<H>,
): OptimizerState<H> {
  const slots: Record<string, Record<string, AnyTensor>> = {};
  const rested: Record<string, number> = {};
  for (const slot of slotNames(rule, before)) slots[slot] = {};
  const parameters = parametersOf(rule.name, model).map(({ path, value }) => {
    const parameter = value as AnyTensor;
    const kept = before.parameters.includes(path) && fits(rule, before, path, parameter);
    const missed = kept ? (before.rested[path] ?? 0) : before.step;
    if (missed > 0) rested[path] = missed;
    const hyper = hyperAt(before, path);
    for (const slot of rule.slots(hyper)) {
      const shape = slotShape(rule, slot, parameter.shape, hyper);
      if (shape === undefined) continue;
      slots[slot]![path] = (kept ? before.slots[slot]?.[path] : undefined) ?? zeros(shape, { dtype: parameter.dtype });
    }
    return path;
  });
  const frozen = before.frozen.filter((pattern) => parameters.some((path) => matches(pattern, path)));
  return { ...before, frozen, parameters, rested, slots };
}

/** The parameters of a model, tied ones once. */
function parametersOf(name: string, model: unknown): Leaf[] {
  const seen = new Set<unknown>();
  const parameters = treeLeaves(model).filter(({ kind, value }) => {
    if (kind !== "parameter" || seen.has(value)) return false;
    seen.add(value);
    return true;
  });
  if (parameters.length > 0) return parameters;
  throw new TreeError(name, "the model has no parameter", "parameters are tensors of floats");
}

function fits<H extends Hyper, S extends string>(
  rule: Rule<H, S>,
  state: OptimizerState<H>,
  path: string,
  { shape, dtype }: AnyTensor,
): boolean {
  return Object.entries(state.slots).every(([slot, { [path]: kept }]) => {
    if (kept === undefined) return true;
    const expected = slotShape(rule, slot as S, shape, hyperAt(state, path));
    return expected !== undefined && sameShape(kept.shape, expected) && kept.dtype === dtype;
  });
}
