import { type AnyTensor, checkOptions, type OperandShape } from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import { type ClassOptions, classLosses } from "./classes.ts";
import { type Batch, checkFloats, type ExampleLoss, type Reduction } from "./reduction.ts";

/**
 * −w[y] log p[y] for class indices y. Classes are the last axis; the mean is over examples, by their weights. Where all
 * examples are ignored it is NaN. From logits, prefer `softmaxCrossEntropy`.
 * @param logProbabilities log p, floats of [..., classes], as of `logSoftmax`.
 * @param classes y, indices as int32 of [...].
 * @throws ShapeError for another shape, other than one weight per class, or the mean of an empty batch; DTypeError for
 * logarithms that are no floats or indices that are not int32; ArgumentError for an index that is no class.
 * @example
 * const logP = tensor([[-1, -2], [-3, -4]]);
 * const classes = tensor([0, 1], { dtype: "int32" });
 * negativeLogLikelihood(logP, classes).item(); // 2.5
 * negativeLogLikelihood(logP, classes, { weights: tensor([1, 3]) }).item(); // 3.25
 */
export function negativeLogLikelihood<P extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  logProbabilities: P,
  classes: Y & Demand<SameShapeVerdict<"negativeLogLikelihood", Batch<OperandShape<P>>, OperandShape<Y>>>,
  options: ClassOptions<R> = {},
): ExampleLoss<P, R> {
  const name = "negativeLogLikelihood";
  checkOptions(name, options, "reduction", "weights", "ignoreIndex");
  checkFloats(name, "logarithms", logProbabilities);
  return classLosses(name, "logarithms", logProbabilities, classes, options) as ExampleLoss<P, R>;
}
