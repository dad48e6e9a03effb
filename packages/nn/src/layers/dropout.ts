import {
  type AnyTensor,
  ArgumentError,
  bernoulli,
  DTypeError,
  div,
  isFloat,
  isTensor,
  notEqual,
  type Operand,
  type Shape,
  ShapeError,
  where,
} from "@tapegrad/core/functions";
import { type Context, evaluation, isTraining } from "../context.ts";
import type { IdentityRule } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";
import { formOf } from "./check-input.ts";

/**
 * Inverted dropout: in training each element is kept with probability `keep` and divided by it, or set to 0, so that its
 * expectation stays; in evaluation nothing happens.
 * (Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014.)
 * @throws ArgumentError for a keep probability outside (0, 1].
 * @example
 * const { output } = apply(new Dropout(0.8), ones([2, 3]), { key: key(0) }); // 0s and 1.25s
 */
export class Dropout extends Module {
  declare readonly "~rule": IdentityRule;
  /** Keep probability. */
  readonly keep: number;

  constructor(keep: number) {
    super();
    checkKeep(new.target.name, keep);
    this.keep = keep;
  }

  override get lastAxis(): LastAxis {
    return { takes: null, gives: "same" };
  }

  /** The shape of the mask: what stretches along an axis is dropped together. */
  protected maskShape({ shape }: AnyTensor): Shape {
    return shape;
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): X {
    // A keep probability of 1 makes no difference: nothing is forgotten where no context comes.
    if (this.keep === 1 || !isTraining(this, context)) return x;
    checkFloats(context.nameOf(this), x);
    return dropoutWithMask(x, bernoulli(context.keyOf(this), this.keep, this.maskShape(x)), this.keep);
  }
}

/**
 * `Dropout` of whole channels of x, [batch, channels, ...], whose neighbouring elements tell the same
 * (Tompson et al., "Efficient object localization using convolutional networks", 2015).
 * @throws ArgumentError for a keep probability outside (0, 1]; ShapeError in training for an x without channels.
 * @example
 * const { output } = apply(new SpatialDropout(0.5), ones([2, 3, 4]), { key: key(0) }); // rows of 0s or of 2s
 */
export class SpatialDropout extends Dropout {
  protected override maskShape({ shape }: AnyTensor): Shape {
    if (shape.length >= 2) return shape.map((size, i) => (i < 2 ? size : 1));
    throw new ShapeError("SpatialDropout", `x of [${shape.join(", ")}] has no channels`, "give [batch, channels, ...]");
  }
}

/**
 * Stochastic depth: `Dropout` of whole examples of x, [batch, ...]. As the last layer of a residual branch, it leaves out the
 * branch for a part of the examples (Huang et al., "Deep networks with stochastic depth", 2016).
 * @throws ArgumentError for a keep probability outside (0, 1]; ShapeError in training for a scalar.
 * @example
 * const block = new Residual(new Sequential(new Linear(3, 3, { key: key(0) }), new DropPath(0.9)));
 */
export class DropPath extends Dropout {
  protected override maskShape({ shape }: AnyTensor): Shape {
    if (shape.length >= 1) return shape.map((size, i) => (i < 1 ? size : 1));
    throw new ShapeError("DropPath", "a scalar is no batch", "give [batch, ...]");
  }
}

/**
 * Inverted dropout with a given mask: x / keep where the mask is true (or not 0), else 0.
 * @param mask of the shape of x, or one that stretches to it, as [n, c, 1, 1] to drop whole channels.
 * @throws ShapeError when the mask does not stretch to the shape of x; DTypeError for an x of no floats; ArgumentError for a keep probability outside (0, 1].
 * @example
 * dropoutWithMask(tensor([1, 2]), tensor([true, false]), 0.5).toArray(); // [2, 0]
 */
export function dropoutWithMask<X extends AnyTensor>(x: X, mask: AnyTensor, keep: number): X {
  checkKeep("dropoutWithMask", keep);
  checkFloats("dropoutWithMask", x);
  const stretches =
    isTensor(mask) &&
    mask.rank <= x.rank &&
    mask.shape.every((n, i) => n === 1 || n === x.shape[i + x.rank - mask.rank]);
  if (!stretches) {
    const problem = `a mask of ${formOf(mask)} does not stretch to x of ${formOf(x)}`;
    throw new ShapeError("dropoutWithMask", problem, "give a mask of the shape of x");
  }
  const kept: AnyTensor = mask.dtype === "bool" ? mask : notEqual(mask as Operand, 0);
  return where(kept, div(x as AnyTensor, keep), 0) as AnyTensor as X;
}

function checkKeep(operation: string, keep: number): void {
  if (typeof keep === "number" && keep > 0 && keep <= 1) return;
  throw new ArgumentError(operation, `${keep} is no keep probability`, "give a number above 0 and up to 1");
}

/** @throws DTypeError for what cannot be divided by a keep probability. */
function checkFloats(operation: string, x: AnyTensor): void {
  if (isTensor(x) && isFloat(x.dtype)) return;
  const found = isTensor(x) ? x.dtype : "no tensor";
  throw new DTypeError(operation, `x is ${found}`, 'give floats, as in cast(x, "float32")');
}
