import type { Promote } from "../dtype-types.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { defineComposite, draw, type ErrorSample, type Sample } from "../op.ts";
import { convolve } from "../ops/convolution.ts";
import { convolvedShape } from "../ops/convolution-shapes.ts";
import { type PerAxis, perAxis, reach } from "../ops/spatial.ts";
import { checkOptions } from "../options.ts";
import { showShape } from "../shape.ts";
import type { OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { checkOperands, type Length, type Padding, type Plane, type Volume, widthsOf, withBias } from "./convolving.ts";

export type { Length, Padding, PerAxis, Plane, Volume };

export interface ConvolutionOptions {
  /** How far the kernel moves from one output to the next; 1 if not given. */
  readonly stride?: PerAxis;
  /** Zeros around x; 0, which is "valid", if not given. "same" keeps the sizes of x, for stride 1; an odd zero comes last. */
  readonly padding?: Padding | "same" | "valid";
  /** How far the elements are apart that a kernel reads; 1 if not given. */
  readonly dilation?: PerAxis;
  /** Into how many groups the channels fall, each with a kernel of its own; 1 if not given. */
  readonly groups?: number;
}

/** Signature of convolutions: batch and channels are followed, spatial sizes are not. */
export type Conv<Spatial extends readonly number[]> = <X extends AnyTensor, W extends AnyTensor>(
  x: X,
  weight: W,
  bias?: AnyTensor | null,
  options?: ConvolutionOptions,
) => Tensor<readonly [OperandShape<X>[0], OperandShape<W>[0], ...Spatial], Promote<OperandDType<X>, OperandDType<W>>>;

/** Zeros that keep the sizes of x; where their number is odd, the last one is at the end. */
function samePadding(name: string, kernel: readonly number[], strides: readonly number[], dilation: readonly number[]) {
  if (strides.some((stride) => stride !== 1)) {
    throw new ArgumentError(name, `stride ${showShape(strides)} cannot keep the sizes`, "give padding in numbers");
  }
  return kernel.map((size, i) => {
    const total = reach(size, dilation[i]!) - 1;
    return [total >> 1, total - (total >> 1)] as const;
  });
}

function defineConvolution<F>(name: string, axes: number, samples: readonly Sample[], errors: readonly ErrorSample[]) {
  return defineComposite<F>(
    { name, samples, errors },
    (x: AnyTensor, weight: AnyTensor, bias?: AnyTensor | null, options: ConvolutionOptions = {}) => {
      checkOperands(name, axes, x, weight);
      checkOptions(name, options, "stride", "padding", "dilation", "groups");
      const { padding = 0 } = options;
      const strides = perAxis(name, "stride", options.stride ?? 1, axes);
      const dilation = perAxis(name, "dilation", options.dilation ?? 1, axes);
      const groups = perAxis(name, "groups", options.groups ?? 1, 1)[0]!;
      const widths =
        padding === "same"
          ? samePadding(name, weight.shape.slice(2), strides, dilation)
          : widthsOf(name, padding === "valid" ? 0 : padding, axes);
      const convolution = { strides, padding: widths, dilation, groups };
      // Refused here, under the name that was called.
      convolvedShape(name, x.shape, weight.shape, convolution);
      return withBias(name, convolve(x, weight, convolution), bias);
    },
  );
}

/**
 * Convolution over one axis: x of [N, C, L] and a weight of [O, C / groups, K] give [N, O, ...]. As everywhere in networks the
 * kernel is not turned round: it is cross-correlation.
 * @throws ShapeError when the channels do not fit, or the kernel is larger than the padded x; DTypeError for float32 with
 * float64; ArgumentError for options that are not whole numbers.
 * @example
 * conv1d(tensor([[[1, 2, 3]]]), tensor([[[1, 10]]])).toArray(); // [[[21, 32]]]
 * conv1d(tensor([[[1, 2, 3]]]), tensor([[[1, 10]]]), null, { padding: "same" }).toArray(); // [[[21, 32, 3]]]
 */
export const conv1d: Conv<Length> = defineConvolution<Conv<Length>>(
  "conv1d",
  1,
  [
    { args: [draw([2, 2, 4]), draw([3, 2, 2]), draw([3])] },
    { args: [draw([1, 4, 5]), draw([2, 2, 2]), null, { stride: 2, padding: [[1, 0]], dilation: 2, groups: 2 }] },
    { args: [draw([1, 1, 3]), draw([1, 1, 2]), draw([1]), { padding: "same" }] },
  ],
  [
    {
      args: [draw([2, 3, 5]), draw([4, 2, 3])],
      error: ShapeError,
      message:
        /conv1d: \[2, 3, 5\] and a weight of \[4, 2, 3\] differ in channels with 1 group; give a weight of \[out, 3/,
    },
    {
      args: [draw([3, 5]), draw([4, 3, 3])],
      error: ShapeError,
      message: /conv1d: .* do not both have 3 axes; give \[batch/,
    },
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2]), null, { padding: "same", stride: 2 }],
      error: ArgumentError,
      message: /conv1d: stride \[2\] cannot keep the sizes/,
    },
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2]), null, { padding: -1 }],
      error: ArgumentError,
      message: /conv1d: padding is -1; give a whole number, 0 or more/,
    },
  ],
);

