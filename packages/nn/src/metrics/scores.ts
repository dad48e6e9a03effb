import type { AnyTensor } from "@tapegrad/core/functions";
import type { Average, Averaged, ClassificationOptions } from "./streaming/classification.ts";
import * as streaming from "./streaming/index.ts";
import { once } from "./streaming/metric.ts";

// Each is its metric of `streaming`, of one batch.

/**
 * The share of examples whose class is among the k of the largest logits; of equal ones the first is ahead.
 * @param logits floats of [..., classes].
 * @param classes int32 of [...].
 * @throws ArgumentError for a k that is no positive whole number, or an index that is no class; ShapeError and DTypeError for
 * what does not fit.
 * @example
 * topKAccuracy(tensor([[3, 2, 1], [1, 2, 3]]), tensor([1, 0], { dtype: "int32" }), 2); // 0.5
 */
export function topKAccuracy(logits: AnyTensor, classes: AnyTensor, k: number): number {
  return once(streaming.topKAccuracy(k), logits, classes);
}

/**
 * Of what was taken for a class, the share that is of it: TP / (TP + FP), 0 where nothing was taken for it.
 * @param predictions as for `accuracy`.
 * @throws ArgumentError for an unknown average, or what is no class; ShapeError for shapes that do not fit, or more than two
 * classes without an average.
 * @example
 * precision(tensor([2, 3, -1]), tensor([1, 0, 1])); // 0.5
 */
export function precision<A extends Average = "binary">(
  predictions: AnyTensor,
  targets: AnyTensor,
  options: ClassificationOptions<A> = {},
): Averaged<A> {
  return once(streaming.precision(options), predictions, targets);
}

/**
 * Of what is of a class, the share that was taken for it: TP / (TP + FN), 0 where there is nothing of it.
 * @param predictions as for `accuracy`.
 * @throws as `precision`.
 * @example
 * recall(tensor([2, 3, -1, -1]), tensor([1, 0, 1, 1]), { average: "macro" }).toFixed(4); // "0.1667"
 */
export function recall<A extends Average = "binary">(
  predictions: AnyTensor,
  targets: AnyTensor,
  options: ClassificationOptions<A> = {},
): Averaged<A> {
  return once(streaming.recall(options), predictions, targets);
}

/**
 * The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN), 0 where there is nothing to divide by.
 * @param predictions as for `accuracy`.
 * @throws as `precision`.
 * @example
 * const classes = (values) => tensor(values, { dtype: "int32" });
 * f1(classes([0, 2, 1]), classes([0, 1, 1]), { average: "none" }).map((x) => x.toFixed(2)); // ["1.00", "0.67", "0.00"]
 */
export function f1<A extends Average = "binary">(
  predictions: AnyTensor,
  targets: AnyTensor,
  options: ClassificationOptions<A> = {},
): Averaged<A> {
  return once(streaming.f1(options), predictions, targets);
}

/**
 * The area under the receiver operating characteristic: the probability that an example of class 1 has a larger score than one
 * of class 0, equal scores counting half (Hanley and McNeil, "The meaning and use of the area under a receiver operating
 * characteristic (ROC) curve", 1982). NaN where there is only one class.
 * @param scores floats of any shape: logits or probabilities.
 * @param targets 0 and 1, of the same shape.
 * @throws ShapeError for another shape; DTypeError for scores that are no floats; ArgumentError for other targets, or NaN.
 * @example
 * rocAuc(tensor([0.9, 0.4, 0.4]), tensor([1, 0, 1])); // 0.75
 */
export function rocAuc(scores: AnyTensor, targets: AnyTensor): number {
  return once(streaming.rocAuc(), scores, targets);
}

/**
 * The area under the curve of precision by recall, as Σ (Rₙ − Rₙ₋₁) Pₙ over falling scores, without interpolation. NaN where
 * there is nothing of class 1.
 * @param scores floats of any shape: logits or probabilities.
 * @param targets 0 and 1, of the same shape.
 * @throws as `rocAuc`.
 * @example
 * averagePrecision(tensor([0.9, 0.4, 0.6]), tensor([1, 1, 0])).toFixed(4); // "0.8333"
 */
export function averagePrecision(scores: AnyTensor, targets: AnyTensor): number {
  return once(streaming.averagePrecision(), scores, targets);
}

/**
 * e to the mean of −log p of the right classes: among how many equally likely ones a model is undecided.
 * @param logits floats of [..., classes].
 * @param classes int32 of [...].
 * @throws as `softmaxCrossEntropy`, but for empty batches.
 * @example
 * perplexity(tensor([[0, 0]]), tensor([1], { dtype: "int32" })).toFixed(5); // "2.00000"
 */
export function perplexity(
  logits: AnyTensor,
  classes: AnyTensor,
  options: { readonly ignoreIndex?: number } = {},
): number {
  return once(streaming.perplexity(options), logits, classes);
}

/**
 * The coefficient of determination 1 − Σ (y − x)² / Σ (y − ȳ)² over all elements. For targets that are all equal it is 1 if the
 * predictions are right, else 0.
 * @param predictions x, floats of any shape.
 * @param targets y, of the same shape.
 * @throws ShapeError for another shape; DTypeError for predictions that are no floats.
 * @example
 * r2(tensor([1, 2, 3]), tensor([1, 2, 4])).toFixed(4); // "0.7857"
 */
export function r2(predictions: AnyTensor, targets: AnyTensor): number {
  return once(streaming.r2(), predictions, targets);
}

/**
 * The mean of |x − y| over all elements, as a number: `absoluteError` as a metric.
 * @throws as `absoluteError`.
 * @example
 * meanAbsoluteError(tensor([1, 2]), tensor([1, 4])); // 1
 */
export function meanAbsoluteError(predictions: AnyTensor, targets: AnyTensor): number {
  return once(streaming.meanAbsoluteError(), predictions, targets);
}
