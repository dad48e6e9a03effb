import {
  type AnyTensor,
  add,
  arange,
  checkOptions,
  equal,
  exp,
  expandDims,
  logSoftmax,
  logsumexp,
  mul,
  neg,
  type OperandShape,
  ShapeError,
  softplus,
  sub,
  type Tensor,
  where,
} from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import { type ClassOptions, checkIndices, classLosses } from "./classes.ts";
import {
  type Batch,
  checkFloats,
  checkNumber,
  type ExampleLoss,
  type Loss,
  type LossOptions,
  type Reduction,
  reduceLosses,
  targetsLike,
} from "./reduction.ts";

export interface BinaryFocalOptions<R extends Reduction = Reduction> extends LossOptions<R> {
  /** How much easy examples are played down, 2 if not given; with 0 this is the cross-entropy. */
  readonly gamma?: number;
  /** The weight of class 1, where class 0 has 1 − alpha; both have 1 if not given. */
  readonly alpha?: number;
}

export interface FocalOptions<R extends Reduction = Reduction> extends ClassOptions<R> {
  /** How much easy examples are played down, 2 if not given; with 0 this is the cross-entropy. */
  readonly gamma?: number;
}

/**
 * −(1 − p)^γ log p, where p is the probability of the right class of two: the better an example is classified, the less it counts
 * (Lin et al., "Focal loss for dense object detection", 2017). All is computed from logarithms, so that value, gradient and
 * second derivatives are finite for all finite logits. Targets between 0 and 1 weigh the losses of both classes.
 * @param logits z, floats of any shape.
 * @param targets y, from 0 to 1 (floats, integers or bool), of the same shape.
 * @throws ShapeError for another shape, or the mean of an empty batch; DTypeError for logits that are no floats; ArgumentError
 * for a gamma below 0, or an alpha outside [0, 1].
 * @example
 * binaryFocalWithLogits(tensor([0, 1000]), tensor([1, 1])).item(); // 0.08664339780807495
 */
export function binaryFocalWithLogits<Z extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  logits: Z,
  targets: Y & Demand<SameShapeVerdict<"binaryFocalWithLogits", OperandShape<Z>, OperandShape<Y>>>,
  options: BinaryFocalOptions<R> = {},
): Loss<Z, R> {
  const name = "binaryFocalWithLogits";
  const z: AnyTensor = logits;
  const y = targetsLike(name, "logits", z, targets);
  const gamma = gammaOf(name, options);
  const { alpha } = options;
  if (alpha !== undefined) checkNumber(name, "alpha", alpha, alpha >= 0 && alpha <= 1, "a number from 0 to 1");
  // Of σ(x): (1 − σ(x))^γ is e^(−γ softplus(x)), −log σ(x) is softplus(−x).
  const loss = (x: AnyTensor): AnyTensor => mul(exp(mul(softplus(x), -gamma)), softplus(neg(x)));
  const ofOne = mul(mul(y, loss(z)), alpha ?? 1);
  const ofZero = mul(mul(sub(1, y), loss(neg(z))), alpha === undefined ? 1 : 1 - alpha);
  return reduceLosses(name, add(ofOne, ofZero), options, "gamma", "alpha") as Loss<Z, R>;
}

/**
 * −w[y] (1 − p[y])^γ log p[y] for p = softmax(z): the better an example is classified, the less it counts (Lin et al., "Focal
 * loss for dense object detection", 2017). 1 − p[y] is the sum over the other classes, by logarithms, so that value, gradient
 * and second derivatives are finite for all finite logits. Classes are the last axis; the mean divides by the weights of the
 * targets, as that of `softmaxCrossEntropy`.
 * @param logits z, floats of [..., classes].
 * @param classes y, indices as int32 of [...].
 * @throws ShapeError for another shape, fewer than two classes, other than one weight per class, or the mean of an empty batch;
 * DTypeError for logits that are no floats or indices that are not int32; ArgumentError for an index that is no class, or a
 * gamma below 0.
 * @example
 * const y = tensor([0], { dtype: "int32" });
 * softmaxFocal(tensor([[0, 0]]), y).item(); // 0.1732867956161499
 */
export function softmaxFocal<Z extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  logits: Z,
  classes: Y & Demand<SameShapeVerdict<"softmaxFocal", Batch<OperandShape<Z>>, OperandShape<Y>>>,
  options: FocalOptions<R> = {},
): ExampleLoss<Z, R> {
  const name = "softmaxFocal";
  const z: AnyTensor = logits;
  checkOptions(name, options, "reduction", "weights", "ignoreIndex", "gamma");
  checkFloats(name, "logits", z);
  const gamma = gammaOf(name, options);
  checkIndices(name, "logits", z, classes, options.ignoreIndex);
  const count = z.shape.at(-1)!;
  if (count < 2) throw new ShapeError(name, "one class is always right", "give logits of two classes or more");
  const logP = logSoftmax(z) as AnyTensor;
  const isTarget = equal(arange(count, undefined, 1, { dtype: "int32" }), expandDims(classes as Tensor, -1));
  const others = where(isTarget, Number.NEGATIVE_INFINITY, logP) as Tensor;
  const factor = exp(mul(logsumexp(others, -1, { keepdims: true }) as AnyTensor, gamma));
  return classLosses(name, "logits", mul(logP, factor), classes, options) as ExampleLoss<Z, R>;
}

function gammaOf(name: string, options: { readonly gamma?: number }): number {
  const gamma = options?.gamma ?? 2;
  checkNumber(name, "gamma", gamma, gamma >= 0 && gamma < Number.POSITIVE_INFINITY, "a finite number from 0");
  return gamma;
}
