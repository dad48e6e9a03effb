import {
  type AnyTensor,
  fuse,
  isTensor,
  ShapeError,
  sameShape,
  showShape,
  TreeError,
  tensor,
  treeMap,
} from "@tapegrad/core/functions";
import { checkGradient } from "./check-gradient.ts";
import { hyperAt, slotNames, slotShape } from "./groups.ts";
import { matches } from "./patterns.ts";
import type { Rule, Scalars } from "./rule.ts";
import type { Hyper, OptimizerState } from "./state.ts";

/** What an update of the tensors leaves behind. */
export interface Stepped<M> {
  readonly model: M;
  readonly slots: OptimizerState["slots"];
  /** The parameters that were left alone: frozen, or without a gradient. */
  readonly rested: readonly string[];
}

/** Updates all parameters that have a gradient and are not frozen. */
export function stepTensors<M, H extends Hyper, S extends string>(
  rule: Rule<H, S>,
  model: M,
  gradients: unknown,
  state: OptimizerState<H>,
  scalarsOf: (path: string) => Scalars,
  checkFinite: boolean,
): Stepped<M> {
  const { frozen } = state;
  const slots: Record<string, Record<string, AnyTensor>> = {};
  for (const slot of slotNames(rule, state)) slots[slot] = { ...state.slots[slot] };
  const rested: string[] = [];
  const next = treeMap(
    model,
    ({ path, kind, value }, gradient) => {
      if (kind !== "parameter") return value;
      const parameter = value as AnyTensor;
      const isFrozen = frozen.length > 0 && frozen.some((pattern) => matches(pattern, path));
      if (gradient === null || gradient === undefined || isFrozen) {
        rested.push(path);
        return parameter;
      }
      checkGradient(rule.name, path, parameter, gradient, checkFinite);
      const kept: Partial<Record<S, AnyTensor>> = {};
      for (const slot in slots) kept[slot as S] = keptFor(rule, path, parameter, state, slot as S);
      const updated = updateOf(rule)(
        parameter,
        gradient,
        kept,
        asTensors(scalarsOf(path), parameter),
        hyperAt(state, path),
      ) as ReturnType<typeof rule.update>;
      for (const slot in updated.slots) slots[slot]![path] = updated.slots[slot]!;
      return updated.parameter;
    },
    gradients,
  ) as M;
  return { model: next, slots, rested };
}

const fused = new WeakMap<object, (...args: unknown[]) => unknown>();

/** The rule's update in one pass over memory. */
function updateOf(rule: { readonly update: unknown }): (...args: unknown[]) => unknown {
  let f = fused.get(rule);
  if (f === undefined) {
    f = fuse(rule.update as (...args: unknown[]) => unknown);
    fused.set(rule, f);
  }
  return f;
}

/** Numbers that change from step to step as scalar tensors, so that the update is one program for all steps. */
function asTensors(scalars: Scalars, { dtype }: AnyTensor): Scalars {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [
      name,
      typeof value === "number" ? (tensor(value, { dtype }) as AnyTensor) : value,
    ]),
  );
}

/** What is kept for a parameter; `undefined` in a slot that came into use by an edit of the state. */
function keptFor<H extends Hyper, S extends string>(
  rule: Rule<H, S>,
  path: string,
  { shape }: AnyTensor,
  state: OptimizerState<H>,
  slot: S,
): AnyTensor | undefined {
  const { name } = rule;
  const kept = state.slots[slot]?.[path];
  const expected = slotShape(rule, slot, shape, hyperAt(state, path));
  if (expected === undefined) return undefined;
  if (isTensor(kept) && sameShape(kept.shape, expected)) return kept;
  const advice = "after a change of the model, take optimizer.adapt(model, state)";
  if (kept !== undefined) {
    const shapes = `${showShape(kept.shape)}, the parameter is ${showShape(shape)}`;
    throw new ShapeError(name, `what is kept for ${path} is ${shapes}`, advice);
  }
  if (state.parameters.includes(path)) return undefined;
  throw new TreeError(name, `the state knows no parameter ${path}`, advice);
}
