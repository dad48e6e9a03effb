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
import type { StepScalars } from "./scalars.ts";
import type { Hyper, OptimizerState, Slot } from "./state.ts";
import { type Context, type Passed, partsOf, type Timed, type Transformation } from "./transformation.ts";

/** What an update of the tensors leaves behind. */
export interface Stepped<M> {
  readonly model: M;
  readonly slots: OptimizerState["slots"];
  /** The parameters that were left alone: frozen, or without a gradient. */
  readonly rested: readonly string[];
  /** Whether all were, because the update waits for further gradients. */
  readonly waits: boolean;
}

/** Updates all parameters that have a gradient and are not frozen, through the whole chain. */
export function stepTensors<M, H extends Hyper, S extends string>(
  rule: Rule<H, S>,
  chain: readonly Transformation[],
  model: M,
  gradients: unknown,
  state: OptimizerState<H>,
  scalars: StepScalars,
  checkFinite: boolean,
): Stepped<M> {
  const { parameters, gradients: given, rested } = collect(rule.name, model, gradients, state, checkFinite);
  const slots: Record<string, Slot> = { ...state.slots };
  const parts = partsOf(chain, state);
  const contextOf = ({ hyper, slot }: (typeof parts)[number]): Context => {
    const { common = {}, byPath = {} } = scalars.chain?.[slot] ?? {};
    return {
      hyper,
      parameters,
      kept: Object.fromEntries(
        Object.entries(parameters).flatMap(([path, { shape }]) => {
          const kept = keptFor(rule.name, path, shape, shape, state, slot);
          return kept === undefined ? [] : [[path, kept]];
        }),
      ),
      scalars: (path) => asTensors(byPath[path] ?? common, parameters[path]!),
    };
  };
  const pass = (part: (typeof parts)[number], { tensors, kept, waits = false }: Passed): boolean => {
    if (kept !== undefined) slots[part.slot] = { ...slots[part.slot], ...kept };
    passing = tensors;
    return waits;
  };

  let passing: Slot = given;
  for (const part of parts) {
    const { before } = part.part;
    if (before === undefined) continue;
    if (pass(part, before.call(part.part, passing, contextOf(part)))) {
      return { model, slots, rested: [], waits: true };
    }
  }
  passing = applyRule(rule, parameters, passing, state, scalars, slots);
  for (const part of parts.toReversed()) {
    const { after } = part.part;
    if (after !== undefined) pass(part, after.call(part.part, passing, contextOf(part)));
  }
  const next = new Map(Object.entries(parameters).map(([path, parameter]) => [parameter, passing[path]!]));
  const changed = treeMap(model, ({ value }) => next.get(value as AnyTensor) ?? value) as M;
  return { model: changed, slots, rested, waits: false };
}

interface Collected {
  readonly parameters: Slot;
  readonly gradients: Slot;
  readonly rested: readonly string[];
}

/** The parameters to be updated and their gradients, by path; tied ones once. */
function collect<H extends Hyper>(
  name: string,
  model: unknown,
  given: unknown,
  { frozen }: OptimizerState<H>,
  checkFinite: boolean,
): Collected {
  const parameters: Record<string, AnyTensor> = {};
  const gradients: Record<string, AnyTensor> = {};
  const rested: string[] = [];
  treeMap(
    model,
    ({ path, kind, value }, gradient) => {
      if (kind !== "parameter") return value;
      const parameter = value as AnyTensor;
      if (gradient === null || gradient === undefined || matches(frozen, path)) {
        rested.push(path);
        return value;
      }
      checkGradient(name, path, parameter, gradient, checkFinite);
      parameters[path] = parameter;
      gradients[path] = gradient;
      return value;
    },
    given,
  );
  return { parameters, gradients, rested };
}

/** The parameters after the rule; what it keeps goes into `slots`. */
function applyRule<H extends Hyper, S extends string>(
  rule: Rule<H, S>,
  parameters: Slot,
  gradients: Slot,
  state: OptimizerState<H>,
  { byPath, common }: StepScalars,
  slots: Record<string, Slot>,
): Slot {
  const names = slotNames(rule, state);
  const own: Record<string, Record<string, AnyTensor>> = {};
  for (const slot of names) slots[slot] = own[slot] = { ...state.slots[slot] };
  const next: Record<string, AnyTensor> = {};
  for (const path in parameters) {
    const parameter = parameters[path]!;
    const hyper = hyperAt(state, path);
    const kept: Partial<Record<S, AnyTensor>> = {};
    for (const slot of names) {
      const shape = slotShape(rule, slot, parameter.shape, hyper);
      const before = shape && keptFor(rule.name, path, parameter.shape, shape, state, slot);
      if (before !== undefined) kept[slot] = before;
    }
    const scalars = asTensors(byPath[path] ?? common, parameter);
    const updated = updateOf(rule)(parameter, gradients[path]!, kept, scalars, hyper) as ReturnType<typeof rule.update>;
    for (const slot in updated.slots) own[slot]![path] = updated.slots[slot]!;
    next[path] = updated.parameter;
  }
  return next;
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
function asTensors<T extends Scalars | Timed>(scalars: T, { dtype }: AnyTensor): T {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [
      name,
      typeof value === "number" ? (tensor(value, { dtype }) as AnyTensor) : value,
    ]),
  ) as T;
}

/** What is kept for a parameter; `undefined` in a slot that came into use by an edit of the state. */
function keptFor(
  name: string,
  path: string,
  shape: readonly number[],
  expected: readonly number[],
  state: OptimizerState,
  slot: string,
): AnyTensor | undefined {
  const kept = state.slots[slot]?.[path];
  if (isTensor(kept) && sameShape(kept.shape, expected)) return kept;
  const advice = "after a change of the model, take optimizer.adapt(model, state)";
  if (kept !== undefined) {
    const shapes = `${showShape(kept.shape)}, the parameter is ${showShape(shape)}`;
    throw new ShapeError(name, `what is kept for ${path} is ${shapes}`, advice);
  }
  if (state.parameters.includes(path)) return undefined;
  throw new TreeError(name, `the state knows no parameter ${path}`, advice);
}
