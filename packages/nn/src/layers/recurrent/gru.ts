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
  sub,
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

type Gates = readonly [r: AnyTensor, z: AnyTensor, n: AnyTensor];

/**
 * One step of a gated recurrent unit: of the gates' logits x_ = W_ih x + b_ih and h_ = W_hh h + b_hh, in the order r, z, n,
 *
 *     r = σ(x_r + h_r), z = σ(x_z + h_z), n = tanh(x_n + r h_n)
 *     h' = (1 − z) n + z h
 *
 * (Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; r after the product, as in PyTorch and cuDNN.)
 * @throws ArgumentError without a key or for sizes that are no positive whole numbers; ShapeError, DTypeError in `forward` for
 * an x that is not [batch, in], or a state that is not [batch, hidden].
 * @example
 * const cell = new GruCell(3, 4, { key: key(0) });
 * const h = cell.forward(ones([2, 3]));
 * cell.forward(ones([2, 3]), evaluation, h).shape; // [2, 4]
 */
export class GruCell<
  In extends number = number,
  Hidden extends number = number,
  D extends FloatDType = "float32",
> extends RecurrentCell<In, Hidden, D, OutputAlone> {
  constructor(inFeatures: In, hidden: Hidden, options: CellOptions<D>) {
    checkOptions("GruCell", options ?? {}, ...cellOptions);
    super(inFeatures, hidden, options, [0, 0, 0]);
  }

  /** A cell with given weights, of three gates: r, z, n. @throws ShapeError, DTypeError when they do not fit each other. */
  static of(weights: CellWeights): GruCell<number, number, FloatDType> {
    return cellOf<GruCell<number, number, FloatDType>>(GruCell.prototype as never, weights);
  }

  override get gates(): number {
    return 3;
  }

  /** Not that of the state: r multiplies it. */
  override inputBias(): AnyTensor | null {
    return this.biasIh as AnyTensor | null;
  }

  override step(logits: AnyTensor, h: AnyTensor): AnyTensor {
    const { weightHh, biasHh } = this;
    const ofState = biasHh === null ? linear(h, weightHh as AnyTensor) : linear(h, weightHh as AnyTensor, biasHh);
    const [xr, xz, xn] = split(logits, 3, -1) as unknown as Gates;
    const [hr, hz, hn] = split(ofState as AnyTensor, 3, -1) as unknown as Gates;
    const z = sigmoid(add(xz, hz) as AnyTensor);
    const n = tanh(add(xn, mul(sigmoid(add(xr, hr) as AnyTensor), hn)) as AnyTensor) as AnyTensor;
    return add(n, mul(z, sub(h, n))) as AnyTensor;
  }

  override outputOf(h: AnyTensor): AnyTensor {
    return h;
  }

  override start(shape: Shape): AnyTensor {
    return zeros(shape, { dtype: this.weightHh.dtype }) as AnyTensor;
  }
}

/**
 * A gated recurrent unit over sequences of [batch, time, in]: see `GruCell` for its step, `Lstm` for what `forward` takes and gives.
 * @throws as `Lstm`
 * @example
 * const { output, state } = new Gru(3, 4, { key: key(0) }).forward(ones([2, 5, 3]));
 * output.shape; // [2, 5, 4]
 * state.shape; // [1, 2, 4]
 */
export class Gru<
  In extends number = number,
  Hidden extends number = number,
  D extends FloatDType = "float32",
  Both extends boolean = false,
> extends Recurrent<In, Hidden, D, Both, OutputAlone, GruCell<number, Hidden, D>> {
  constructor(inFeatures: In, hidden: Hidden, options: RecurrentOptions<D, Both>) {
    checkOptions("Gru", options ?? {}, ...recurrentOptions);
    super(inFeatures, hidden, options, (width, own) => new GruCell<number, Hidden, D>(width, hidden, own));
  }

  /** A network of given cells, layer by layer. @throws ShapeError when they do not fit each other. */
  static of(
    layers: readonly Directions<GruCell<number, number, FloatDType>>[],
    keep = 1,
  ): Gru<number, number, FloatDType, boolean> {
    return recurrentOf<Gru<number, number, FloatDType, boolean>>(Gru.prototype as never, GruCell, layers, keep);
  }
}
