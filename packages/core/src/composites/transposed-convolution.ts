import type { Promote } from "../dtype-types.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { defineComposite, draw, type ErrorSample, type Sample } from "../op.ts";
import { convolveInput } from "../ops/convolution-transposes.ts";
import { type PerAxis, perAxis, reach } from "../ops/spatial.ts";
import { checkOptions } from "../options.ts";
import { showShape } from "../shape.ts";
import type { OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { checkOperands, type Length, type Padding, type Plane, type Volume, widthsOf, withBias } from "./convolving.ts";

export interface TransposedConvolutionOptions {
  /** How far the kernel moves from one input to the next; 1 if not given. */
  readonly stride?: PerAxis;
  /** How much of both ends of the result is left out; 0 if not given. */
  readonly padding?: Padding;
  /** How much longer the result is at its end, to choose among the sizes that a convolution with this stride makes equal. */
  readonly outputPadding?: PerAxis;
  /** How far the elements are apart that a kernel writes; 1 if not given. */
  readonly dilation?: PerAxis;
  /** Into how many groups the channels fall, each with a kernel of its own; 1 if not given. */
  readonly groups?: number;
}

/** Signature of transposed convolutions. */
export type ConvTranspose<Spatial extends readonly number[]> = <X extends AnyTensor, W extends AnyTensor>(
  x: X,
  weight: W,
  bias?: AnyTensor | null,
  options?: TransposedConvolutionOptions,
) => Tensor<readonly [OperandShape<X>[0], number, ...Spatial], Promote<OperandDType<X>, OperandDType<W>>>;

function defineTransposed<F>(name: string, axes: number, samples: readonly Sample[], errors: readonly ErrorSample[]) {
  return defineComposite<F>(
    { name, samples, errors },
    (x: AnyTensor, weight: AnyTensor, bias?: AnyTensor | null, options: TransposedConvolutionOptions = {}) => {
      checkOperands(name, axes, x, weight);
      checkOptions(name, options, "stride", "padding", "outputPadding", "dilation", "groups");
      const strides = perAxis(name, "stride", options.stride ?? 1, axes);
      const dilation = perAxis(name, "dilation", options.dilation ?? 1, axes);
      const groups = perAxis(name, "groups", options.groups ?? 1, 1)[0]!;
      const more = perAxis(name, "outputPadding", options.outputPadding ?? 0, axes, 0);
      const widths = widthsOf(name, options.padding ?? 0, axes);
      const shapes = `${showShape(x.shape)} and a weight of ${showShape(weight.shape)}`;
      if (x.shape[1] !== weight.shape[0] || x.shape[1]! % groups !== 0) {
        throw new ShapeError(
          name,
          `${shapes} do not share channels that fall into ${groups} group${groups === 1 ? "" : "s"}`,
          `a transposed weight is [in, out / groups, ...]: give [${x.shape[1]}, ...]`,
        );
      }
      if (more.some((extra, i) => extra >= Math.max(strides[i]!, dilation[i]!))) {
        throw new ArgumentError(
          name,
          `outputPadding ${showShape(more)} is not below stride ${showShape(strides)} or dilation ${showShape(dilation)}`,
          "it only chooses among the sizes that a convolution makes equal",
        );
      }
      // What the result has at its end beyond the reach of the kernels is padding that was taken away.
      const padding = widths.map(([before, after], i) => [before, after - more[i]!] as const);
      const sizes = strides.map((stride, i) => {
        const full = (x.shape[i + 2]! - 1) * stride + reach(weight.shape[i + 2]!, dilation[i]!);
        return full - padding[i]![0] - padding[i]![1];
      });
      if (sizes.some((size) => size < 1)) {
        throw new ShapeError(name, `${shapes} leave nothing: a result of ${showShape(sizes)}`, "pad less");
      }
      return withBias(name, convolveInput(x, weight, sizes, { strides, padding, dilation, groups }), bias);
    },
  );
}

/**
 * Transposed convolution over one axis, the map that is the gradient of `conv1d` by its input: x of [N, C, L] and a weight of
 * [C, O / groups, K] give [N, O, (L − 1)·stride − 2·padding + dilation·(K − 1) + outputPadding + 1] (Dumoulin and
 * Visin, "A guide to convolution arithmetic for deep learning", 2016, section 4).
 * @throws ShapeError when the channels do not fit or nothing is left; DTypeError for float32 with float64; ArgumentError for
 * options that are not whole numbers, or an outputPadding that is not below stride or dilation.
 * @example
 * convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 10]]])).toArray(); // [[[1, 12, 20]]]
 * convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 10]]]), null, { stride: 2 }).toArray(); // [[[1, 10, 2, 20]]]
 */
export const convTranspose1d: ConvTranspose<Length> = defineTransposed<ConvTranspose<Length>>(
  "convTranspose1d",
  1,
  [
    { args: [draw([2, 2, 3]), draw([2, 3, 2]), draw([3])] },
    { args: [draw([1, 2, 3]), draw([2, 1, 3]), null, { stride: 3, padding: 1, outputPadding: 2, groups: 2 }] },
    { args: [draw([1, 1, 2]), draw([1, 1, 2]), null, { stride: 1, outputPadding: 1, dilation: 2 }] },
  ],
  [
    {
      args: [draw([1, 3, 4]), draw([2, 3, 3])],
      error: ShapeError,
      message:
        /convTranspose1d: \[1, 3, 4\] and a weight of \[2, 3, 3\] do not share channels .*; a transposed weight is/,
    },
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2]), null, { stride: 2, outputPadding: 2 }],
      error: ArgumentError,
      message: /convTranspose1d: outputPadding \[2\] is not below stride \[2\] or dilation \[1\]/,
    },
    {
      args: [draw([1, 1, 1]), draw([1, 1, 1]), null, { padding: 1 }],
      error: ShapeError,
      message: /convTranspose1d: .* leave nothing: a result of \[-1\]; pad less/,
    },
  ],
);

