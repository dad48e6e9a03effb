import {
  type AnyTensor,
  ArgumentError,
  DTypeError,
  expandDims,
  gather,
  isFloat,
  isTensor,
  logSoftmax,
  mul,
  type OperandDType,
  type OperandShape,
  type Shape,
  ShapeError,
  sameShape,
  squeeze,
  sub,
  sum,
  type Tensor,
} from "@tapegrad/core/functions";
import type { Demand, FloatOf, SameShapeVerdict } from "../layer-types.ts";
import { checkFloats, type LossOptions, type Reduction, reduceLosses, targetsLike } from "./reduction.ts";

type Batch<S extends Shape> = S extends readonly [...infer B extends Shape, number] ? readonly [...B] : Shape;

/** `true`, or the mismatch of logits with targets: class indices lack the last axis, probabilities have it. */
type TargetsVerdict<Z, Y> = [OperandDType<Y>] extends ["float32" | "float64"]
  ? SameShapeVerdict<"softmaxCrossEntropy", OperandShape<Z>, OperandShape<Y>>
  : SameShapeVerdict<"softmaxCrossEntropy", Batch<OperandShape<Z>>, OperandShape<Y>>;

/**
 * −log softmax(z)[y] for class indices y, −Σ y log softmax(z) for probabilities y. Classes are the last axis; the mean is
 * over examples.
 * @param logits z, floats of [..., classes].
 * @param targets indices as int32 of [...], or floats of [..., classes].
 * @throws ShapeError for another shape, or the mean of an empty batch; DTypeError for logits that are no floats or
 * indices that are not int32; ArgumentError for an index that is no class.
 * @example
 * softmaxCrossEntropy(tensor([[0, 0, 0]]), tensor([2], { dtype: "int32" })).item(); // 1.0986123085021973
 */
export function softmaxCrossEntropy<Z extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  logits: Z,
  targets: Y & Demand<TargetsVerdict<Z, Y>>,
  options: LossOptions<R> = {},
): Tensor<R extends "none" ? Batch<OperandShape<Z>> : readonly [], FloatOf<OperandDType<Z>>> {
  const losses = lossesOf(logits, targets);
  return reduceLosses("softmaxCrossEntropy", losses, options) as Tensor<
    R extends "none" ? Batch<OperandShape<Z>> : readonly [],
    FloatOf<OperandDType<Z>>
  >;
}

function lossesOf(logits: AnyTensor, targets: AnyTensor): AnyTensor {
  const name = "softmaxCrossEntropy";
  checkFloats(name, "logits", logits);
  if (isTensor(targets) && isFloat(targets.dtype)) {
    checkNoIndices(name, logits, targets);
    const y = targetsLike(name, "logits", logits, targets);
    checkClasses(name, logits);
    return sub(0, sum(mul(y, logSoftmax(logits)), -1));
  }
  if (!isTensor(targets) || targets.dtype !== "int32") {
    const found = isTensor(targets) ? targets.dtype : "no tensor";
    throw new DTypeError(name, `targets are ${found}`, "give class indices as int32, or probabilities as floats");
  }
  checkClasses(name, logits);
  const batch = logits.shape.slice(0, -1);
  if (!sameShape(targets.shape, batch)) {
    const problem = `logits are [${logits.shape.join(", ")}], class indices [${targets.shape.join(", ")}]`;
    throw new ShapeError(name, problem, `give indices of [${batch.join(", ")}]`);
  }
  checkIndices(name, targets, logits.shape.at(-1)!);
  const index = expandDims(targets as Tensor<Shape, "int32">, -1);
  return sub(0, squeeze(gather(logSoftmax(logits), index as Tensor<Shape, "int32">, -1), -1));
}

/** Floats in the place of class indices: a list of labels becomes float32 where no dtype is said. */
function checkNoIndices(name: string, logits: AnyTensor, { dtype, shape }: AnyTensor): void {
  if (logits.rank === 0 || !sameShape(shape, logits.shape.slice(0, -1))) return;
  const problem = `targets are ${dtype} [${shape.join(", ")}] beside logits of [${logits.shape.join(", ")}]`;
  throw new DTypeError(
    name,
    problem,
    'give class indices with dtype "int32", or probabilities of the shape of the logits',
  );
}

/** Other indices count from the end where they are negative, which for labels is a mistake. */
function checkIndices(name: string, targets: AnyTensor, classes: number): void {
  if (targets.isAbstract) return;
  for (const index of targets.data()) {
    if (index >= 0 && index < classes) continue;
    throw new ArgumentError(name, `${index} is none of ${classes} classes`, `class indices are 0 to ${classes - 1}`);
  }
}

function checkClasses(name: string, logits: AnyTensor): void {
  if (logits.rank > 0 && logits.shape.at(-1)! > 0) return;
  throw new ShapeError(name, `logits of [${logits.shape.join(", ")}] have no classes`, "give [..., classes]");
}
