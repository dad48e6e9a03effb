import { type AnyTensor, abs, div, less, mul, type OperandShape, square, sub, where } from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import { checkNumber, type Loss, type LossOptions, type Reduction, reduceLosses, targetsLike } from "./reduction.ts";

/**
 * |x − y|, known as L1; the gradient where x = y is 0.
 * @param predictions x, floats of any shape.
 * @param targets y, of the same shape.
 * @throws ShapeError for another shape, or the mean of an empty batch; DTypeError for predictions that are no floats.
 * @example
 * absoluteError(tensor([1, 2]), tensor([1, 4])).item(); // 1
 */
export function absoluteError<X extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  predictions: X,
  targets: Y & Demand<SameShapeVerdict<"absoluteError", OperandShape<X>, OperandShape<Y>>>,
  options: LossOptions<R> = {},
): Loss<X, R> {
  const name = "absoluteError";
  const x: AnyTensor = predictions;
  const y = targetsLike(name, "predictions", x, targets);
  return reduceLosses(name, abs(sub(x, y)), options) as Loss<X, R>;
}

export interface HuberOptions<R extends Reduction = Reduction> extends LossOptions<R> {
  /** Where the parabola ends and the lines begin, 1 if not given. */
  readonly delta?: number;
}

/**
 * (x − y)²/2 where |x − y| < δ, δ (|x − y| − δ/2) elsewhere (Huber, "Robust estimation of a location parameter", 1964): its
 * slope is never steeper than δ.
 * @param predictions x, floats of any shape.
 * @param targets y, of the same shape.
 * @throws as `absoluteError`; ArgumentError for a delta that is not above 0.
 * @example
 * huber(tensor([0, 0]), tensor([1, 4]), { delta: 2, reduction: "none" }).toArray(); // [0.5, 6]
 */
export function huber<X extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  predictions: X,
  targets: Y & Demand<SameShapeVerdict<"huber", OperandShape<X>, OperandShape<Y>>>,
  options: HuberOptions<R> = {},
): Loss<X, R> {
  const name = "huber";
  const x: AnyTensor = predictions;
  const error = sub(x, targetsLike(name, "predictions", x, targets));
  const delta = options?.delta ?? 1;
  checkNumber(name, "delta", delta, delta > 0, "a number above 0");
  const distance = abs(error);
  const lines = mul(sub(distance, delta / 2), delta);
  return reduceLosses(name, where(less(distance, delta), parabola(error, 1), lines), options, "delta") as Loss<X, R>;
}

export interface SmoothAbsoluteErrorOptions<R extends Reduction = Reduction> extends LossOptions<R> {
  /** Where the parabola ends and the lines begin, 1 if not given; with 0 this is `absoluteError`. */
  readonly beta?: number;
}

/**
 * (x − y)²/(2β) where |x − y| < β, |x − y| − β/2 elsewhere, known as smooth L1 (Girshick, "Fast R-CNN", 2015): Huber's
 * loss divided by its δ, so that the slope of the lines is 1 for every β.
 * @param predictions x, floats of any shape.
 * @param targets y, of the same shape.
 * @throws as `absoluteError`; ArgumentError for a beta below 0.
 * @example
 * smoothAbsoluteError(tensor([0, 0]), tensor([1, 4]), { beta: 2, reduction: "none" }).toArray(); // [0.25, 3]
 */
export function smoothAbsoluteError<X extends AnyTensor, Y extends AnyTensor, R extends Reduction = "mean">(
  predictions: X,
  targets: Y & Demand<SameShapeVerdict<"smoothAbsoluteError", OperandShape<X>, OperandShape<Y>>>,
  options: SmoothAbsoluteErrorOptions<R> = {},
): Loss<X, R> {
  const name = "smoothAbsoluteError";
  const x: AnyTensor = predictions;
  const error = sub(x, targetsLike(name, "predictions", x, targets));
  const beta = options?.beta ?? 1;
  checkNumber(name, "beta", beta, beta >= 0, "a number from 0");
  const distance = abs(error);
  const losses = beta === 0 ? distance : where(less(distance, beta), parabola(error, beta), sub(distance, beta / 2));
  return reduceLosses(name, losses, options, "beta") as Loss<X, R>;
}

/** x²/(2 width): of x rather than |x|, whose second derivative at 0 is lost. */
function parabola(x: AnyTensor, width: number): AnyTensor {
  return div(square(x), 2 * width);
}
