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
  ShapeError,
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

/** @throws ShapeError for the mean of nothing; ArgumentError for an unknown reduction or option. */
export function reduceLosses(name: string, losses: AnyTensor, options: LossOptions): AnyTensor {
  checkOptions(name, options, "reduction");
  const { reduction = "mean" } = options;
  if (reduction === "none") return losses;
  if (reduction === "sum") return sum(losses);
  if (reduction !== "mean") {
    throw new ArgumentError(name, `"${reduction}" is no reduction`, "use mean, sum or none");
  }
  if (losses.size === 0) {
    const problem = `there is no mean of no losses: the batch of [${losses.shape.join(", ")}] is empty`;
    throw new ShapeError(name, problem, 'leave empty batches out, or use reduction "sum"');
  }
  return mean(losses);
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
export function targetsLike(name: string, what: string, predictions: AnyTensor, targets: AnyTensor): AnyTensor {
  checkFloats(name, what, predictions);
  if (!isTensor(targets)) throw new DTypeError(name, "targets are no tensor", "wrap them with tensor(...)");
  const { shape } = predictions;
  if (targets.rank !== predictions.rank || !shape.every((size, i) => size === targets.shape[i])) {
    const problem = `${what} are [${shape.join(", ")}], targets [${targets.shape.join(", ")}]`;
    throw new ShapeError(name, problem, "give both the same shape, with reshape(targets, ...)");
  }
  if (targets.dtype === predictions.dtype) return targets;
  if (isFloat(targets.dtype)) {
    const problem = `${what} are ${predictions.dtype}, targets ${targets.dtype}`;
    throw new DTypeError(name, problem, `cast one, as in cast(targets, "${predictions.dtype}")`);
  }
  return cast(targets, predictions.dtype as FloatDType);
}