/**
 * Transposed convolution over two axes, the map that is the gradient of `conv2d` by its input: x of [N, C, H, W] and a weight
 * of [C, O / groups, K1, K2] give [N, O, ...], sizes as in `convTranspose1d`.
 * @throws ShapeError when the channels do not fit or nothing is left; DTypeError for float32 with float64; ArgumentError for
 * options that are not whole numbers, or an outputPadding that is not below stride or dilation.
 * @example
 * convTranspose2d(ones([1, 1, 2, 1]), tensor([[[[1, 2]]]]), null, { stride: 2 }).toArray(); // [[[[1, 2], [0, 0], [1, 2]]]]
 */
export const convTranspose2d: ConvTranspose<Plane> = defineTransposed<ConvTranspose<Plane>>(
  "convTranspose2d",
  2,
  [
    {
      args: [
        draw([1, 2, 2, 3]),
        draw([2, 2, 2, 2]),
        draw([2]),
        { stride: [2, 1], padding: [0, 1], outputPadding: [1, 0] },
      ],
    },
  ],
  [
    {
      args: [draw([1, 1, 2]), draw([1, 1, 2])],
      error: ShapeError,
      message: /convTranspose2d: .* do not both have 4 axes/,
    },
  ],
);

/**
 * Transposed convolution over three axes, the map that is the gradient of `conv3d` by its input: x of [N, C, D, H, W] and a
 * weight of [C, O / groups, K1, K2, K3] give [N, O, ...], sizes as in `convTranspose1d`.
 * @throws ShapeError when the channels do not fit or nothing is left; DTypeError for float32 with float64; ArgumentError for
 * options that are not whole numbers, or an outputPadding that is not below stride or dilation.
 * @example
 * convTranspose3d(ones([1, 1, 1, 1, 1]), ones([1, 1, 2, 2, 2])).shape; // [1, 1, 2, 2, 2]
 */
export const convTranspose3d: ConvTranspose<Volume> = defineTransposed<ConvTranspose<Volume>>(
  "convTranspose3d",
  3,
  [{ args: [draw([1, 1, 2, 1, 2]), draw([1, 2, 2, 2, 1]), draw([2]), { stride: [1, 2, 2] }] }],
  [
    {
      args: [draw([1, 1, 2]), draw([1, 1, 2])],
      error: ShapeError,
      message: /convTranspose3d: .* do not both have 5 axes/,
    },
  ],
);
