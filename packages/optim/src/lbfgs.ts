import {
  type AnyTensor,
  ArgumentError,
  abs,
  add,
  checkOptions,
  type Gradient,
  GradientError,
  isTensor,
  max,
  mul,
  neg,
  sub,
  sum,
} from "@tapegrad/core/functions";
import { checkGradients } from "./check-state.ts";
import { type Flat, type FlatGradient, flatGradient, flatParameters, withFlat } from "./flat.ts";
import { type LinePoint, strongWolfe } from "./line-search.ts";
import { checkCount, checkSize, shown } from "./options.ts";

export interface LbfgsOptions {
  /** How many of the last steps the curvature is known from, 10 if not given. */
  readonly history?: number;
  /** It has converged when no element of the gradient is larger, 1e-7 if not given. */
  readonly tolerance?: number;
  /** The only one that there is: a step fulfils the strong Wolfe conditions. */
  readonly lineSearch?: "strongWolfe";
  /** Share of the decrease that the slope promises which a step must bring, 1e-4 if not given. */
  readonly decrease?: number;
  /** Share of the slope along the line that a step may leave, 0.9 if not given; small ones search more exactly. */
  readonly curvature?: number;
  /** How often a step may evaluate the cost at most, 25 if not given. */
  readonly evaluations?: number;
}

/** What L-BFGS knows, as a value. */
export interface LbfgsState {
  /** How many steps were taken. */
  readonly step: number;
  /** How often the cost was evaluated. */
  readonly evaluations: number;
  /** `stalled` when no step along the line brought the cost down: what is left is rounding, or the gradient is wrong. */
  readonly status: "running" | "converged" | "stalled";
  /** Cost, gradient and place of the last evaluation that counts; `null` before the first. */
  readonly last: (FlatGradient & { readonly value: number; readonly position: Flat }) | null;
  /** The last steps and the differences of gradients over them, the oldest first. */
  readonly pairs: readonly { readonly step: Flat; readonly difference: Flat }[];
}

/** The cost and its gradient at a model: what `valueAndGrad(cost)` is, compiled or not. */
export type ValueAndGradient<M> = (model: M) => { readonly value: AnyTensor; readonly gradient: Gradient<M> };

export interface Lbfgs {
  init(model: unknown): LbfgsState;
  /**
   * The model after a step. A model that is not the one of the last step is evaluated, and begins anew.
   * @throws GradientError for a cost or a gradient that is not finite where a step begins, ShapeError, DTypeError or TreeError for a
   * gradient that does not fit; ArgumentError for what is no function or no state.
   */
  update<M>(model: M, valueAndGradient: ValueAndGradient<M>, state: LbfgsState): { model: M; state: LbfgsState };
}

interface Evaluated<M> extends LinePoint, FlatGradient {
  readonly model: M;
}

const dot = (a: AnyTensor, b: AnyTensor): number => sum(mul(a, b)).item() as number;
const largest = (x: Flat): number => max(abs(x)).item() as number;
/** A pair whose curvature is less than this share of its norms says nothing, and would spoil the others. */
const LEAST_CURVATURE = 1e-10;

/**
 * Limited-memory BFGS: steps along −H g, where H, the inverse of the second derivatives, is estimated from the last steps by
 * the two-loop recursion. For costs of all data, without noise; it evaluates the cost itself, so that its interface is its own.
 * (Nocedal and Wright, "Numerical optimization", 2006, algorithms 7.4 and 7.5; Liu and Nocedal, 1989.)
 * @throws ArgumentError for options out of range.
 * @example
 * const optimizer = lbfgs();
 * const step = valueAndGrad((m: { w: Tensor }) => sum(square(sub(m.w, 3))));
 * let model = { w: tensor([0, 1], { dtype: "float64" }) };
 * let state = optimizer.init(model);
 * while (state.status === "running") ({ model, state } = optimizer.update(model, step, state));
 * model.w.toArray(); // [3, 3]
 */
