import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw, type ErrorSample, type Sample } from "../op.ts";
import { poolMaxima } from "../ops/max-pool.ts";
import type { PerAxis } from "../ops/spatial.ts";
import { checkOptions } from "../options.ts";
import type { OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import type { Length, Plane, Volume } from "./convolving.ts";
import { adaptiveSpans, insideOnly, type Pooled, type PoolOptions, type Spans, slidingSpans } from "./pool-windows.ts";

export type { Pooled, PoolOptions };

export interface MaxPoolOptions extends PoolOptions {
  /** How far the elements of a window are apart; 1 if not given. */
  readonly dilation?: PerAxis;
}

/** The maxima, or with `returnIndices` both maxima and their positions. */
type Maxima<X, Spatial extends readonly number[], Both extends boolean> = Both extends true
  ? readonly [
      Tensor<Pooled<OperandShape<X>, Spatial>, OperandDType<X>>,
      Tensor<Pooled<OperandShape<X>, Spatial>, "int32">,
    ]
  : Tensor<Pooled<OperandShape<X>, Spatial>, OperandDType<X>>;

/** Signature of `maxPool1d`, `maxPool2d` and `maxPool3d`. */
export type MaxPool<Spatial extends readonly number[]> = <X extends AnyTensor, Both extends boolean = false>(
  x: X,
  kernelSize: PerAxis,
  options?: MaxPoolOptions & { readonly returnIndices?: Both },
) => Maxima<X, Spatial, Both>;

/** Signature of `adaptiveMaxPool1d` and `adaptiveMaxPool2d`. */
export type AdaptiveMaxPool<Spatial extends readonly number[]> = <X extends AnyTensor, Both extends boolean = false>(
  x: X,
  outputSize: PerAxis,
  options?: { readonly returnIndices?: Both },
) => Maxima<X, Spatial, Both>;

/** The maxima of windows, or these and their positions. */
function maxima(x: AnyTensor, spans: readonly Spans[], returnIndices: boolean): AnyTensor | readonly AnyTensor[] {
  const both = poolMaxima(x, spans.map(insideOnly));
  return returnIndices ? both : both[0];
}

function defineMaxPool<F>(name: string, axes: number, samples: readonly Sample[], errors: readonly ErrorSample[]) {
  return defineComposite<F>(
    { name, samples, errors },
    (x: AnyTensor, kernelSize: PerAxis, options: MaxPoolOptions & { readonly returnIndices?: boolean } = {}) => {
      checkTensor(name, x, 0);
      const spans = slidingSpans(name, x, axes, kernelSize, options, ["dilation", "returnIndices"]);
      return maxima(x, spans, options.returnIndices ?? false);
    },
  );
}

function defineAdaptive<F>(name: string, axes: number, samples: readonly Sample[], errors: readonly ErrorSample[]) {
  return defineComposite<F>(
    { name, samples, errors },
    (x: AnyTensor, outputSize: PerAxis, options: { readonly returnIndices?: boolean } = {}) => {
      checkTensor(name, x, 0);
      checkOptions(name, options, "returnIndices");
      return maxima(x, adaptiveSpans(name, x, axes, outputSize), options.returnIndices ?? false);
    },
  );
}

const distinct = { distinct: true } as const;

/**
 * Largest element of each window along the last axis of x, [..., L]. The first of several takes the whole gradient; NaN is
 * the largest.
 * @param options With `returnIndices` there is a second result, the int32 positions of the maxima in the axis.
 * @throws ShapeError when no window fits, or one holds padding only; ArgumentError for options that are not whole numbers.
 * @example
 * maxPool1d(tensor([1, 3, 2, 4]), 2).toArray(); // [3, 4]
 * maxPool1d(tensor([1, 3, 2, 4]), 2, { stride: 1, returnIndices: true })[1].toArray(); // [1, 1, 3]
 */
export const maxPool1d: MaxPool<Length> = defineMaxPool<MaxPool<Length>>(
  "maxPool1d",
  1,
  [
    { args: [draw([2, 2, 6], distinct), 2] },
    { args: [draw([1, 2, 7], distinct), 3, { stride: 2, padding: 1, returnIndices: true }] },
    { args: [draw([2, 6], distinct), 2, { stride: 3, dilation: 2, ceilMode: true }] },
    { args: [draw([4], { dtype: "int32", high: 9 }), 2] },
  ],
  [
    {
      args: [draw([1, 2]), 3],
      error: ShapeError,
      message: /maxPool1d: windows of \[3\] with padding \[0\] and dilation \[1\] do not fit \[1, 2\]; each must hold/,
    },
    { args: [draw([1, 4]), 2, { padding: 3 }], error: ShapeError, message: /maxPool1d: windows of .* at most half/ },
    { args: [draw([]), 1], error: ShapeError, message: /maxPool1d: \[\] has fewer than 1 axes/ },
    {
      args: [draw([4]), 0],
      error: ArgumentError,
      message: /maxPool1d: kernelSize is 0; give a whole number, 1 or more/,
    },
    {
      args: [draw([4]), 2, { size: 2 }],
      error: ArgumentError,
      message: /maxPool1d: there is no option "size"; use stride/,
    },
  ],
);

/**
 * Largest element of each window over the last two axes of x, [..., H, W]. The first of several, in row-major order, takes
 * the whole gradient; NaN is the largest.
 * @param options With `returnIndices` there is a second result, the int32 positions of the maxima in the flattened plane.
 * @throws ShapeError when no window fits, or one holds padding only; ArgumentError for options that are not whole numbers.
 * @example
 * maxPool2d(tensor([[1, 2, 3, 4], [5, 6, 7, 8]]), 2).toArray(); // [[6, 8]]
 */
export const maxPool2d: MaxPool<Plane> = defineMaxPool<MaxPool<Plane>>(
  "maxPool2d",
  2,
  [
    { args: [draw([1, 2, 4, 4], distinct), 2] },
    { args: [draw([1, 3, 4], distinct), [2, 3], { stride: [1, 2], padding: [0, 1], returnIndices: true }] },
    { args: [draw([0, 1, 4, 4]), 2] },
  ],
  [
    {
      args: [draw([3]), 2],
      error: ShapeError,
      message: /maxPool2d: \[3\] has fewer than 2 axes; give \[batch, channels/,
    },
    {
      args: [draw([3, 3]), [2, 2, 2]],
      error: ArgumentError,
      message: /maxPool2d: kernelSize is \[2, 2, 2\]; .* 2 of them/,
    },
  ],
);

/**
 * Largest element of each window over the last three axes of x, [..., D, H, W]. The first of several, in row-major order,
 * takes the whole gradient; NaN is the largest.
 * @param options With `returnIndices` there is a second result, the int32 positions of the maxima in the flattened volume.
 * @throws ShapeError when no window fits, or one holds padding only; ArgumentError for options that are not whole numbers.
 * @example
 * maxPool3d(ones([1, 1, 4, 4, 4]), 2).shape; // [1, 1, 2, 2, 2]
 */
export const maxPool3d: MaxPool<Volume> = defineMaxPool<MaxPool<Volume>>(
  "maxPool3d",
  3,
  [{ args: [draw([1, 2, 3, 4], distinct), [1, 2, 2], { padding: [0, 1, 0] }] }],
  [{ args: [draw([3, 3]), 2], error: ShapeError, message: /maxPool3d: \[3, 3\] has fewer than 3 axes/ }],
);

/**
 * Largest elements of so many windows that cover the last axis of x: window i from ⌊i L / O⌋ to before ⌈(i + 1) L / O⌉.
 * @param options With `returnIndices` there is a second result, the int32 positions of the maxima in the axis.
 * @throws ShapeError when the axis is empty; ArgumentError for a size that is not whole and positive.
 * @example
 * adaptiveMaxPool1d(tensor([1, 3, 2, 4, 0]), 2).toArray(); // [3, 4]
 */
export const adaptiveMaxPool1d: AdaptiveMaxPool<Length> = defineAdaptive<AdaptiveMaxPool<Length>>(
  "adaptiveMaxPool1d",
  1,
  [{ args: [draw([2, 5], distinct), 3] }, { args: [draw([2, 6], distinct), 3, { returnIndices: true }] }],
  [
    { args: [draw([0]), 1], error: ShapeError, message: /adaptiveMaxPool1d: \[0\] has no element along an axis/ },
    { args: [draw([2]), 0], error: ArgumentError, message: /adaptiveMaxPool1d: outputSize is 0/ },
  ],
);

/**
 * Largest elements of so many windows that cover the last two axes of x: along each, window i from ⌊i L / O⌋ to before
 * ⌈(i + 1) L / O⌉.
 * @param options With `returnIndices` there is a second result, the int32 positions of the maxima in the flattened plane.
 * @throws ShapeError when an axis is empty; ArgumentError for sizes that are not whole and positive.
 * @example
 * adaptiveMaxPool2d(tensor([[1, 2, 3], [4, 5, 6]]), [1, 2]).toArray(); // [[5, 6]]
 */
export const adaptiveMaxPool2d: AdaptiveMaxPool<Plane> = defineAdaptive<AdaptiveMaxPool<Plane>>(
  "adaptiveMaxPool2d",
  2,
  [{ args: [draw([2, 3, 5], distinct), [2, 3], { returnIndices: true }] }, { args: [draw([2, 4, 4], distinct), 2] }],
  [{ args: [draw([2]), 1], error: ShapeError, message: /adaptiveMaxPool2d: \[2\] has fewer than 2 axes/ }],
);
