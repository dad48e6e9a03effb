import {
  type AnyTensor,
  add,
  checkOptions,
  type FloatDType,
  linear,
  mul,
  type Shape,
  sigmoid,
  split,
  tanh,
  zeros,
} from "@tapegrad/core/functions";
import { type Directions, Recurrent, type RecurrentOptions, recurrentOf, recurrentOptions } from "./recurrent.ts";
import {
  type CellOptions,
  type CellWeights,
  cellOf,
  cellOptions,
  RecurrentCell,
  type StateForm,
} from "./recurrent-cell.ts";

/** What an LSTM carries from step to step. */
export interface LstmState<T = AnyTensor> {
  /** The output. */
  readonly h: T;
  /** The memory. */
  readonly c: T;
}

export interface OutputAndMemory extends StateForm {
  readonly state: LstmState<this["tensor"]>;
}

/**
 * One step of a long short-term memory: of the logits of gates W_ih x + b_ih + W_hh h + b_hh, in the order i, f, g, o,
 *
 *     c' = σ(f) c + σ(i) tanh(g)
 *     h' = σ(o) tanh(c')
 *
 * (Hochreiter and Schmidhuber, "Long short-term memory", 1997; the forget gate: Gers et al., "Learning to forget", 2000.) The bias
 * of the forget gate begins at 1, so that memory is kept at first (Jozefowicz et al., "An empirical exploration of recurrent network
 * architectures", 2015).
 * @throws ArgumentError without a key or for sizes that are no positive whole numbers; ShapeError, DTypeError in `forward` for
 * an x that is not [batch, in], or a state that is not { h, c } of [batch, hidden].
 * @example
 * const cell = new LstmCell(3, 4, { key: key(0) });
 * const state = cell.forward(ones([2, 3]));
 * cell.forward(ones([2, 3]), evaluation, state).h.shape; // [2, 4]
 */
export class LstmCell<
  In extends number = number,
  Hidden extends number = number,
  D extends FloatDType = "float32",
> extends RecurrentCell<In, Hidden, D, OutputAndMemory> {
  constructor(inFeatures: In, hidden: Hidden, options: CellOptions<D>) {
    checkOptions("LstmCell", options ?? {}, ...cellOptions);
    super(inFeatures, hidden, options, [0, 1, 0, 0]);
  }

  /** A cell with given weights, of four gates: i, f, g, o. @throws ShapeError, DTypeError when they do not fit each other. */
  static of(weights: CellWeights): LstmCell<number, number, FloatDType> {
    return cellOf<LstmCell<number, number, FloatDType>>(LstmCell.prototype as never, weights);
  }

  override get gates(): number {
    return 4;
  }

  override step(logits: AnyTensor, { h, c }: LstmState): LstmState {
    const sum = add(logits, linear(h, this.weightHh as AnyTensor)) as AnyTensor;
    const [i, f, g, o] = split(sum, 4, -1) as unknown as readonly [AnyTensor, AnyTensor, AnyTensor, AnyTensor];
    const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g))) as AnyTensor;
    return { h: mul(sigmoid(o), tanh(next)) as AnyTensor, c: next };
  }

  override outputOf({ h }: LstmState): AnyTensor {
    return h;
  }

  override start(shape: Shape): LstmState {
    const zero = (): AnyTensor => zeros(shape, { dtype: this.weightHh.dtype }) as AnyTensor;
    return { h: zero(), c: zero() };
  }
}

/**
 * A long short-term memory over sequences of [batch, time, in]; see `LstmCell` for its step.
 *
 * `forward(x, context, { state, lengths })` gives `{ output, state }`: the output of the last layer, [batch, time, hidden], with
 * `bidirectional` both directions beside each other; and the state after the last step of each layer and direction, { h, c } of
 * [layers · directions, batch, hidden] each, which may be handed to the next call. With `lengths`, int32 [batch], sequences
 * are padded at their ends: outputs there are 0, whatever x holds there, the state is that at the end of each sequence, and the
 * backward direction begins there. Lengths beyond [0, time] count as the nearest within.
 *
 * The product of the input of all steps is one, outside the loop. A tape has the loop as one operation, however many steps there are.
 * @throws ArgumentError without a key, or for sizes that are no positive whole numbers; in `forward` ShapeError, DTypeError for an x
 * that is not [batch, time, in], or a state or lengths that do not fit; ModuleError in training without a key where `keep` is below 1.
 * @example
 * const lstm = new Lstm(3, 4, { key: key(0), layers: 2, bidirectional: true });
 * const lengths = tensor([5, 2], { dtype: "int32" });
 * const { output, state } = lstm.forward(ones([2, 5, 3]), evaluation, { lengths });
 * output.shape; // [2, 5, 8]
 * state.c.shape; // [4, 2, 4]
 */
export class Lstm<
  In extends number = number,
  Hidden extends number = number,
  D extends FloatDType = "float32",
  Both extends boolean = false,
> extends Recurrent<In, Hidden, D, Both, OutputAndMemory, LstmCell<number, Hidden, D>> {
  constructor(inFeatures: In, hidden: Hidden, options: RecurrentOptions<D, Both>) {
    checkOptions("Lstm", options ?? {}, ...recurrentOptions);
    super(inFeatures, hidden, options, (width, own) => new LstmCell<number, Hidden, D>(width, hidden, own));
  }

  /** A network of given cells, layer by layer. @throws ShapeError when they do not fit each other. */
  static of(
    layers: readonly Directions<LstmCell<number, number, FloatDType>>[],
    keep = 1,
  ): Lstm<number, number, FloatDType, boolean> {
    return recurrentOf<Lstm<number, number, FloatDType, boolean>>(Lstm.prototype as never, LstmCell, layers, keep);
  }
}
