import { allocateUnfilled } from "../dtype.ts";
import type { Promote } from "../dtype-types.ts";
import { ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw, type ErrorSample } from "../op.ts";
import { checkShape, type Shape, sizeOf } from "../shape.ts";
import type { OperandDType } from "../signatures.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";
import { type ConvolveOptions, convolve } from "./convolution.ts";
import { batchedData, batchedWeights } from "./convolution-batching.ts";
import {
  type Convolution,
  checkConvolved,
  convolutionFlops,
  convolutionOf,
  planOf,
  productDType,
} from "./convolution-shapes.ts";

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

/** Shapes that do not fit. */
const misfit = (message: RegExp, ...args: unknown[]): ErrorSample => ({ args, error: ShapeError, message });

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
    const out = allocateUnfilled(dtype, sizeOf(shape));
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
  flops: ({ inputs: [g, w] }) => convolutionFlops(w!.shape, g!.shape),
  batch: (inputs, at) =>
    batchedData(inputs, at, (g, w, groups) =>
      convolveInput(g, w, at.attributes.sizes, { ...unsized(at.attributes), groups }),
    ),
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
    misfit(
      /convolveInput: \[1, 1, 3\] and a weight of \[1, 1, 2\] convolve to \[1, 1, 2\], not \[1, 1, 3\]/,
      draw([1, 1, 3]),
      draw([1, 1, 2]),
      [3],
    ),
    misfit(/convolveInput: .* leave no room/, draw([1, 1, 3]), draw([1, 1, 2]), [1]),
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
    const out = allocateUnfilled(dtype, sizeOf(shape));
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
  flops: ({ inputs: [, g], outputs: [w] }) => convolutionFlops(w!.shape, g!.shape),
  batch: (inputs, at) =>
    batchedWeights(inputs, at, (x, g, groups) =>
      convolveKernel(x, g, at.attributes.sizes, { ...unsized(at.attributes), groups }),
    ),
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
    misfit(
      /convolveKernel: \[1, 1, 3\] and a weight of \[1, 1, 2\] convolve to \[1, 1, 2\], not \[2, 1, 2\]/,
      draw([1, 1, 3]),
      draw([2, 1, 2]),
      [2],
    ),
    misfit(
      /convolveKernel: .* differ in channels with 2 groups; give channels that fall into groups/,
      draw([1, 3, 3]),
      draw([1, 2, 2]),
      [2],
      { groups: 2 },
    ),
  ],
});
