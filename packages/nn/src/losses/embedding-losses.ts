import {
  type AnyTensor,
  add,
  clamp,
  cosineSimilarity,
  equal,
  minimum,
  norm,
  type OperandShape,
  ShapeError,
  sub,
  where,
} from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import {
  type Batch,
  checkNumber,
  checkSigns,
  type ExampleLoss,
  type Loss,
  type LossOptions,
  type Reduction,
  reduceLosses,
  targetsLike,
} from "./reduction.ts";

export interface MarginOptions<R extends Reduction = Reduction> extends LossOptions<R> {
  /** The distance beyond which nothing is to be gained, 1 if not given (0 for `cosineEmbedding`). */
  readonly margin?: number;
}

/**
 * x for pairs that belong together (y = 1), max(0, margin − x) for those that do not (y = −1), where x is their distance, as
 * PyTorch's HingeEmbeddingLoss.
 * @param distances x, floats of any shape.
 * @param targets y, 1 or −1, of the same shape.
 * @throws ShapeError for another shape, or the mean of an empty batch; DTypeError for distances that are no floats;
 * ArgumentError for other targets, or a margin that is no number.
 * @example
 * hingeEmbedding(tensor([0.5, 0.25]), tensor([1, -1]), { reduction: "none" }).toArray(); // [0.5, 0.75]
 */
export function hingeEmbedding<X extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  distances: X,
  targets: Y & Demand<SameShapeVerdict<"hingeEmbedding", OperandShape<X>, OperandShape<Y>>>,
  options: MarginOptions<R> = {},
): Loss<X, R> {
  const name = "hingeEmbedding";
  const x: AnyTensor = distances;
  const y = targetsLike(name, "distances", x, targets);
  checkSigns(name, y);
  const margin = marginOf(name, options, 1);
  return reduceLosses(name, where(equal(y, 1), x, hinge(sub(margin, x))), options, "margin") as Loss<X, R>;
}

/**
 * 1 − cos(a, b) for pairs that belong together (y = 1), max(0, cos(a, b) − margin) for those that do not (y = −1). The
 * cosine is that of `cosineSimilarity` along the last axis. As PyTorch's CosineEmbeddingLoss.
 * @param a floats of [..., features].
 * @param b of the same shape.
 * @param targets y, 1 or −1, of [...].
 * @throws as `hingeEmbedding`; ShapeError for scalars.
 * @example
 * const pairs = [tensor([[1, 0], [1, 0]]), tensor([[0, 2], [3, 0]])];
 * cosineEmbedding(pairs[0], pairs[1], tensor([1, -1]), { margin: 0.5, reduction: "none" }).toArray(); // [1, 0.5]
 */
export function cosineEmbedding<
  A extends AnyTensor,
  B extends AnyTensor,
  Y extends AnyTensor,
  R extends Reduction = "mean",
>(
  a: A,
  b: B & Demand<SameShapeVerdict<"cosineEmbedding", OperandShape<A>, OperandShape<B>>>,
  targets: Y & Demand<SameShapeVerdict<"cosineEmbedding", Batch<OperandShape<A>>, OperandShape<Y>>>,
  options: MarginOptions<R> = {},
): ExampleLoss<A, R> {
  const name = "cosineEmbedding";
  const first: AnyTensor = a;
  const second = targetsLike(name, "vectors", first, b, "others");
  checkVectors(name, first);
  const cosines = cosineSimilarity(first, second) as AnyTensor;
  const y = targetsLike(name, "cosines", cosines, targets);
  checkSigns(name, y);
  const apart = hinge(sub(cosines, marginOf(name, options, 0)));
  return reduceLosses(name, where(equal(y, 1), sub(1, cosines), apart), options, "margin") as ExampleLoss<A, R>;
}

export interface TripletMarginOptions<R extends Reduction = Reduction> extends MarginOptions<R> {
  /** The power of the norm, 2 if not given; see `norm`. */
  readonly p?: number;
  /** Added to each difference, 1e-6 if not given: the norm has no slope at 0. */
  readonly eps?: number;
  /** Whether the distance of the positive from the negative counts where it is the smaller one; not if not given. */
  readonly swap?: boolean;
}

/**
 * max(0, margin + ‖a − p‖ − ‖a − n‖) over the last axis: the anchor is to be nearer to the positive than to the negative
 * (Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural networks", 2016, also
 * for `swap`).
 * @param anchor a, floats of [..., features].
 * @param positive p, of the same shape.
 * @param negative n, of the same shape.
 * @throws ShapeError for another shape, scalars, or the mean of an empty batch; DTypeError for an anchor that is no
 * floats; ArgumentError for a margin, p or eps that is no number.
 * @example
 * tripletMargin(tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]]), { eps: 0 }).item(); // 4
 */
export function tripletMargin<
  A extends AnyTensor,
  P extends AnyTensor,
  N extends AnyTensor,
  R extends Reduction = "mean",
>(
  anchor: A,
  positive: P & Demand<SameShapeVerdict<"tripletMargin", OperandShape<A>, OperandShape<P>>>,
  negative: N & Demand<SameShapeVerdict<"tripletMargin", OperandShape<A>, OperandShape<N>>>,
  options: TripletMarginOptions<R> = {},
): ExampleLoss<A, R> {
  const name = "tripletMargin";
  const a: AnyTensor = anchor;
  const near = targetsLike(name, "anchors", a, positive, "positives");
  const far = targetsLike(name, "anchors", a, negative, "negatives");
  checkVectors(name, a);
  const margin = marginOf(name, options, 1);
  const { p = 2, eps = 1e-6, swap = false } = options ?? {};
  checkNumber(name, "p", p, p >= 0, "a number from 0, or Infinity");
  checkNumber(name, "eps", eps, Number.isFinite(eps), "a finite number");
  const distance = (x: AnyTensor, y: AnyTensor): AnyTensor => norm(add(sub(x, y), eps) as AnyTensor, -1, { p });
  const toFar = distance(a, far);
  const apart = swap ? minimum(toFar, distance(near, far)) : toFar;
  const losses = hinge(add(sub(distance(a, near), apart), margin));
  return reduceLosses(name, losses, options, "margin", "p", "eps", "swap") as ExampleLoss<A, R>;
}

/** max(0, x), with a slope of 1 at 0 as PyTorch has it in these losses. */
const hinge = (x: AnyTensor): AnyTensor => clamp(x, 0, null);

function marginOf(name: string, options: MarginOptions, otherwise: number): number {
  const margin = options?.margin ?? otherwise;
  checkNumber(name, "margin", margin, Number.isFinite(margin), "a finite number");
  return margin;
}

function checkVectors(name: string, x: AnyTensor): void {
  if (x.rank === 0) throw new ShapeError(name, "scalars are no vectors", "give [..., features]");
}