export function lbfgs(options: LbfgsOptions = {}): Lbfgs {
  checkOptions("lbfgs", options, "history", "tolerance", "lineSearch", "decrease", "curvature", "evaluations");
  const { history = 10, tolerance = 1e-7, lineSearch = "strongWolfe" } = options;
  const { decrease = 1e-4, curvature = 0.9, evaluations = 25 } = options;
  checkCount("lbfgs", { history, evaluations });
  checkSize("lbfgs", { tolerance });
  if (lineSearch !== "strongWolfe")
    throw new ArgumentError("lbfgs", `lineSearch is ${shown(lineSearch)}`, 'give "strongWolfe"');
  if (!(decrease > 0 && decrease < curvature && curvature < 1)) {
    const found = `decrease is ${shown(decrease)} and curvature ${shown(curvature)}`;
    throw new ArgumentError("lbfgs", found, "give 0 < decrease < curvature < 1");
  }
  const start: LbfgsState = { step: 0, evaluations: 0, status: "running", last: null, pairs: [] };

  return {
    init: (model) => {
      flatParameters("lbfgs", model);
      return start;
    },
    update: <M>(model: M, valueAndGradient: ValueAndGradient<M>, given: LbfgsState) => {
      checkArguments(valueAndGradient, given);
      let count = given.evaluations;
      const evaluate = (at: M, checkFinite: boolean): FlatGradient & { readonly value: number } => {
        count++;
        const { value, gradient } = valueAndGradient(at);
        checkGradients("lbfgs", at, gradient);
        return { ...flatGradient("lbfgs", at, gradient, checkFinite), value: valueOf(value) };
      };
      const position = flatParameters("lbfgs", model);
      const isLast = given.last !== null && isSame(given.last.position, position);
      const { last: known, pairs } = isLast ? given : start;
      const here = known ?? { ...evaluate(model, true), position };
      if (!Number.isFinite(here.value)) {
        const advice = "start where it is finite, or look for log, sqrt or division at 0";
        throw new GradientError("lbfgs", `the cost is ${here.value}`, advice);
      }
      const state: LbfgsState = { step: given.step, evaluations: count, status: "running", last: here, pairs };
      if (largest(here.gradient) <= tolerance) return { model, state: { ...state, status: "converged" } };

      const newton = directionOf(here.gradient, pairs);
      const isDescent = dot(newton, here.gradient) < 0;
      const direction = isDescent ? newton : (neg(here.gradient) as Flat);
      const slope = dot(direction, here.gradient);
      // Without any curvature the first step is no longer than 1.
      const hasCurvature = isDescent && pairs.length > 0;
      const first = hasCurvature ? 1 : Math.min(1, 1 / (sum(abs(here.gradient)).item() as number));
      const along = (step: number): Evaluated<M> => {
        const next = withFlat("lbfgs", model, add(position, mul(direction, step)) as Flat, here.paths);
        const evaluated = evaluate(next, false);
        return { ...evaluated, step, slope: dot(evaluated.gradient, direction), model: next };
      };
      const found = strongWolfe(along, { step: 0, value: here.value, slope }, first, {
        decrease,
        curvature,
        evaluations,
      });
      if (found === undefined) return { model, state: { ...state, evaluations: count, status: "stalled", pairs: [] } };
      const { value, gradient, paths } = found;
      const next = { value, gradient, paths, position: flatParameters("lbfgs", found.model) };
      const pair = { step: sub(next.position, position) as Flat, difference: sub(gradient, here.gradient) as Flat };
      const kept = isDescent ? pairs : [];
      return {
        model: found.model,
        state: {
          step: given.step + 1,
          evaluations: count,
          status: largest(gradient) <= tolerance ? "converged" : "running",
          last: next,
          pairs: hasPositiveCurvature(pair) ? [...kept, pair].slice(-history) : kept,
        },
      };
    },
  };
}

/** −H g, by the two-loop recursion. */
function directionOf(gradient: Flat, pairs: LbfgsState["pairs"]): Flat {
  let q: AnyTensor = gradient;
  const shares: number[] = [];
  for (const { step, difference } of pairs.toReversed()) {
    const share = dot(step, q) / dot(difference, step);
    shares.unshift(share);
    q = sub(q, mul(difference, share));
  }
  const last = pairs.at(-1);
  if (last) q = mul(q, dot(last.step, last.difference) / dot(last.difference, last.difference));
  pairs.forEach(({ step, difference }, i) => {
    const share = shares[i]! - dot(difference, q) / dot(difference, step);
    q = add(q, mul(step, share));
  });
  return neg(q) as Flat;
}

function hasPositiveCurvature({ step, difference }: LbfgsState["pairs"][number]): boolean {
  return dot(step, difference) > LEAST_CURVATURE * Math.sqrt(dot(step, step) * dot(difference, difference));
}

function isSame(a: Flat, b: Flat): boolean {
  const [left, right] = [a.data(), b.data()];
  return left.length === right.length && left.every((value, i) => value === right[i]);
}

function valueOf(value: unknown): number {
  if (isTensor(value) && value.rank === 0) return value.item() as number;
  throw new GradientError("lbfgs", "the cost is no scalar", "give what valueAndGrad(cost) is, with a cost that is one");
}

function checkArguments(valueAndGradient: unknown, state: unknown): void {
  if (typeof valueAndGradient !== "function")
    throw new ArgumentError("lbfgs", "the second argument is no function", "give valueAndGrad(cost)");
  if (state !== null && typeof state === "object" && "pairs" in state && "last" in state) return;
  const advice = "call update(model, valueAndGrad(cost), state) with what init(model) or the last update returned";
  throw new ArgumentError("lbfgs", "the third argument is no state", advice);
}
