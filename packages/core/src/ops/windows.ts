import { allocate } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import { checkOptions } from "../options.ts";
import { checkShape, type Shape, sameShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import type { OperandDType } from "../signatures.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";
import { countWindows, type PerAxis, perAxis } from "./spatial.ts";

export interface WindowOptions {
  /** How far windows are apart; 1 if not given. */
  readonly strides?: PerAxis;
  /** How far the elements of a window are apart; 1 if not given. */
  readonly dilation?: PerAxis;
}

interface Moving {
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
}

interface Windowed extends Moving {
  readonly sizes: readonly number[];
}

function moving(operation: string, axes: number, options: WindowOptions): Moving {
  checkOptions(operation, options, "strides", "dilation");
  const { strides = 1, dilation = 1 } = options;
  return {
    strides: perAxis(operation, "strides", strides, axes),
    dilation: perAxis(operation, "dilation", dilation, axes),
  };
}

/** Signature of `windows`. */
export type Windows = <X extends AnyTensor>(
  x: X,
  sizes: readonly number[],
  options?: WindowOptions,
) => Tensor<Shape, OperandDType<X>>;

/**
 * Every window of the given sizes over the last axes: `[..., L1, L2]` to `[..., O1, O2, K1, K2]` for two sizes, with
 * `out[..., o1, o2, k1, k2] = x[..., o1·s1 + k1·d1, o2·s2 + k2·d2]`. Windows reach nowhere beyond the axis: pad first.
 * @throws ShapeError when there are more sizes than axes or no window fits; ArgumentError for sizes, strides or dilations
 * that are not whole and positive.
 * @example
 * windows(tensor([1, 2, 3, 4]), [3]).toArray(); // [[1, 2, 3], [2, 3, 4]]
 * windows(tensor([1, 2, 3, 4]), [2], { strides: [2] }).toArray(); // [[1, 2], [3, 4]]
 */
export const windows: Windows = defineOp<Windows, Windowed>({
  name: "windows",
  parse: (x: AnyTensor, sizes: readonly number[], options: WindowOptions = {}) => {
    checkTensor("windows", x, 0);
    const own = perAxis("windows", "sizes", sizes, sizes.length);
    return { inputs: [x], attributes: { sizes: own, ...moving("windows", own.length, options) } };
  },
  infer: ([x], { sizes, strides, dilation }) => {
    const { shape, dtype } = x!;
    if (sizes.length > shape.length) {
      throw new ShapeError("windows", `${showShape(sizes)} has more axes than ${showShape(shape)}`, "give fewer sizes");
    }
    const batch = shape.length - sizes.length;
    const counts = sizes.map((size, i) => countWindows(shape[batch + i]!, size, strides[i]!, dilation[i]!));
    if (counts.some((count) => count < 1)) {
      throw new ShapeError(
        "windows",
        `windows of ${showShape(sizes)} do not fit ${showShape(shape)} with dilation ${showShape(dilation)}`,
        "pad the tensor, or make the windows smaller",
      );
    }
    return { shape: [...shape.slice(0, batch), ...counts, ...sizes], dtype };
  },
  forward: ([x], attributes, [result]) => {
    const out = allocate(x!.dtype, sizeOf(result!.shape));
    kernels.stridedRead(storageOf(x!), 0, windowStrides(x!.shape, attributes), result!.shape, out);
    return out;
  },
  vjp: [
    ([g], { inputs: [x], attributes: { sizes, strides, dilation } }) =>
      foldWindows(g!, x!.shape.slice(x!.rank - sizes.length), { strides, dilation }),
  ],
  jvp: "linear",
  flops: () => 0,
  batch: "same",
  samples: [
    { args: [draw([5]), [3]] },
    { args: [draw([2, 7]), [3], { strides: [2], dilation: [2] }] },
    { args: [draw([2, 4, 5]), [2, 3], { strides: [1, 2] }] },
    { args: [draw([3, 3]), [1, 1], { strides: [2, 2] }] },
    { args: [draw([0, 4]), [2]] },
    { args: [draw([2]), []] },
  ],
  errors: [
    {
      args: [draw([2]), [3]],
      error: ShapeError,
      message: /windows: windows of \[3\] do not fit \[2\] with dilation \[1\]/,
    },
    { args: [draw([2]), [1, 1]], error: ShapeError, message: /windows: \[1, 1\] has more axes than \[2\]/ },
    {
      args: [draw([2]), [0]],
      error: ArgumentError,
      message: /windows: sizes is \[0\]; give a whole number, 1 or more/,
    },
    { args: [draw([2]), [1], { strides: [1, 1] }], error: ArgumentError, message: /windows: strides is \[1, 1\]/ },
  ],
});

/** Strides at which the elements of all windows are found in a tensor of this shape. */
function windowStrides(shape: Shape, { sizes, strides, dilation }: Windowed): number[] {
  const own = stridesOf(shape);
  const batch = shape.length - sizes.length;
  return [
    ...own.slice(0, batch),
    ...strides.map((stride, i) => own[batch + i]! * stride),
    ...dilation.map((step, i) => own[batch + i]! * step),
  ];
}

interface Folded extends Moving {
  readonly lengths: Shape;
}

/** Signature of `foldWindows`. */
export type FoldWindows = <X extends AnyTensor>(
  x: X,
  lengths: Shape,
  options?: WindowOptions,
) => Tensor<Shape, OperandDType<X>>;

/**
 * Windows added up where they lie, in zeros of the given lengths: `[..., O1, O2, K1, K2]` to `[..., L1, L2]` for two
 * lengths. The transpose of `windows`, known as overlap-add.
 * @throws ShapeError when `windows` of such lengths gives another number of windows; ArgumentError for strides or
 * dilations that are not whole and positive.
 * @example
 * foldWindows(tensor([[1, 2], [3, 4]]), [3]).toArray(); // [1, 5, 4]
 */
export const foldWindows: FoldWindows = defineOp<FoldWindows, Folded>({
  name: "foldWindows",
  parse: (x: AnyTensor, lengths: Shape, options: WindowOptions = {}) => {
    checkTensor("foldWindows", x, 0);
    const own = checkShape("foldWindows", lengths);
    return { inputs: [x], attributes: { lengths: own, ...moving("foldWindows", own.length, options) } };
  },
  infer: ([x], { lengths, strides, dilation }) => {
    const { shape, dtype } = x!;
    const axes = lengths.length;
    const batch = shape.length - 2 * axes;
    const sizes = shape.slice(batch + axes);
    const counts = lengths.map((length, i) => countWindows(length, sizes[i] ?? 0, strides[i]!, dilation[i]!));
    if (batch < 0 || !sameShape(shape.slice(batch, batch + axes), counts)) {
      throw new ShapeError(
        "foldWindows",
        `${showShape(shape)} holds no windows of ${showShape(lengths)}`,
        "give lengths, strides and dilations as they were when the windows were taken",
      );
    }
    return { shape: [...shape.slice(0, batch), ...lengths], dtype };
  },
  forward: ([x], { lengths, strides, dilation }, [result]) => {
    const out = allocate(x!.dtype, sizeOf(result!.shape));
    const sizes = x!.shape.slice(x!.rank - lengths.length);
    kernels.stridedAdd(storageOf(x!), x!.shape, out, windowStrides(result!.shape, { sizes, strides, dilation }));
    return out;
  },
  vjp: [
    ([g], { inputs: [x], attributes: { lengths, strides, dilation } }) =>
      windows(g!, x!.shape.slice(x!.rank - lengths.length), { strides, dilation }),
  ],
  jvp: "linear",
  flops: ({ inputs: [x] }) => sizeOf(x!.shape),
  batch: "same",
  samples: [
    { args: [draw([3, 3]), [5]] },
    { args: [draw([2, 2, 3]), [7], { strides: [2], dilation: [2] }] },
    { args: [draw([2, 3, 3, 2, 3]), [4, 7], { strides: [1, 2] }] },
    { args: [draw([0, 3, 2]), [4]] },
  ],
  errors: [
    { args: [draw([3, 2]), [5]], error: ShapeError, message: /foldWindows: \[3, 2\] holds no windows of \[5\]/ },
    { args: [draw([3]), [3]], error: ShapeError, message: /foldWindows: \[3\] holds no windows of \[3\]/ },
    { args: [draw([3, 1]), [-3]], error: ShapeError, message: /foldWindows: \[-3\] is no shape/ },
  ],
});
