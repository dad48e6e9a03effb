import { ArgumentError, checkOptions, type Gradient } from "@tapegrad/core/functions";
import { castDraft, produce } from "immer";
import { checkGradients as checkNoResult, checkState } from "./check-state.ts";
import { checkHyper, hyperAt } from "./groups.ts";
import { checkFlag, shown } from "./options.ts";
import { checkMatch, type Match } from "./patterns.ts";
import type { Rule, Scalars, Settled } from "./rule.ts";
import { type StepScalars, scalarsOfChain } from "./scalars.ts";
import type { Schedule } from "./schedule.ts";
import { checkPatterns, startState } from "./start.ts";
import type { Group, Hyper, OptimizerState } from "./state.ts";
import { type Stepped, stepTensors } from "./step-tensors.ts";
import { slotsOfChain, type Transformation } from "./transformation.ts";

/** What all optimizers take. */
export interface OptimizerOptions<H extends Hyper = Hyper> {
  /** A number, or a function of the step, which counts from 0. */
  readonly learningRate: number | Schedule;
  /** Other hyper-parameters for some of the parameters. */
  readonly groups?: readonly (Partial<H> & { readonly match: Match })[];
  /** Whether a gradient with NaN or infinity is refused (the default); it costs one sum per parameter. */
  readonly checkGradients?: boolean;
}

/** An optimizer is a set of pure functions; what it knows is in the state. */
export interface Optimizer<H extends Hyper = Hyper> {
  readonly name: string;
  /** @throws TreeError for a model without parameters; ArgumentError for a pattern of a group that fits none of them. */
  init(model: unknown): OptimizerState<H>;
  /**
   * The next model and state. `null` in place of a gradient leaves the parameter alone, so that gradients of a part of
   * the model will do. A tensor that stands at several places (tied weights) stays one and goes by its first path.
   * @throws ShapeError or DTypeError for a gradient that does not fit its parameter; GradientError for one that is not
   * finite; TreeError for gradients of another structure, or a model that the state was not made for (see `adapt`);
   * ArgumentError for what is no state, or one of another optimizer.
   */
  update<M>(
    model: M,
    gradients: Gradient<M>,
    state: OptimizerState<H>,
  ): { readonly model: M; readonly state: OptimizerState<H> };
  /**
   * The state for a model after surgery: parameters that kept path and shape keep their momenta, others start anew.
   * @throws TreeError for a model without parameters.
   */
  adapt(model: unknown, state: OptimizerState<H>): OptimizerState<H>;
  /** The learning rate of the next update. */
  learningRate(state: OptimizerState<H>): number;
  /** The part of an update that knows the time: numbers. */
  scalars(state: OptimizerState<H>): StepScalars;
  /** The part of an update that is operations on tensors only, and can be compiled. It does not read `state.step`. */
  apply<M>(model: M, gradients: Gradient<M>, state: OptimizerState<H>, scalars: StepScalars): Stepped<M>;
  /** The state after `apply`. */
  advance(state: OptimizerState<H>, stepped: Omit<Stepped<unknown>, "model">): OptimizerState<H>;
  /** The same optimizer with transformations around it; `chain` is how to write that. */
  around(transformations: readonly Transformation[]): Optimizer<H>;
}

/**
 * An optimizer from its rule: `sgd` and `adam` are made so, and yours can be.
 * @param hyper all hyper-parameters but the learning rate.
 * @param chain the transformations around it; `chain` is how to write that.
 * @throws ArgumentError for a learning rate that is negative or not finite.
 * @example
 * const rule = {
 *   name: "signDescent",
 *   slots: () => [],
 *   scalars: ({ learningRate }) => ({ rate: learningRate }),
 *   update: (w, g, slots, { rate }) => ({ parameter: sub(w, mul(sign(g), rate)), slots }),
 * };
 * const signDescent = defineOptimizer(rule, {}, { learningRate: 0.5 });
 * const model = { w: tensor([1, 2]) };
 * signDescent.update(model, { w: tensor([3, -4]) }, signDescent.init(model)).model.w.toArray(); // [0.5, 2.5]
 */
