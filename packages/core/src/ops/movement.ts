import { allocateUnfilled, promote } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, checkTensors, defineOp, draw } from "../op.ts";
import {
  broadcastShapes,
  checkShape,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from "../shape.ts";
import type { BroadcastTo, Concat, Permute, Reshape, Split } from "../signatures.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { alignedTo, allBatched } from "./batching.ts";
import { cast } from "./cast.ts";
import { slice } from "./slice.ts";

interface ToShape {
  readonly shape: Shape;
}

/** A shape in which one −1 stands for what is left of `size`. */
function resolveShape(from: Shape, wanted: Shape): Shape {
  const size = sizeOf(from);
  const open = Array.isArray(wanted) ? wanted.indexOf(-1) : -1;
  const known = checkShape("reshape", open < 0 ? wanted : wanted.with(open, 1));
  const rest = sizeOf(known);
  const shape = open < 0 ? known : known.with(open, rest === 0 ? 0 : Math.floor(size / rest));
  if (sizeOf(shape) !== size) {
    throw new ShapeError(
      "reshape",
      `${showShape(from)} has ${size} elements and does not fit ${showShape(wanted)}`,
      "the product of the dimensions must stay; one of them may be -1",
    );
  }
  return shape;
}

/**
 * The same elements in another shape, row-major. One dimension may be −1 and takes what is left.
 * @throws ShapeError when the number of elements would change.
 * @example
 * reshape(tensor([[1, 2], [3, 4]]), [-1]).toArray(); // [1, 2, 3, 4]
 */
export const reshape: Reshape = defineOp<Reshape, ToShape>({
  name: "reshape",
  parse: (x: AnyTensor, shape: Shape) => {
    checkTensor("reshape", x, 0);
    return { inputs: [x], attributes: { shape: resolveShape(x.shape, shape) } };
  },
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  forward: ([x]) => storageOf(x!),
  vjp: [([g], { inputs: [x] }) => reshape(g!, x!.shape)],
  jvp: "linear",
  isView: true,
  flops: () => 0,
  batch: ([x], { size, attributes: { shape } }) => reshape(x!, [size, ...shape]),
  samples: [
    { args: [draw([2, 3]), [3, 2]] },
    { args: [draw([2, 3]), [-1]] },
    { args: [draw([1]), []] },
    { args: [draw([0, 3]), [0, 5]] },
  ],
  errors: [
    {
      args: [draw([2, 3]), [4]],
      error: ShapeError,
      message: /reshape: \[2, 3\] has 6 elements and does not fit \[4\]/,
    },
    { args: [draw([2, 3]), [4, -1]], error: ShapeError, message: /does not fit \[4, -1\]/ },
    { args: [draw([2, 3]), [-1, -1]], error: ShapeError, message: /is no shape/ },
  ],
});

/**
 * Axes in another order; reversed when no order is given.
 * @throws ShapeError unless every axis is named once.
 * @example
 * permute(tensor([[1, 2], [3, 4]])).toArray(); // [[1, 3], [2, 4]]
 */
export const permute: Permute = defineOp<Permute, { readonly axes: readonly number[] }>({
  name: "permute",
  parse: (x: AnyTensor, order?: readonly number[]) => {
    checkTensor("permute", x, 0);
    if (order !== undefined && !Array.isArray(order)) {
      throw new ShapeError("permute", `${String(order)} is no order of axes`, "give an array, as in [1, 0]");
    }
    const axes = (order ?? x.shape.map((_, i) => x.rank - 1 - i)).map((axis) =>
      normalizeAxis("permute", axis, x.shape),
    );
    if (axes.length !== x.rank || new Set(axes).size !== x.rank) {
      throw new ShapeError(
        "permute",
        `[${axes}] is no order of the axes of ${showShape(x.shape)}`,
        "name each axis once",
      );
    }
    return { inputs: [x], attributes: { axes } };
  },
  infer: ([x], { axes }) => ({ shape: axes.map((axis) => x!.shape[axis]!), dtype: x!.dtype }),
  forward: ([x], { axes }, [result]) => {
    const out = allocateUnfilled(result!.dtype, sizeOf(result!.shape));
    const strides = stridesOf(x!.shape);
    kernels.stridedRead(
      storageOf(x!),
      0,
      axes.map((axis) => strides[axis]!),
      result!.shape,
      out,
    );
    return out;
  },
  vjp: [
    ([g], { attributes: { axes } }) =>
      permute(
        g!,
        axes.map((_, i) => axes.indexOf(i)),
      ),
  ],
  jvp: "linear",
  flops: () => 0,
  batch: ([x], { attributes: { axes } }) => permute(x!, [0, ...axes.map((axis) => axis + 1)]),
  samples: [{ args: [draw([2, 3])] }, { args: [draw([2, 3, 4]), [-1, 0, 1]] }, { args: [draw([]), []] }],
  errors: [
    { args: [draw([2, 3]), [0]], error: ShapeError, message: /permute: \[0\] is no order of the axes of \[2, 3\]/ },
    { args: [draw([2, 3]), [0, 0]], error: ShapeError, message: /permute: \[0,0\] is no order/ },
  ],
});

/**
 * The tensor stretched to a shape: axes are added in front, and axes of length 1 repeat.
 * @throws ShapeError when it does not stretch so.
 * @example
 * broadcastTo(tensor([1, 2]), [2, 2]).toArray(); // [[1, 2], [1, 2]]
 */
export const broadcastTo: BroadcastTo = defineOp<BroadcastTo, ToShape>({
  name: "broadcastTo",
  parse: (x: AnyTensor, wanted: Shape) => {
    checkTensor("broadcastTo", x, 0);
    const shape = checkShape("broadcastTo", wanted);
    if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
      throw new ShapeError(
        "broadcastTo",
        `${showShape(x.shape)} does not stretch to ${showShape(shape)}`,
        "only axes of length 1 stretch",
      );
    }
    return { inputs: [x], attributes: { shape } };
  },
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  forward: ([x], { shape }) => {
    const out = allocateUnfilled(x!.dtype, sizeOf(shape));
    const own = stridesOf(x!.shape);
    const added = shape.length - x!.rank;
    const strides = shape.map((_, i) => (i < added || x!.shape[i - added] === 1 ? 0 : own[i - added]!));
    kernels.stridedRead(storageOf(x!), 0, strides, shape, out);
    return out;
  },
  vjp: [([g]) => g!],
  jvp: "linear",
  flops: () => 0,
  batch: ([x], { size, attributes: { shape } }) => broadcastTo(alignedTo(shape.length, x!, true), [size, ...shape]),
  samples: [
    { args: [draw([3]), [2, 3]] },
    { args: [draw([2, 1, 3]), [4, 2, 5, 3]] },
    { args: [draw([]), [2]] },
    { args: [draw([1, 2]), [0, 2]] },
  ],
  errors: [
    { args: [draw([2]), [3]], error: ShapeError, message: /broadcastTo: \[2\] and \[3\] do not broadcast/ },
    { args: [draw([2]), [1]], error: ShapeError, message: /broadcastTo: \[2\] does not stretch to \[1\]/ },
  ],
});

