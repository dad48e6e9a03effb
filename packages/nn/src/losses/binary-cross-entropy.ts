import {
  type AnyTensor,
  abs,
  add,
  lessEqual,
  log,
  mul,
  type OperandShape,
  softplus,
  sub,
  where,
} from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import { type Loss, type LossOptions, type Reduction, reduceLosses, targetsLike } from "./reduction.ts";

/**
 * −(y log σ(z) + (1 − y) log(1 − σ(z))) as softplus(z) − y z, finite for all finite logits.
 * @param logits z, floats of any shape.
 * @param targets y, from 0 to 1 (floats, integers or bool), of the same shape.
 * @throws ShapeError for another shape, or the mean of an empty batch; DTypeError for logits that are no floats.
 * @example
 * binaryCrossEntropyWithLogits(tensor([0, 1000]), tensor([1, 1])).item(); // 0.3465735912322998
 */
export function binaryCrossEntropyWithLogits<Z extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  logits: Z,
  targets: Y & Demand<SameShapeVerdict<"binaryCrossEntropyWithLogits", OperandShape<Z>, OperandShape<Y>>>,
  options: LossOptions<R> = {},
): Loss<Z, R> {
  const name = "binaryCrossEntropyWithLogits";
  const z: AnyTensor = logits;
  const y = targetsLike(name, "logits", z, targets);
  return reduceLosses(name, sub(softplus(z), mul(y, z)), options) as Loss<Z, R>;
}

/**
 * −(y log p + (1 − y) log(1 − p)), with logarithms no lower than −100, as PyTorch has it: a probability of exactly 0 or 1
 * gives a finite loss, and no gradient through the logarithm that was cut. Outside [0, 1] the loss is NaN. Prefer the
 * loss from logits, which loses nothing.
 * @param probabilities p, floats of any shape. Below the smallest normal number of their dtype they count as 0.
 * @param targets y, from 0 to 1 (floats, integers or bool), of the same shape.
 * @throws as `binaryCrossEntropyWithLogits`.
 * @example
 * binaryCrossEntropy(tensor([0.5, 0]), tensor([1, 1])).item(); // 50.34657287597656
 */
export function binaryCrossEntropy<P extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  probabilities: P,
  targets: Y & Demand<SameShapeVerdict<"binaryCrossEntropy", OperandShape<P>, OperandShape<Y>>>,
  options: LossOptions<R> = {},
): Loss<P, R> {
  const name = "binaryCrossEntropy";
  const p: AnyTensor = probabilities;
  const y = targetsLike(name, "probabilities", p, targets);
  // Taken from 0 below, because −0 would be printed as such.
  const logLikelihood = add(mul(y, cutLog(p)), mul(sub(1, y), cutLog(sub(1, p))));
  return reduceLosses(name, sub(0, logLikelihood), options) as Loss<P, R>;
}

/**
 * log x, cut at −100. What `where` does not choose gets a cotangent of 0, which core keeps 0 beside 1/0; the bound keeps
 * 1/x finite for every x that is chosen.
 */
function cutLog(x: AnyTensor): AnyTensor {
  const isZero = lessEqual(abs(x), x.dtype === "float64" ? Math.exp(-100) : 2 ** -126);
  return where(isZero, -100, log(x));
}
