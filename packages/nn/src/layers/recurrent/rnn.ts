import {
  type AnyTensor,
  ArgumentError,
  add,
  checkOptions,
  type FloatDType,
  linear,
  relu,
  type Shape,
  tanh,
  zeros,
} from "@tapegrad/core/functions";
import { type Directions, Recurrent, type RecurrentOptions, recurrentOf, recurrentOptions } from "./recurrent.ts";
import {
  type CellOptions,
  type CellWeights,
  cellOf,
  cellOptions,
  type OutputAlone,
  RecurrentCell,
} from "./recurrent-cell.ts";

/** What follows the sum of input and state. */
export type RnnNonlinearity = "tanh" | "relu";

export interface RnnCellOptions<D extends FloatDType = FloatDType> extends CellOptions<D> {
  /** `"tanh"` if not given. */
  readonly nonlinearity?: RnnNonlinearity;
}

export interface RnnOptions<D extends FloatDType = FloatDType, Both extends boolean = boolean>
  extends RecurrentOptions<D, Both> {
  /** `"tanh"` if not given. */
  readonly nonlinearity?: RnnNonlinearity;
}

function checkNonlinearity(name: string, nonlinearity: RnnNonlinearity): void {
  if (nonlinearity === "tanh" || nonlinearity === "relu") return;
  throw new ArgumentError(name, `${String(nonlinearity)} is no nonlinearity`, 'use "tanh" or "relu"');
}

/**
 * One step of a plain recurrent network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu. (Elman, "Finding structure in time", 1990.)
 * @throws ArgumentError without a key or for sizes that are no positive whole numbers; ShapeError, DTypeError in `forward` for
 * an x that is not [batch, in], or a state that is not [batch, hidden].
 * @example
 * const cell = new RnnCell(3, 4, { key: key(0) });
 * const h = cell.forward(ones([2, 3]));
 * cell.forward(ones([2, 3]), evaluation, h).shape; // [2, 4]
 */
export class RnnCell<
  In extends number = number,
  Hidden extends number = number,
  D extends FloatDType = "float32",
> extends RecurrentCell<In, Hidden, D, OutputAlone> {
  readonly nonlinearity: RnnNonlinearity;

  constructor(inFeatures: In, hidden: Hidden, options: RnnCellOptions<D>) {
    checkOptions("RnnCell", options ?? {}, ...cellOptions, "nonlinearity");
    super(inFeatures, hidden, options, [0]);
    this.nonlinearity = options.nonlinearity ?? "tanh";
    checkNonlinearity("RnnCell", this.nonlinearity);
  }

  /** A cell with given weights, of one gate. @throws ShapeError, DTypeError when they do not fit each other. */
  static of(weights: CellWeights, nonlinearity: RnnNonlinearity = "tanh"): RnnCell<number, number, FloatDType> {
    checkNonlinearity("RnnCell.of", nonlinearity);
    return cellOf<RnnCell<number, number, FloatDType>>(RnnCell.prototype as never, weights, { nonlinearity });
  }

  override get gates(): number {
    return 1;
  }

  override step(logits: AnyTensor, h: AnyTensor): AnyTensor {
    const sum = add(logits, linear(h, this.weightHh as AnyTensor)) as AnyTensor;
    return (this.nonlinearity === "relu" ? relu(sum) : tanh(sum)) as AnyTensor;
  }

  override outputOf(h: AnyTensor): AnyTensor {
    return h;
  }

  override start(shape: Shape): AnyTensor {
    return zeros(shape, { dtype: this.weightHh.dtype }) as AnyTensor;
  }
}

/**
 * A plain recurrent network over sequences of [batch, time, in]: see `RnnCell` for its step, `Lstm` for one that remembers longer.
 * @throws as `Lstm`
 * @example
 * const { output, state } = new Rnn(3, 4, { key: key(0) }).forward(ones([2, 5, 3]));
 * output.shape; // [2, 5, 4]
 * state.shape; // [1, 2, 4]
 */
export class Rnn<
  In extends number = number,
  Hidden extends number = number,
  D extends FloatDType = "float32",
  Both extends boolean = false,
> extends Recurrent<In, Hidden, D, Both, OutputAlone, RnnCell<number, Hidden, D>> {
  constructor(inFeatures: In, hidden: Hidden, options: RnnOptions<D, Both>) {
    checkOptions("Rnn", options ?? {}, ...recurrentOptions, "nonlinearity");
    const { nonlinearity = "tanh" } = options ?? {};
    super(
      inFeatures,
      hidden,
      options,
      (width, own) => new RnnCell<number, Hidden, D>(width, hidden, { ...own, nonlinearity }),
    );
  }

  /** A network of given cells, layer by layer. @throws ShapeError when they do not fit each other. */
  static of(
    layers: readonly Directions<RnnCell<number, number, FloatDType>>[],
    keep = 1,
  ): Rnn<number, number, FloatDType, boolean> {
    return recurrentOf<Rnn<number, number, FloatDType, boolean>>(Rnn.prototype as never, RnnCell, layers, keep);
  }
}