/**
 * Convolution over two axes: x of [N, C, H, W] and a weight of [O, C / groups, K1, K2] give [N, O, ...]. As everywhere in
 * networks the kernel is not turned round: it is cross-correlation.
 * @throws ShapeError when the channels do not fit, or the kernel is larger than the padded x; DTypeError for float32 with
 * float64; ArgumentError for options that are not whole numbers.
 * @example
 * conv2d(ones([1, 1, 3, 3]), ones([1, 1, 2, 2])).toArray(); // [[[[4, 4], [4, 4]]]]
 * conv2d(ones([1, 1, 3, 3]), ones([1, 1, 2, 2]), tensor([1]), { stride: 2, padding: 1 }).toArray(); // [[[[2, 3], [3, 5]]]]
 */
export const conv2d: Conv<Plane> = defineConvolution<Conv<Plane>>(
  "conv2d",
  2,
  [
    { args: [draw([1, 2, 3, 4]), draw([2, 2, 2, 3]), draw([2]), { padding: [0, 1] }] },
    { args: [draw([1, 2, 4, 3]), draw([2, 1, 2, 2]), null, { stride: [2, 1], padding: 1, groups: 2 }] },
  ],
  [
    {
      args: [draw([1, 1, 2, 2]), draw([1, 1, 3, 3])],
      error: ShapeError,
      message:
        /conv2d: \[1, 1, 2, 2\] and a weight of \[1, 1, 3, 3\] leave no room: .*; pad more, or use a smaller kernel/,
    },
    {
      args: [draw([1, 4, 2, 2]), draw([3, 2, 1, 1]), null, { groups: 2 }],
      error: ShapeError,
      message: /conv2d: .* do not fall into 2 groups; the first axis of the weight must be a multiple of 2/,
    },
    {
      args: [draw([1, 1, 2, 2]), draw([3, 1, 1, 1]), draw([2])],
      error: ShapeError,
      message: /conv2d: a bias of \[2\] does not fit a result of \[1, 3, 2, 2\]; give \[3\]/,
    },
    {
      args: [draw([1, 1, 2, 2]), draw([1, 1, 1, 1]), null, { stride: [1, 0] }],
      error: ArgumentError,
      message: /conv2d: stride is \[1, 0\]; give a whole number, 1 or more, or 2 of them/,
    },
  ],
);

/**
 * Convolution over three axes: x of [N, C, D, H, W] and a weight of [O, C / groups, K1, K2, K3] give [N, O, ...]. As
 * everywhere in networks the kernel is not turned round: it is cross-correlation.
 * @throws ShapeError when the channels do not fit, or the kernel is larger than the padded x; DTypeError for float32 with
 * float64; ArgumentError for options that are not whole numbers.
 * @example
 * conv3d(ones([1, 1, 2, 2, 2]), ones([1, 1, 2, 2, 2])).item(); // 8
 */
export const conv3d: Conv<Volume> = defineConvolution<Conv<Volume>>(
  "conv3d",
  3,
  [{ args: [draw([1, 1, 3, 2, 3]), draw([2, 1, 2, 2, 2]), draw([2]), { padding: [1, 0, 0], stride: [2, 1, 1] }] }],
  [
    {
      args: [draw([1, 1, 2, 2]), draw([1, 1, 2, 2])],
      error: ShapeError,
      message: /conv3d: .* do not both have 5 axes/,
    },
  ],
);
