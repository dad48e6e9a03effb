import { allocate } from "../dtype.ts";
import type { Promote } from "../dtype-types.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import { checkShape, type Shape, sizeOf } from "../shape.ts";
import type { OperandDType } from "../signatures.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";
import {
  type Convolution,
  type ConvolveOptions,
  checkConvolved,
  convolutionOf,
  convolvedShape,
  planOf,
  productDType,
} from "./convolution-shapes.ts";

// Three operations and one form: Σ y·conv(x, w) is linear in each of x, w and y, and its derivatives by y, x and w are
// `convolve`, `convolveInput` and `convolveKernel`. Each is bilinear, so that the derivatives of each are the other two.

export type { ConvolveOptions };

/** Signature of `convolve`. */
export type Convolve = <X extends AnyTensor, W extends AnyTensor>(
  x: X,
  w: W,
  options?: ConvolveOptions,
) => Tensor<Shape, Promote<OperandDType<X>, OperandDType<W>>>;

/** Signature of `convolveInput` and `convolveKernel`. */
export type ConvolveBack = <X extends AnyTensor, W extends AnyTensor>(
  x: X,
  w: W,
  sizes: Shape,
  options?: ConvolveOptions,
) => Tensor<Shape, Promote<OperandDType<X>, OperandDType<W>>>;

/** A convolution, and the sizes of the spatial axes that its result has. */
interface Sized extends Convolution {
  readonly sizes: Shape;
}

const unsized = ({ strides, padding, dilation, groups }: Sized): Convolution => ({
  strides,
  padding,
  dilation,
  groups,
});

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
    const out = allocate(dtype, sizeOf(shape));
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
    {
      args: [draw([1, 4, 5]), draw([3, 2, 3]), { groups: 2 }],
      error: ShapeError,
      message: /convolve: \[1, 4, 5\] and a weight of \[3, 2, 3\] do not fall into 2 groups/,
    },
    {
      args: [draw([1, 1, 2]), draw([1, 1, 2]), { dilation: 3 }],
      error: ShapeError,
      message: /convolve: \[1, 1, 2\] and a weight of \[1, 1, 2\] leave no room/,
    },
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2, 2])],
      error: ShapeError,
      message: /convolve: \[1, 1, 4\] and a weight of \[1, 1, 2, 2\] do not have 1 spatial/,
    },
    { args: [draw([1, 4]), draw([1, 1])], error: ShapeError, message: /convolve: \[1, 4\] has no 1 to 3 spatial axes/ },
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2]), { strides: 0 }],
      error: ArgumentError,
      message: /convolve: strides is 0/,
    },
    {
      args: [draw([1, 1, 4]), draw([1, 1, 2], { dtype: "float32" })],
      error: DTypeError,
      message: /convolve: float64 and float32 do not mix/,
    },
  ],
});

/**
 * The transpose of `convolve` by its input, also known as transposed convolution: g of [N, O, ...] and w of
 * [O, C / groups, ...K] give [N, C, ...sizes]. The sizes are to be given, because a convolution with strides gives the same
 * shape for several of them.
 * @throws ShapeError unless `convolve` of an x of that shape has the shape of g; DTypeError for float32 with float64, or bools.
 * @example
 * convolveInput(tensor([[[1, 2]]]), tensor([[[1, 10]]]), [3]).toArray(); // [[[1, 12, 20]]]
 */
export const convolveInput: ConvolveBack = defineOp<ConvolveBack, Sized>({
  name: "convolveInput",
  parse: (g: AnyTensor, w: AnyTensor, sizes: Shape, options: ConvolveOptions = {}) => {
    checkTensor("convolveInput", g, 0);
    checkTensor("convolveInput", w, 1);
    return {
      inputs: [g, w],
      attributes: { ...convolutionOf("convolveInput", g.shape, options), sizes: checkShape("convolveInput", sizes) },
    };
  },
  infer: ([g, w], { sizes, ...convolution }) => {
    const shape = [g!.shape[0]!, (w!.shape[1] ?? 0) * convolution.groups, ...sizes];
    checkConvolved("convolveInput", shape, w!.shape, g!.shape, convolution);
    return { shape, dtype: productDType("convolveInput", g!.dtype, w!.dtype) };
  },
  forward: ([g, w], convolution, [result]) => {
    const { shape, dtype } = result!;
    const out = allocate(dtype, sizeOf(shape));
    kernels.convolveInput(storageOf(g!), storageOf(w!), out, planOf(shape, w!.shape, g!.shape, convolution));
    return out;
  },
  vjp: [
    ([x], { inputs: [, w], attributes }) => convolve(x!, w!, unsized(attributes)),
    ([x], { inputs: [g, w], attributes }) => convolveKernel(x!, g!, w!.shape.slice(2), unsized(attributes)),
  ],
  jvp: [
    (t, { inputs: [, w], attributes }) => convolveInput(t, w!, attributes.sizes, unsized(attributes)),
    (t, { inputs: [g], attributes }) => convolveInput(g!, t, attributes.sizes, unsized(attributes)),
  ],
  samples: [
    { args: [draw([2, 2, 3]), draw([2, 3, 3]), [5]] },
    { args: [draw([1, 2, 4]), draw([2, 2, 2]), [6], { strides: 2, padding: [[1, 2]], dilation: 2, groups: 2 }] },
    {
      args: [
        draw([1, 2, 2, 2]),
        draw([2, 2, 2, 3]),
        [4, 3],
        {
          strides: [2, 1],
          padding: [
            [1, 0],
            [0, 1],
          ],
        },
      ],
    },
    { args: [draw([2, 3, 3, 2]), draw([3, 2, 1, 1]), [3, 2]] },
    {
      args: [
        draw([1, 2, 2, 1, 2]),
        draw([2, 1, 2, 2, 2]),
        [3, 2, 3],
        {
          padding: [
            [0, 0],
            [-1, 1],
            [0, 0],
          ],
        },
      ],
    },
  ],
  errors: [
    {
      args: [draw([1, 1, 3]), draw([1, 1, 2]), [3]],
      error: ShapeError,
      message: /convolveInput: \[1, 1, 3\] and a weight of \[1, 1, 2\] convolve to \[1, 1, 2\], not \[1, 1, 3\]/,
    },
    { args: [draw([1, 1, 3]), draw([1, 1, 2]), [1]], error: ShapeError, message: /convolveInput: .* leave no room/ },
  ],
});

