import {
  type AnyTensor,
  checkOptions,
  equal,
  mean,
  type Operand,
  ShapeError,
  type Tensor,
} from "@tapegrad/core/functions";
import { classesOf, type MetricOptions } from "./predicted-classes.ts";

/**
 * The share of predictions that are right, as a float32 scalar.
 * @param predictions logits or probabilities: of the shape of the targets for two classes (for probabilities with a
 * threshold of 0.5), of [..., classes] for more; or classes as integers.
 * @param targets classes as integers or bool; 0 or 1 as floats where there are two.
 * @throws ShapeError for shapes that do not fit, or when there are no predictions.
 * @example
 * accuracy(tensor([2, -1, 3]), tensor([1, 0, 0])).item(); // 0.6666666865348816
 * accuracy(tensor([0.9, 0.2]), tensor([1, 0]), { threshold: 0.5 }).item(); // 1
 */
export function accuracy(
  predictions: AnyTensor,
  targets: AnyTensor,
  options: MetricOptions = {},
): Tensor<readonly [], "float32"> {
  checkOptions("accuracy", options, "threshold");
  const { predicted, actual } = classesOf("accuracy", predictions, targets, options);
  if (actual.size === 0) throw new ShapeError("accuracy", "there are no predictions", "leave empty batches out");
  return mean(equal(predicted as Operand, actual)) as AnyTensor as Tensor<readonly [], "float32">;
}
