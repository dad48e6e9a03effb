import {
  type AnyTensor,
  type Leaf,
  type Shape,
  sameShape,
  TreeError,
  treeLeaves,
  zeros,
} from "@tapegrad/core/functions";
import { hyperAt, slotNames, slotShape } from "./groups.ts";
import { checkFits, type Match, matches, resolved } from "./patterns.ts";
import type { Rule } from "./rule.ts";
import type { Hyper, OptimizerState } from "./state.ts";
import { partsOf, type Transformation } from "./transformation.ts";

/** What a state is started for: the rule, and what groups and transformations were given as. */
export interface Setup<H extends Hyper, S extends string> {
  readonly rule: Rule<H, S>;
  readonly groups: readonly { readonly match: Match }[];
  readonly chain: readonly Transformation[];
}

/**
 * The state for a model, from the one before a surgery (which may be of no model at all): parameters that kept path and
 * form keep what they have, others start anew.
 */
export function startState<H extends Hyper, S extends string>(
  setup: Setup<H, S>,
  model: unknown,
  last: OptimizerState<H>,
): OptimizerState<H> {
  const { rule } = setup;
  const leaves = parametersOf(rule.name, model);
  const before = { ...last, ...resolvedMatches(setup, last, leaves) };
  const slots: Record<string, Record<string, AnyTensor>> = {};
  const rested: Record<string, number> = {};
  const ofChain = partsOf(setup.chain, before).flatMap(({ part, slot }) => (part.keeps ? [slot] : []));
  for (const slot of [...slotNames(rule, before), ...ofChain]) slots[slot] = {};
  const parameters = leaves.map(({ path, value }) => {
    const parameter = value as AnyTensor;
    const hyper = hyperAt(before, path);
    const shapeOf = (slot: string): Shape | undefined =>
      ofChain.includes(slot) ? parameter.shape : slotShape(rule, slot as S, parameter.shape, hyper);
    const kept = before.parameters.includes(path) && fits(before, path, shapeOf, parameter.dtype);
    const missed = kept ? (before.rested[path] ?? 0) : before.step;
    if (missed > 0) rested[path] = missed;
    for (const slot of [...rule.slots(hyper), ...ofChain]) {
      const shape = shapeOf(slot);
      if (shape === undefined) continue;
      slots[slot]![path] = (kept ? before.slots[slot]?.[path] : undefined) ?? zeros(shape, { dtype: parameter.dtype });
    }
    return path;
  });
  const frozen = before.frozen.filter((pattern) => parameters.some((path) => matches(pattern, path)));
  return { ...before, frozen, parameters, rested, slots };
}

/**
 * @throws ArgumentError for a pattern, of a group or a part of a chain, that fits no parameter. Functions may fit none, and
 * after a surgery nothing needs to fit.
 */
export function checkPatterns<H extends Hyper, S extends string>(
  { rule, groups, chain }: Setup<H, S>,
  { parameters }: OptimizerState<H>,
): void {
  for (const { match } of [...groups, ...chain.map(({ hyper }) => hyper as { readonly match?: Match })]) {
    if (match !== undefined && typeof match !== "function") checkFits(rule.name, match, parameters);
  }
}

/** The parameters of a model, tied ones once. */
export function parametersOf(name: string, model: unknown): Leaf[] {
  const seen = new Set<unknown>();
  const parameters = treeLeaves(model).filter(({ kind, value }) => {
    if (kind !== "parameter" || seen.has(value)) return false;
    seen.add(value);
    return true;
  });
  if (parameters.length > 0) return parameters;
  throw new TreeError(name, "the model has no parameter", "parameters are tensors of floats");
}

/** Groups and parts of a chain that were given by functions, with the paths that those fit now. */
function resolvedMatches<H extends Hyper>(
  { groups, chain }: Pick<Setup<H, never>, "groups" | "chain">,
  state: OptimizerState<H>,
  leaves: readonly Leaf[],
): Pick<OptimizerState<H>, "groups" | "chain"> {
  const renew = <T>(entries: readonly T[], given: readonly object[]): readonly T[] => {
    // Groups that an edit added or took away are no longer those that were given.
    if (entries.length !== given.length) return entries;
    return entries.map((entry, i) => {
      const { match } = given[i] as { readonly match?: Match };
      return typeof match === "function" ? { ...entry, match: resolved(match, leaves) } : entry;
    });
  };
  return {
    groups: renew(state.groups, groups),
    chain: renew(
      state.chain,
      chain.map(({ hyper }) => hyper),
    ),
  };
}

function fits(
  state: OptimizerState,
  path: string,
  shapeOf: (slot: string) => Shape | undefined,
  dtype: AnyTensor["dtype"],
): boolean {
  return Object.entries(state.slots).every(([slot, { [path]: kept }]) => {
    if (kept === undefined) return true;
    const expected = shapeOf(slot);
    return expected !== undefined && sameShape(kept.shape, expected) && kept.dtype === dtype;
  });
}
