import {
  type AnyTensor,
  ArgumentError,
  add,
  checkOptions,
  DTypeError,
  isFloat,
  isTensor,
  logSoftmax,
  mean,
  mul,
  mulStrongZero,
  type OperandDType,
  type OperandShape,
  sameShape,
  sub,
  sum,
} from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import { type ClassOptions, checkClasses, classLosses, weightsOf } from "./classes.ts";
import {
  type Batch,
  checkFloats,
  checkNumber,
  type ExampleLoss,
  type Reduction,
  reduceBy,
  targetsLike,
} from "./reduction.ts";

/** `true`, or the mismatch of logits with targets: class indices lack the last axis, probabilities have it. */
type TargetsVerdict<Z, Y> = [OperandDType<Y>] extends ["float32" | "float64"]
  ? SameShapeVerdict<"softmaxCrossEntropy", OperandShape<Z>, OperandShape<Y>>
  : SameShapeVerdict<"softmaxCrossEntropy", Batch<OperandShape<Z>>, OperandShape<Y>>;

export interface CrossEntropyOptions<R extends Reduction = Reduction> extends ClassOptions<R> {
  /** The part ε of each target that all classes share: y becomes (1 − ε) y + ε/classes. 0 if not given. */
  readonly labelSmoothing?: number;
}

/**
 * −w[y] log softmax(z)[y] for class indices y, −Σ w y log softmax(z) for probabilities y. Classes are the last axis; the
 * mean is over examples, for indices by the weights of their classes (NaN where all are ignored), as in PyTorch. Label
 * smoothing is that of Szegedy et al., "Rethinking the inception architecture for computer vision", 2016.
 * @param logits z, floats of [..., classes].
 * @param targets indices as int32 of [...], or floats of [..., classes].
 * @throws ShapeError for another shape, other than one weight per class, or the mean of an empty batch; DTypeError for
 * logits that are no floats or indices that are not int32; ArgumentError for an index that is no class, a smoothing
 * outside [0, 1], or an index to ignore among probabilities.
 * @example
 * const z = tensor([[0, 0, 0], [0, 0, 0]]);
 * const y = tensor([2, -1], { dtype: "int32" });
 * softmaxCrossEntropy(z, y, { ignoreIndex: -1 }).item(); // 1.0986123085021973
 * softmaxCrossEntropy(tensor([[0, 0, 0]]), tensor([[0, 0.5, 0.5]])).item(); // 1.0986123085021973
 */
export function softmaxCrossEntropy<Z extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  logits: Z,
  targets: Y & Demand<TargetsVerdict<Z, Y>>,
  options: CrossEntropyOptions<R> = {},
): ExampleLoss<Z, R> {
  return crossEntropy(logits, targets, options) as ExampleLoss<Z, R>;
}

function crossEntropy(logits: AnyTensor, targets: AnyTensor, options: CrossEntropyOptions): AnyTensor {
  const name = "softmaxCrossEntropy";
  checkOptions(name, options, "reduction", "weights", "ignoreIndex", "labelSmoothing");
  checkFloats(name, "logits", logits);
  const { labelSmoothing: smoothing = 0 } = options;
  checkNumber(name, "labelSmoothing", smoothing, smoothing >= 0 && smoothing <= 1, "a number from 0 to 1");
  if (isTensor(targets) && isFloat(targets.dtype)) {
    const losses = fromProbabilities(name, logits, targets, smoothing, options);
    return reduceBy(name, losses, options.reduction, mean);
  }
  if (logits.rank > 0 && logits.shape.at(-1) === 0) checkClasses(name, "logits", logits);
  return classLosses(name, "logits", logSoftmax(logits), targets, options, smoothing);
}

function fromProbabilities(
  name: string,
  logits: AnyTensor,
  targets: AnyTensor,
  smoothing: number,
  { weights, ignoreIndex }: CrossEntropyOptions,
): AnyTensor {
  checkNoIndices(name, logits, targets);
  const y = targetsLike(name, "logits", logits, targets);
  checkClasses(name, "logits", logits);
  if (ignoreIndex !== undefined) {
    throw new ArgumentError(name, "probabilities have no index to ignore", "leave ignoreIndex out, or give indices");
  }
  const smooth = smoothing === 0 ? y : add(mul(y, 1 - smoothing), smoothing / logits.shape.at(-1)!);
  const weighted = weights ? mul(smooth, weightsOf(name, "logits", logits, weights)) : smooth;
  // A class that does not count is left out, though its logarithm may be −∞.
  return sub(0, sum(mulStrongZero(weighted, logSoftmax(logits)), -1));
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