interface Along {
  readonly axis: number;
}

/**
 * Tensors joined along an axis, which they have already.
 * @throws ShapeError when another axis differs; ArgumentError for no tensors.
 * @example
 * concat([tensor([1, 2]), tensor([3])]).toArray(); // [1, 2, 3]
 */
export const concat: Concat = defineOp<Concat, Along>({
  name: "concat",
  parse: (tensors: readonly AnyTensor[], axis = 0) => {
    if (!Array.isArray(tensors))
      throw new ArgumentError("concat", "the first argument is no array", "give an array of tensors");
    if (tensors.length === 0) throw new ArgumentError("concat", "there is nothing to join", "give at least one tensor");
    checkTensors("concat", tensors);
    // Operands of one dtype: an integer beside floats is a constant, in forward mode too.
    const dtype = tensors.map((tensor) => tensor.dtype).reduce((a, b) => promote("concat", a, b));
    const inputs = tensors.map((tensor) => (tensor.dtype === dtype ? tensor : cast(tensor, dtype)));
    return { inputs, attributes: { axis: normalizeAxis("concat", axis, tensors[0]!.shape) } };
  },
  infer: (tensors, { axis }) => {
    const first = tensors[0]!;
    let length = 0;
    let dtype = first.dtype;
    for (const tensor of tensors) {
      const agrees =
        tensor.shape.length === first.shape.length && sameShape(tensor.shape.with(axis, 0), first.shape.with(axis, 0));
      if (!agrees) {
        throw new ShapeError(
          "concat",
          `${showShape(first.shape)} and ${showShape(tensor.shape)} do not join along axis ${axis}`,
          "all other axes must be equal",
        );
      }
      length += tensor.shape[axis]!;
      dtype = promote("concat", dtype, tensor.dtype);
    }
    return { shape: first.shape.with(axis, length), dtype };
  },
  forward: (tensors, { axis }, [result]) => {
    const { shape, dtype } = result!;
    const out = allocateUnfilled(dtype, sizeOf(shape));
    const strides = stridesOf(shape);
    let start = 0;
    const parts = tensors.map((tensor) => {
      const part = { x: storageOf(tensor), shape: tensor.shape, offset: start * strides[axis]! };
      start += tensor.shape[axis]!;
      return part;
    });
    kernels.stridedWrite(parts, out, strides);
    return out;
  },
  vjp: ([g], { inputs, attributes: { axis } }, needed) => {
    let start = 0;
    return inputs.map((input, i) => {
      const stop = start + input.shape[axis]!;
      const part = needed[i] ? slice(g!, [...input.shape.slice(0, axis).map(() => null), [start, stop]]) : null;
      start = stop;
      return part;
    });
  },
  jvp: "linear",
  flops: () => 0,
  batch: (tensors, at) => concat(allBatched(tensors, at), at.attributes.axis + 1),
  samples: [
    { args: [[draw([1, 3]), draw([2, 3])]] },
    { args: [[draw([2, 2]), draw([2, 0]), draw([2, 3])], -1] },
    { args: [[draw([3])]] },
  ],
  errors: [
    {
      args: [[draw([2, 3]), draw([2, 4])]],
      error: ShapeError,
      message: /concat: \[2, 3\] and \[2, 4\] do not join along axis 0/,
    },
    { args: [[]], error: ArgumentError, message: /concat: there is nothing to join/ },
  ],
});

