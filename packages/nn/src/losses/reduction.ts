import {
  type AnyTensor,
  ArgumentError,
  cast,
  checkOptions,
  DTypeError,
  type FloatDType,
  isFloat,
  isTensor,
  mean,
  type OperandDType,
  type OperandShape,
  type Shape,
  ShapeError,
  sameShape,
  sum,
  type Tensor,
} from "@tapegrad/core/functions";
import type { FloatOf } from "../layer-types.ts";

/** What becomes of the losses of all elements or examples. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions<R extends Reduction = Reduction> {
  /** The mean over all if not given. */
  readonly reduction?: R;
}

/** A loss of an elementwise kind: a scalar, or the shape of its first argument where nothing is reduced. */
export type Loss<T, R extends Reduction> = Tensor<
  R extends "none" ? OperandShape<T> : readonly [],
  FloatOf<OperandDType<T>>
>;

/** The shape without its last axis. */
export type Batch<S extends Shape> = S extends readonly [...infer B extends Shape, number] ? readonly [...B] : Shape;

/** A loss per example: a scalar, or the shape of its first argument without the last axis where nothing is reduced. */
export type ExampleLoss<T, R extends Reduction> = Tensor<
  R extends "none" ? Batch<OperandShape<T>> : readonly [],
  FloatOf<OperandDType<T>>
>;

/**
 * @param known the options that a loss has besides `reduction`.
 * @throws ShapeError for the mean of nothing; ArgumentError for an unknown reduction or option.
 */
export function reduceLosses(
  name: string,
  losses: AnyTensor,
  options: LossOptions,
  ...known: readonly string[]
): AnyTensor {
  checkOptions(name, options, "reduction", ...known);
  return reduceBy(name, losses, options.reduction, mean);
}

/**
 * The losses, their sum, or what the loss has for a mean.
 * @throws ShapeError for the mean of nothing; ArgumentError for an unknown reduction.
 */
export function reduceBy(
  name: string,
  losses: AnyTensor,
  reduction: Reduction = "mean",
  meanOf: (losses: AnyTensor) => AnyTensor,
): AnyTensor {
  if (reduction === "none") return losses;
  if (reduction === "sum") return sum(losses);
  if (reduction !== "mean") {
    throw new ArgumentError(name, `"${reduction}" is no reduction`, "use mean, sum or none");
  }
  checkSome(name, losses);
  return meanOf(losses);
}

/** @throws ShapeError for no losses, which have no mean. */
export function checkSome(name: string, losses: AnyTensor): void {
  if (losses.size > 0) return;
  const problem = `there is no mean of no losses: the batch of [${losses.shape.join(", ")}] is empty`;
  throw new ShapeError(name, problem, 'leave empty batches out, or use reduction "sum"');
}

/** @throws ArgumentError for a number option that is not what it must be. */
export function checkNumber(name: string, option: string, value: number, isFit: boolean, fit: string): void {
  if (typeof value === "number" && isFit) return;
  throw new ArgumentError(name, `${option} is ${String(value)}`, `give ${fit}`);
}

/** @throws DTypeError for what is no tensor of floats. */
export function checkFloats(name: string, what: string, value: AnyTensor): void {
  if (isTensor(value) && isFloat(value.dtype)) return;
  const found = isTensor(value) ? value.dtype : "no tensor";
  throw new DTypeError(name, `${what} are ${found}`, 'give floats, as in cast(x, "float32")');
}

/**
 * Targets in the dtype of the predictions, whose shape they must have: nothing broadcasts, because [n] against [n, 1]
 * would silently make n × n losses.
 * @throws ShapeError for another shape; DTypeError for the other float.
 */
export function targetsLike(
  name: string,
  what: string,
  predictions: AnyTensor,
  targets: AnyTensor,
  role = "targets",
): AnyTensor {
  checkFloats(name, what, predictions);
  if (!isTensor(targets) || sameShape(targets.shape, predictions.shape)) {
    return dtypeLike(name, what, predictions, targets, role);
  }
  const problem = `${what} are [${predictions.shape.join(", ")}], ${role} [${targets.shape.join(", ")}]`;
  throw new ShapeError(name, problem, `give both the same shape, with reshape(${role}, ...)`);
}

/**
 * A tensor in the dtype of the predictions, whatever its shape.
 * @throws DTypeError for the other float, or no tensor.
 */
export function dtypeLike(
  name: string,
  what: string,
  predictions: AnyTensor,
  tensor: AnyTensor,
  role: string,
): AnyTensor {
  if (!isTensor(tensor)) throw new DTypeError(name, `${role} are no tensor`, "wrap them with tensor(...)");
  if (tensor.dtype === predictions.dtype) return tensor;
  if (isFloat(tensor.dtype)) {
    const problem = `${what} are ${predictions.dtype}, ${role} ${tensor.dtype}`;
    throw new DTypeError(name, problem, `cast one, as in cast(${role}, "${predictions.dtype}")`);
  }
  return cast(tensor, predictions.dtype as FloatDType);
}

/** @throws ArgumentError for a target that is neither 1 nor −1. */
export function checkSigns(name: string, targets: AnyTensor): void {
  if (targets.isAbstract) return;
  for (const y of targets.data()) {
    if (y === 1 || y === -1) continue;
    throw new ArgumentError(name, `a target is ${y}`, "give 1 and -1, as in 2 y - 1 for y of 0 and 1");
  }
}
