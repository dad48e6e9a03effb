import { type AnyTensor, ArgumentError } from "@tapegrad/core/functions";

/**
 * A metric of a whole data set, batch by batch: states are immutable plain data, and the result is that of all batches in one,
 * however they were cut. Updates read values, so that they are nothing to compile or differentiate.
 */
export interface Metric<State, Result = number> {
  /** The state before the first batch; its result is NaN. */
  init(): State;
  /** The state after one more batch; with no examples in it, the same. */
  update(state: State, predictions: AnyTensor, targets: AnyTensor): State;
  /** The state after the batches of both: for parts that were counted apart. */
  merge(a: State, b: State): State;
  result(state: State): Result;
}

/** A metric that refuses what is no state of its own. @throws ArgumentError, of what it returns, for such a state. */
export function defineMetric<State extends object, Result>(
  name: string,
  metric: Metric<State, Result>,
): Metric<State, Result> {
  const fields = Object.keys(metric.init());
  const checked = (state: State): State => {
    const known = typeof state === "object" && state !== null && fields.every((field) => field in state);
    if (known) return state;
    throw new ArgumentError(
      name,
      "what was given as the state is none",
      "begin with init(), go on with what update returned",
    );
  };
  return {
    init: metric.init,
    update: (state, predictions, targets) => metric.update(checked(state), predictions, targets),
    merge: (a, b) => metric.merge(checked(a), checked(b)),
    result: (state) => metric.result(checked(state)),
  };
}

/** The result of a single batch. */
export function once<State, Result>(metric: Metric<State, Result>, predictions: AnyTensor, targets: AnyTensor): Result {
  return metric.result(metric.update(metric.init(), predictions, targets));
}

/** A sum, and of how many. */
export interface Total {
  readonly sum: number;
  readonly count: number;
}

/** The mean of what a function finds in each batch. */
export function meanOver(name: string, totalOf: (predictions: AnyTensor, targets: AnyTensor) => Total): Metric<Total> {
  const merge = (a: Total, b: Total): Total => ({ sum: a.sum + b.sum, count: a.count + b.count });
  return defineMetric(name, {
    init: () => ({ sum: 0, count: 0 }),
    update: (state, predictions, targets) => merge(state, totalOf(predictions, targets)),
    merge,
    result: ({ sum, count }) => sum / count,
  });
}

export const total = (values: Iterable<number>): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};