interface Parts extends Along {
  readonly sizes: readonly number[];
}

/**
 * The tensor cut along an axis into parts: that many equal ones, or parts of the given sizes. The inverse of `concat`.
 * @throws ShapeError when the parts do not add up to the axis.
 * @example
 * split(tensor([1, 2, 3]), [1, 2]).map((part) => part.toArray()); // [[1], [2, 3]]
 */
export const split: Split = defineOp<Split, Parts>({
  name: "split",
  parse: (x: AnyTensor, parts: number | readonly number[], axis = 0) => {
    checkTensor("split", x, 0);
    const along = normalizeAxis("split", axis, x.shape);
    const length = x.shape[along]!;
    const isCount = typeof parts === "number";
    if (isCount ? !Number.isInteger(parts) || parts < 1 : !Array.isArray(parts)) {
      throw new ShapeError(
        "split",
        `${String(parts)} is no number of parts`,
        "give a whole number above 0, or the sizes",
      );
    }
    const sizes = isCount ? new Array<number>(parts).fill(length / parts) : [...parts];
    const total = sizes.reduce((a, b) => a + b, 0);
    if (total !== length || !sizes.every((size) => Number.isInteger(size) && size >= 0)) {
      throw new ShapeError(
        "split",
        `axis ${along} of ${showShape(x.shape)} does not cut into ${typeof parts === "number" ? `${parts} equal parts` : showShape(sizes)}`,
        `the parts must add up to ${length}`,
      );
    }
    return { inputs: [x], attributes: { axis: along, sizes } };
  },
  infer: ([x], { axis, sizes }) => sizes.map((size) => ({ shape: x!.shape.with(axis, size), dtype: x!.dtype })),
  forward: ([x], { axis }, results) => {
    const strides = stridesOf(x!.shape);
    let start = 0;
    return results.map(({ shape, dtype }) => {
      const out = allocateUnfilled(dtype, sizeOf(shape));
      kernels.stridedRead(storageOf(x!), start * strides[axis]!, strides, shape, out);
      start += shape[axis]!;
      return out;
    });
  },
  vjp: [(gs, { attributes: { axis } }) => concat(gs, axis)],
  jvp: "linear",
  flops: () => 0,
  batch: ([x], { attributes: { sizes, axis } }) => split(x!, sizes, axis + 1) as readonly AnyTensor[],
  samples: [{ args: [draw([4, 3]), 2] }, { args: [draw([2, 5]), [1, 0, 4], 1] }],
  errors: [
    { args: [draw([3]), 2], error: ShapeError, message: /split: axis 0 of \[3\] does not cut into 2 equal parts/ },
    { args: [draw([3]), [1, 1]], error: ShapeError, message: /split: axis 0 of \[3\] does not cut into \[1, 1\]/ },
  ],
});