/**
 * The transpose of `convolve` by its weight: x of [N, C, ...L] and g of [N, O, ...] give [O, C / groups, ...sizes], how much
 * each weight took part.
 * @throws ShapeError unless `convolve` with a weight of that shape has the shape of g; DTypeError for float32 with float64, or
 * bools.
 * @example
 * convolveKernel(tensor([[[1, 2, 3]]]), tensor([[[1, 10]]]), [2]).toArray(); // [[[21, 32]]]
 */
export const convolveKernel: ConvolveBack = defineOp<ConvolveBack, Sized>({
  name: "convolveKernel",
  parse: (x: AnyTensor, g: AnyTensor, sizes: Shape, options: ConvolveOptions = {}) => {
    checkTensor("convolveKernel", x, 0);
    checkTensor("convolveKernel", g, 1);
    return {
      inputs: [x, g],
      attributes: { ...convolutionOf("convolveKernel", x.shape, options), sizes: checkShape("convolveKernel", sizes) },
    };
  },
  infer: ([x, g], { sizes, ...convolution }) => {
    const shape = [g!.shape[1] ?? 0, Math.floor(x!.shape[1]! / convolution.groups), ...sizes];
    checkConvolved("convolveKernel", x!.shape, shape, g!.shape, convolution);
    return { shape, dtype: productDType("convolveKernel", x!.dtype, g!.dtype) };
  },
  forward: ([x, g], convolution, [result]) => {
    const { shape, dtype } = result!;
    const out = allocate(dtype, sizeOf(shape));
    kernels.convolveKernel(storageOf(x!), storageOf(g!), out, planOf(x!.shape, shape, g!.shape, convolution));
    return out;
  },
  vjp: [
    ([w], { inputs: [x, g], attributes }) => convolveInput(g!, w!, x!.shape.slice(2), unsized(attributes)),
    ([w], { inputs: [x], attributes }) => convolve(x!, w!, unsized(attributes)),
  ],
  jvp: [
    (t, { inputs: [, g], attributes }) => convolveKernel(t, g!, attributes.sizes, unsized(attributes)),
    (t, { inputs: [x], attributes }) => convolveKernel(x!, t, attributes.sizes, unsized(attributes)),
  ],
  samples: [
    { args: [draw([2, 3, 5]), draw([2, 2, 3]), [3]] },
    { args: [draw([1, 4, 6]), draw([1, 2, 4]), [2], { strides: 2, padding: [[1, 2]], dilation: 2, groups: 2 }] },
    {
      args: [
        draw([1, 2, 4, 3]),
        draw([1, 2, 2, 2]),
        [2, 3],
        {
          strides: [2, 1],
          padding: [
            [1, 0],
            [0, 1],
          ],
        },
      ],
    },
    { args: [draw([2, 2, 3, 2]), draw([2, 3, 3, 2]), [1, 1]] },
    {
      args: [
        draw([1, 1, 3, 2, 3]),
        draw([1, 2, 2, 1, 2]),
        [2, 2, 2],
        {
          padding: [
            [0, 0],
            [-1, 1],
            [0, 0],
          ],
        },
      ],
    },
    { args: [draw([0, 1, 3]), draw([0, 2, 2]), [2]] },
  ],
  errors: [
    {
      args: [draw([1, 1, 3]), draw([2, 1, 2]), [2]],
      error: ShapeError,
      message: /convolveKernel: \[1, 1, 3\] and a weight of \[1, 1, 2\] convolve to \[1, 1, 2\], not \[2, 1, 2\]/,
    },
    {
      args: [draw([1, 3, 3]), draw([1, 2, 2]), [2], { groups: 2 }],
      error: ShapeError,
      message: /convolveKernel: .* differ in channels with 2 groups; give channels that fall into groups/,
    },
  ],
});
