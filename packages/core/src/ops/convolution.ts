import { allocateUnfilled } from "../dtype.ts";
import type { Promote } from "../dtype-types.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw, type ErrorSample } from "../op.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { OperandDType } from "../signatures.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";
import { batchedData } from "./convolution-batching.ts";
import {
  type Convolution,
  type ConvolveOptions,
  convolutionFlops,
  convolutionOf,
  convolvedShape,
  planOf,
  productDType,
} from "./convolution-shapes.ts";
import { convolveInput, convolveKernel } from "./convolution-transposes.ts";

// Three operations and one form: Σ y·conv(x, w) is linear in each of x, w and y, and its derivatives by y, x and w are
// `convolve`, `convolveInput` and `convolveKernel`. Each is bilinear, so that the derivatives of each are the other two.

export type { ConvolveOptions };

/** Signature of `convolve`. */
export type Convolve = <X extends AnyTensor, W extends AnyTensor>(
  x: X,
  w: W,
  options?: ConvolveOptions,
) => Tensor<Shape, Promote<OperandDType<X>, OperandDType<W>>>;

/** Shapes that do not fit. */
const misfit = (message: RegExp, ...args: unknown[]): ErrorSample => ({ args, error: ShapeError, message });

/**
 * Each element of the result is a sum over what a kernel of weights reads: x of [N, C, ...L] (one to three spatial axes)
 * and w of [O, C / groups, ...K] give [N, O, ...]. The kernel is not turned round, as is usual in networks. `conv1d`,
 * `conv2d` and `conv3d` add bias and shorter options to this.
 * @throws ShapeError when the shapes do not fit each other; DTypeError for float32 with float64, or bools.
 * @example
 * convolve(tensor([[[1, 2, 3, 4]]]), tensor([[[1, 10]]])).toArray(); // [[[21, 32, 43]]]
 */
export const convolve: Convolve = defineOp<Convolve, Convolution>({
  name: "convolve",
  parse: (x: AnyTensor, w: AnyTensor, options: ConvolveOptions = {}) => {
    checkTensor("convolve", x, 0);
    checkTensor("convolve", w, 1);
    return { inputs: [x, w], attributes: convolutionOf("convolve", x.shape, options) };
  },
  infer: ([x, w], convolution) => ({
    shape: convolvedShape("convolve", x!.shape, w!.shape, convolution),
    dtype: productDType("convolve", x!.dtype, w!.dtype),
  }),
  forward: ([x, w], convolution, [result]) => {
    const { shape, dtype } = result!;
    const out = allocateUnfilled(dtype, sizeOf(shape));
    kernels.convolve(storageOf(x!), storageOf(w!), out, planOf(x!.shape, w!.shape, shape, convolution));
    return out;
  },
  vjp: [
    ([g], { inputs: [x, w], attributes }) => convolveInput(g!, w!, x!.shape.slice(2), attributes),
    ([g], { inputs: [x, w], attributes }) => convolveKernel(x!, g!, w!.shape.slice(2), attributes),
  ],
  jvp: [
    (t, { inputs: [, w], attributes }) => convolve(t, w!, attributes),
    (t, { inputs: [x], attributes }) => convolve(x!, t, attributes),
  ],
  flops: ({ inputs: [, w], outputs: [y] }) => convolutionFlops(w!.shape, y!.shape),
  batch: (inputs, at) => batchedData(inputs, at, (x, w, groups) => convolve(x, w, { ...at.attributes, groups })),
  samples: [
    { args: [draw([2, 3, 5]), draw([2, 3, 3])] },
    { args: [draw([1, 4, 6]), draw([2, 2, 2]), { strides: 2, padding: [[1, 2]], dilation: 2, groups: 2 }] },
    {
      args: [
        draw([1, 2, 4, 3]),
        draw([2, 2, 2, 3]),
        {
          strides: [2, 1],
          padding: [
            [1, 0],
            [0, 1],
          ],
        },
      ],
    },
    { args: [draw([2, 2, 3, 2]), draw([3, 2, 1, 1])] },
    {
      args: [
        draw([1, 1, 3, 2, 3]),
        draw([2, 1, 2, 2, 2]),
        {
          padding: [
            [0, 1],
            [-1, 1],
            [0, 0],
          ],
        },
      ],
    },
    { args: [draw([0, 1, 3]), draw([2, 1, 2])] },
    { args: [draw([1, 1, 3], { dtype: "int32" }), draw([1, 1, 2], { dtype: "float32" })] },
  ],
  errors: [
    {
      args: [draw([1, 3, 5]), draw([4, 2, 3])],
      error: ShapeError,
      message:
        /convolve: \[1, 3, 5\] and a weight of \[4, 2, 3\] differ in channels with 1 group; give a weight of \[out, 3/,
    },
    misfit(
      /convolve: \[1, 4, 5\] and a weight of \[3, 2, 3\] do not fall into 2 groups/,
      draw([1, 4, 5]),
      draw([3, 2, 3]),
      { groups: 2 },
    ),
    misfit(/convolve: \[1, 1, 2\] and a weight of \[1, 1, 2\] leave no room/, draw([1, 1, 2]), draw([1, 1, 2]), {
      dilation: 3,
    }),
    misfit(
      /convolve: \[1, 1, 4\] and a weight of \[1, 1, 2, 2\] do not have 1 spatial/,
      draw([1, 1, 4]),
      draw([1, 1, 2, 2]),
    ),
    misfit(/convolve: \[1, 4\] has no 1 to 3 spatial axes/, draw([1, 4]), draw([1, 1])),
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2]), { strides: 0 }],
      error: ArgumentError,
      message: /convolve: strides is 0/,
    },
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2]), { padding: [[1]] }],
      error: ArgumentError,
      message: /convolve: padding is \[\[1\]\]; give \[before, after\]/,
    },
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2], { dtype: "float32" })],
      error: DTypeError,
      message: /convolve: float64 and float32 do not mix/,
    },
  ],
});
