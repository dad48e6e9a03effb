import type { AnyTensor } from "@tapegrad/core/functions";

/** Hyper-parameters that every optimizer has. */
export interface Hyper {
  /** A number, or `"scheduled"` where the schedule given to the optimizer decides. A number put here overrides that. */
  readonly learningRate: number | "scheduled";
}

/** Other hyper-parameters for some of the parameters. */
export type Group<H extends Hyper = Hyper> = Partial<H> & {
  /** A path, the path of a part, either with `*` for a step (`layers.*.bias`), or a list. The first group that fits counts. */
  readonly match: string | readonly string[];
};

/** The hyper-parameters of one part of a chain, under the names that it gives them. */
export interface ChainEntry {
  readonly name: string;
  readonly [hyper: string]: unknown;
}

/** Tensors that an optimizer keeps for parameters, by the parameters' paths. */
export type Slot = Readonly<Record<string, AnyTensor>>;

/**
 * What an optimizer knows, as a value: plain data, except for the tensors in `slots`. Edit `hyper`,
 * `groups`, `chain` and `frozen` with immer.
 * @example
 * const state = sgd({ learningRate: 0.1 }).init({ w: ones([2]) });
 * const slower = produce(state, (draft) => { draft.hyper.learningRate = 0.01; });
 */
export interface OptimizerState<H extends Hyper = Hyper> {
  /** The name of the optimizer that made it, the only one that can use it. */
  readonly optimizer: string;
  /** How many updates there were. */
  readonly step: number;
  /** How many gradients wait for the next update; 0 but for `accumulate`. */
  readonly pending: number;
  readonly hyper: H;
  readonly groups: readonly Group<H>[];
  /** The transformations around the optimizer, in their order (see `chain`). */
  readonly chain: readonly ChainEntry[];
  /** What is not to be updated, as `freeze` writes it. */
  readonly frozen: readonly string[];
  /** The paths of all parameters. */
  readonly parameters: readonly string[];
  /** How many of the steps a parameter sat out: frozen, without a gradient, or not there yet. Left out for none. */
  readonly rested: Readonly<Record<string, number>>;
  /** Momenta and the like, and what transformations keep, by name. */
  readonly slots: Readonly<Record<string, Slot>>;
}
