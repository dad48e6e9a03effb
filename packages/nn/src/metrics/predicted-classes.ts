import {
  type AnyTensor,
  argmax,
  cast,
  DTypeError,
  greater,
  isFloat,
  isTensor,
  ShapeError,
  type Tensor,
} from "@tapegrad/core/functions";

export interface MetricOptions {
  /** Where one class of two begins: 0 for logits (if not given), 0.5 for probabilities. */
  readonly threshold?: number;
}

export interface Classes {
  /** Both are of the same shape, int32. */
  readonly predicted: AnyTensor;
  readonly actual: AnyTensor;
  /** How many there are, where that is known. */
  readonly count: number | null;
}

/**
 * The classes that predictions and targets mean. Floats of the targets' shape: two classes, by the threshold. Floats of
 * [..., classes] beside targets of [...]: the largest counts. Integers or bool are classes already.
 */
export function classesOf(
  name: string,
  predictions: AnyTensor,
  targets: AnyTensor,
  { threshold = 0 }: MetricOptions,
): Classes {
  if (!isTensor(predictions) || !isTensor(targets)) {
    throw new DTypeError(name, "predictions and targets are no tensors", "wrap them with tensor(...)");
  }
  const { shape, dtype } = predictions;
  if (sameSizes(shape, targets.shape)) {
    const actual = isFloat(targets.dtype) ? asInt(greater(targets as Tensor, 0.5)) : asInt(targets);
    if (!isFloat(dtype)) return { predicted: asInt(predictions), actual, count: null };
    return { predicted: asInt(greater(predictions as Tensor, threshold)), actual, count: 2 };
  }
  if (isFloat(dtype) && !isFloat(targets.dtype) && sameSizes(shape.slice(0, -1), targets.shape)) {
    return { predicted: argmax(predictions, -1), actual: asInt(targets), count: shape.at(-1)! };
  }
  const shapes = `predictions are ${dtype} [${shape.join(", ")}], targets ${targets.dtype} [${targets.shape.join(", ")}]`;
  throw new ShapeError(name, shapes, "give both one shape, or [..., classes] and classes as int32 of [...]");
}

const sameSizes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

const asInt = (x: AnyTensor): AnyTensor => (x.dtype === "int32" ? x : cast(x, "int32"));
