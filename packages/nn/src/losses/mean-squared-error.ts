import { type AnyTensor, type OperandShape, square, sub } from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import { type Loss, type LossOptions, type Reduction, reduceLosses, targetsLike } from "./reduction.ts";

/**
 * (x − y)², the mean over all elements if no other reduction is given.
 * @param predictions x, floats of any shape.
 * @param targets y, of the same shape.
 * @throws ShapeError for another shape, or the mean of an empty batch; DTypeError for predictions that are no floats.
 * @example
 * meanSquaredError(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export function meanSquaredError<X extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  predictions: X,
  targets: Y & Demand<SameShapeVerdict<"meanSquaredError", OperandShape<X>, OperandShape<Y>>>,
  options: LossOptions<R> = {},
): Loss<X, R> {
  const name = "meanSquaredError";
  const x: AnyTensor = predictions;
  const y = targetsLike(name, "predictions", x, targets);
  return reduceLosses(name, square(sub(x, y)), options) as Loss<X, R>;
}
