import { tensor } from "../create.ts";
import type { FloatOf } from "../dtype-types.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw, type ErrorSample, type Sample } from "../op.ts";
import { div } from "../ops/arithmetic.ts";
import type { PerAxis } from "../ops/spatial.ts";
import { poolSums } from "../ops/sum-pool.ts";
import type { OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import type { Length, Plane, Volume } from "./convolving.ts";
import {
  adaptiveSpans,
  countsOf,
  insideOnly,
  type Pooled,
  type PoolOptions,
  type Spans,
  slidingSpans,
} from "./pool-windows.ts";
import { floats } from "./reducing.ts";

export interface AvgPoolOptions extends PoolOptions {
  /** Whether zeros of the padding count as elements; they do if not given. What `ceilMode` adds never counts. */
  readonly countIncludePad?: boolean;
}

/** Signature of `avgPool1d`, `avgPool2d` and `avgPool3d`. */
export type AvgPool<Spatial extends readonly number[]> = <X extends AnyTensor>(
  x: X,
  kernelSize: PerAxis,
  options?: AvgPoolOptions,
) => Tensor<Pooled<OperandShape<X>, Spatial>, FloatOf<OperandDType<X>>>;

/** Signature of `adaptiveAvgPool1d` and `adaptiveAvgPool2d`. */
export type AdaptiveAvgPool<Spatial extends readonly number[]> = <X extends AnyTensor>(
  x: X,
  outputSize: PerAxis,
) => Tensor<Pooled<OperandShape<X>, Spatial>, FloatOf<OperandDType<X>>>;

/** The sum of each window by how many of its places count. */
function averages(x: AnyTensor, spans: readonly Spans[], counts: readonly number[]): AnyTensor {
  const total = poolSums(x, spans.map(insideOnly));
  const outputs = spans.map(({ positions }) => positions.length);
  if (counts.every((count) => count === counts[0])) return div(total, counts[0]!) as AnyTensor;
  return div(total, tensor([...counts], { dtype: x.dtype, shape: outputs }) as AnyTensor) as AnyTensor;
}

function defineAvgPool<F>(name: string, axes: number, samples: readonly Sample[], errors: readonly ErrorSample[]) {
  return defineComposite<F>(
    { name, samples, errors },
    (x: AnyTensor, kernelSize: PerAxis, options: AvgPoolOptions = {}) => {
      checkTensor(name, x, 0);
      const spans = slidingSpans(name, x, axes, kernelSize, options, ["countIncludePad"]);
      const { countIncludePad = true, padding = 0 } = options;
      const counts = countsOf(spans, (position, axis) => {
        const width = typeof padding === "number" ? padding : padding[axis]!;
        const { length } = spans[axis]!;
        return countIncludePad ? position < length + width : position >= 0 && position < length;
      });
      return averages(floats(name, x, null), spans, counts);
    },
  );
}

function defineAdaptive<F>(name: string, axes: number, samples: readonly Sample[], errors: readonly ErrorSample[]) {
  return defineComposite<F>({ name, samples, errors }, (x: AnyTensor, outputSize: PerAxis) => {
    checkTensor(name, x, 0);
    const spans = adaptiveSpans(name, x, axes, outputSize);
    return averages(
      floats(name, x, null),
      spans,
      countsOf(spans, (position, axis) => position < spans[axis]!.length),
    );
  });
}

/**
 * Mean of each window along the last axis of x, [..., L]. Integers give float32.
 * @throws ShapeError when no window fits, or one holds padding only; ArgumentError for options that are not whole numbers.
 * @example
 * avgPool1d(tensor([1, 3, 2, 4]), 2).toArray(); // [2, 3]
 * avgPool1d(tensor([1, 3]), 2, { stride: 1, padding: 1 }).toArray(); // [0.5, 2, 1.5]
 */
export const avgPool1d: AvgPool<Length> = defineAvgPool<AvgPool<Length>>(
  "avgPool1d",
  1,
  [
    { args: [draw([2, 2, 6]), 2] },
    { args: [draw([1, 7]), 3, { stride: 2, padding: 1 }] },
    { args: [draw([1, 6]), 3, { stride: 2, padding: 1, countIncludePad: false, ceilMode: true }] },
    { args: [draw([1, 5]), 2, { ceilMode: true }] },
    { args: [draw([4], { dtype: "int32", high: 9 }), 2] },
  ],
  [
    {
      args: [draw([1, 2]), 3],
      error: ShapeError,
      message: /avgPool1d: windows of \[3\] with padding \[0\] and dilation \[1\] do not fit \[1, 2\]; each must hold/,
    },
    {
      args: [draw([4]), 2, { stride: 0 }],
      error: ArgumentError,
      message: /avgPool1d: stride is 0; give a whole number/,
    },
    {
      args: [draw([4]), 2, { dilation: 2 }],
      error: ArgumentError,
      message: /avgPool1d: there is no option "dilation"/,
    },
  ],
);

/**
 * Mean of each window over the last two axes of x, [..., H, W]. Integers give float32.
 * @throws ShapeError when no window fits, or one holds padding only; ArgumentError for options that are not whole numbers.
 * @example
 * avgPool2d(tensor([[1, 2, 3, 4], [5, 6, 7, 8]]), 2).toArray(); // [[3.5, 5.5]]
 */
export const avgPool2d: AvgPool<Plane> = defineAvgPool<AvgPool<Plane>>(
  "avgPool2d",
  2,
  [
    { args: [draw([1, 2, 4, 4]), 2] },
    { args: [draw([3, 4]), [2, 3], { stride: [1, 2], padding: [0, 1], countIncludePad: false }] },
    { args: [draw([0, 4, 4]), 2] },
  ],
  [{ args: [draw([3]), 2], error: ShapeError, message: /avgPool2d: \[3\] has fewer than 2 axes/ }],
);

/**
 * Mean of each window over the last three axes of x, [..., D, H, W]. Integers give float32.
 * @throws ShapeError when no window fits, or one holds padding only; ArgumentError for options that are not whole numbers.
 * @example
 * avgPool3d(ones([1, 1, 4, 4, 4]), 2).shape; // [1, 1, 2, 2, 2]
 */
export const avgPool3d: AvgPool<Volume> = defineAvgPool<AvgPool<Volume>>(
  "avgPool3d",
  3,
  [{ args: [draw([1, 2, 3, 4]), [1, 2, 2], { padding: [0, 1, 0] }] }],
  [{ args: [draw([3, 3]), 2], error: ShapeError, message: /avgPool3d: \[3, 3\] has fewer than 3 axes/ }],
);

/**
 * Means of so many windows that cover the last axis of x: window i from ⌊i L / O⌋ to before ⌈(i + 1) L / O⌉. Integers give
 * float32.
 * @throws ShapeError when the axis is empty; ArgumentError for a size that is not whole and positive.
 * @example
 * adaptiveAvgPool1d(tensor([1, 2, 3]), 2).toArray(); // [1.5, 2.5]
 */
export const adaptiveAvgPool1d: AdaptiveAvgPool<Length> = defineAdaptive<AdaptiveAvgPool<Length>>(
  "adaptiveAvgPool1d",
  1,
  [{ args: [draw([2, 5]), 3] }, { args: [draw([2, 2, 6]), 3] }],
  [
    { args: [draw([0]), 1], error: ShapeError, message: /adaptiveAvgPool1d: \[0\] has no element along an axis/ },
    { args: [draw([2]), 0], error: ArgumentError, message: /adaptiveAvgPool1d: outputSize is 0/ },
  ],
);

/**
 * Means of so many windows that cover the last two axes of x: along each, window i from ⌊i L / O⌋ to before ⌈(i + 1) L / O⌉.
 * Integers give float32.
 * @throws ShapeError when an axis is empty; ArgumentError for sizes that are not whole and positive.
 * @example
 * adaptiveAvgPool2d(tensor([[1, 2, 3], [4, 5, 6]]), [1, 2]).toArray(); // [[3, 4]]
 */
export const adaptiveAvgPool2d: AdaptiveAvgPool<Plane> = defineAdaptive<AdaptiveAvgPool<Plane>>(
  "adaptiveAvgPool2d",
  2,
  [{ args: [draw([2, 3, 5]), [2, 3]] }, { args: [draw([1, 4, 4]), 2] }],
  [{ args: [draw([2]), 1], error: ShapeError, message: /adaptiveAvgPool2d: \[2\] has fewer than 2 axes/ }],
);