export function defineOptimizer<H extends Hyper, S extends string>(
  rule: Rule<H, S>,
  hyper: Omit<H, "learningRate">,
  options: OptimizerOptions<H>,
  chain: readonly Transformation[] = [],
): Optimizer<H> {
  const { learningRate, groups = [], checkGradients = true } = options;
  const { name } = rule;
  checkFlag(name, { checkGradients });
  const schedule = typeof learningRate === "function" ? learningRate : undefined;
  if (schedule === undefined) checkRate(name, learningRate as number);
  checkGroups(name, groups, Object.keys(hyper));
  const empty: OptimizerState<H> = {
    optimizer: name,
    step: 0,
    pending: 0,
    hyper: { ...hyper, learningRate: schedule ? "scheduled" : learningRate } as unknown as H,
    // Functions in them are replaced by paths as soon as there is a model.
    groups: groups as readonly Group<H>[],
    chain: chain.map((part) => ({ name: part.name, ...part.hyper })),
    frozen: [],
    parameters: [],
    rested: {},
    slots: {},
  };
  checkHyper(rule, chain, empty);
  const names = slotsOfChain(chain);
  const setup = { rule, groups, chain };

  const rateOf = (at: Hyper, step: number): number => {
    if (at.learningRate !== "scheduled") return checkRate(name, at.learningRate);
    if (schedule) return checkRate(name, schedule(step));
    throw new ArgumentError(name, "the state says scheduled, but there is no schedule", "give one to the optimizer");
  };
  const settled = (state: OptimizerState<H>, path?: string): Settled<H> => {
    const hyper = path === undefined ? state.hyper : hyperAt(state, path);
    return { ...hyper, learningRate: rateOf(hyper, state.step) };
  };

  const check = (state: OptimizerState<H>, call: string): void =>
    checkState(name, state, `call ${call} with what init(model) or the last update returned`, name, names);

  const optimizer: Optimizer<H> = {
    name,
    init: (model) => {
      const state = startState(setup, model, empty);
      checkPatterns(setup, state);
      return state;
    },
    adapt: (model, state) => {
      check(state, "adapt(model, state)");
      return startState(setup, model, state);
    },
    learningRate: (state) => {
      check(state, "learningRate(state)");
      return rateOf(state.hyper, state.step);
    },
    scalars: (state) => {
      check(state, "scalars(state)");
      checkHyper(rule, chain, state);
      const byPath: Record<string, Scalars> = {};
      for (const path of state.groups.length === 0 ? Object.keys(state.rested) : state.parameters) {
        byPath[path] = rule.scalars(settled(state, path), state.step + 1 - (state.rested[path] ?? 0));
      }
      const common = rule.scalars(settled(state), state.step + 1);
      return chain.length === 0 ? { common, byPath } : { common, byPath, chain: scalarsOfChain(chain, state) };
    },
    apply: (model, gradients, state, scalars) => {
      check(state, "apply(model, gradients, state, scalars)");
      checkNoResult(name, model, gradients);
      return stepTensors(rule, chain, model, gradients, state, scalars, checkGradients);
    },
    advance: (state, { slots, rested, waits }) =>
      produce(state as OptimizerState, (draft) => {
        // Tensors stay what they are: immer drafts nothing that it is not asked for.
        draft.slots = castDraft(slots);
        if (waits) {
          draft.pending += 1;
          return;
        }
        draft.step += 1;
        draft.pending = 0;
        for (const path of rested) draft.rested[path] = (draft.rested[path] ?? 0) + 1;
      }) as OptimizerState<H>,
    update: (model, gradients, state) => {
      check(state, "update(model, gradients, state)");
      const stepped = optimizer.apply(model, gradients, state, optimizer.scalars(state));
      return { model: stepped.model, state: optimizer.advance(state, stepped) };
    },
    around: (transformations) => defineOptimizer(rule, hyper, options, [...transformations, ...chain]),
  };
  return optimizer;
}

function checkRate(name: string, rate: number): number {
  if (typeof rate === "number" && rate >= 0 && rate < Infinity) return rate;
  throw new ArgumentError(
    name,
    `the learning rate is ${shown(rate)}`,
    "give a finite number that is 0 or more, or a schedule",
  );
}

function checkGroups(name: string, groups: OptimizerOptions["groups"], hyper: readonly string[]): void {
  if (!Array.isArray(groups)) {
    throw new ArgumentError(name, `groups is ${shown(groups)}`, 'give a list, as in [{ match: "layers.*.bias" }]');
  }
  for (const [i, group] of groups.entries()) {
    const where = `${name}, groups[${i}]`;
    checkOptions(where, group, "match", "learningRate", ...hyper);
    checkMatch(where, "match", group.match);
    if (group.learningRate !== undefined && group.learningRate !== "scheduled") checkRate(where, group.learningRate);
  }
}
