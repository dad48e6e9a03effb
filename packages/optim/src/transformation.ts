import type { AnyTensor, Key } from "@tapegrad/core/functions";
import type { ChainEntry, OptimizerState, Slot } from "./state.ts";

/** What changes from step to step: numbers and keys are inputs of a compiled step, each choice of flags is a program. */
export type Timed = Readonly<Record<string, AnyTensor | Key | number | boolean>>;

/** What a transformation may know besides the tensors that it maps. */
export interface Context<H extends object = object> {
  /** The hyper-parameters, as the state has them now. */
  readonly hyper: H;
  /** The parameters before the update. */
  readonly parameters: Slot;
  /** The tensors that are kept, by path. One may lack after an edit; it then counts as zeros. */
  readonly kept: Slot;
  /** What `scalars` gave for a parameter. */
  readonly scalars: (path: string) => Timed;
}

export interface Passed {
  readonly tensors: Slot;
  /** What is kept from now on, by path; what it was, if not given. */
  readonly kept?: Slot;
  /** Whether the parameters are to stay as they are: the update waits for further gradients. */
  readonly waits?: boolean;
}

/**
 * A part of a chain around an optimizer: `before` maps gradients ahead of the rule, `after` maps parameters behind it. Both
 * get the tensors by path, of those parameters that have a gradient and are not frozen, and call operations only.
 */
export interface Transformation<H extends object = object> {
  readonly name: string;
  /** Plain data, which stands in `state.chain` and may be edited there. */
  readonly hyper: H;
  /** Refuses hyper-parameters that are out of range, also after an edit of the state. */
  check?(hyper: H): void;
  /** Whether a tensor is kept for each parameter, of its shape and zeros at first, in the slot of this name. */
  readonly keeps?: boolean;
  /**
   * @param updates how many updates the parameter has had with this one: 1 at the first.
   * @param pending how many gradients wait for an update (see `accumulate`).
   */
  scalars?(hyper: H, updates: number, pending: number): Timed;
  before?(gradients: Slot, context: Context<H>): Passed;
  after?(parameters: Slot, context: Context<H>): Passed;
}

/** A transformation whose hyper-parameters are in range. @throws ArgumentError where they are not. */
export function checked<H extends object>(transformation: Transformation<H>): Transformation<H> {
  transformation.check?.(transformation.hyper);
  return transformation;
}

/** The name of each part of a chain in `state.slots`; what is there twice gets a number. */
export function slotsOfChain(chain: readonly Pick<ChainEntry, "name">[]): string[] {
  const seen = new Map<string, number>();
  return chain.map(({ name }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}${count}`;
  });
}

/** The parts of a chain in the order in which they are, with their hyper-parameters and slots. */
export function partsOf(
  chain: readonly Transformation[],
  state: OptimizerState,
): { readonly part: Transformation; readonly hyper: ChainEntry; readonly slot: string }[] {
  const slots = slotsOfChain(chain);
  return chain.map((part, i) => ({ part, hyper: state.chain[i]!, slot: slots[i]! }));
}

/** Each tensor mapped for itself. */
export function mapTensors(
  tensors: Slot,
  f: (tensor: AnyTensor, path: string) => AnyTensor,
): Record<string, AnyTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([path, tensor]) => [path, f(tensor, path)]));
}
