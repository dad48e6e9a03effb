import type { AnyTensor, Operand, Shape } from "@tapegrad/core/functions";
import type { Hyper } from "./state.ts";

/** The hyper-parameters of one parameter at one step. */
export type Settled<H extends Hyper> = Omit<H, "learningRate"> & { readonly learningRate: number };

/** Numbers that change from step to step; a compiled step takes them as scalar tensors. */
export type Scalars = Readonly<Record<string, Operand>>;

export interface Updated<S extends string> {
  readonly parameter: AnyTensor;
  readonly slots: Readonly<Partial<Record<S, AnyTensor>>>;
}

/**
 * The rule of an optimizer. `scalars` runs on the host and knows the time; `update` calls operations, and takes from
 * `hyper` only what stays the same for many steps.
 */
export interface Rule<H extends Hyper, S extends string> {
  readonly name: string;
  /**
   * Refuses hyper-parameters that are out of range: those of all, and those of each group, also after an edit of the state.
   * @param name what the message is to begin with.
   */
  readonly check?: (name: string, hyper: Omit<H, "learningRate">) => void;
  /** The tensors kept for each parameter, which start as zeros. */
  readonly slots: (hyper: Omit<H, "learningRate">) => readonly S[];
  /** The shape of a slot for a parameter of a shape; `undefined` where it keeps none. That of the parameter, if not given. */
  readonly shapeOf?: (slot: S, shape: Shape, hyper: Omit<H, "learningRate">) => Shape | undefined;
  /**
   * A slot that is to start from something else than zeros adds it when `updates` is 1.
   * @param updates how many updates the parameter has had with this one: 1 at the first.
   */
  readonly scalars: (hyper: Settled<H>, updates: number) => Scalars;
  readonly update: (
    parameter: AnyTensor,
    gradient: AnyTensor,
    slots: Readonly<Partial<Record<S, AnyTensor>>>,
    scalars: Scalars,
    hyper: Omit<H, "learningRate">,
  ) => Updated<S>;
}
