import { allocate, type DType } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, checkTensors, defineOp, draw, type TensorSpec } from "../op.ts";
import { normalizeAxis, type Shape, sameShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import type { Gather, ScatterAdd, Take, TakeAdd } from "../signatures.ts";
import { type AnyTensor, emptyTensor, storageOf } from "../tensor.ts";

interface Along {
  readonly axis: number;
}

export function checkIndex(operation: string, dtype: DType): void {
  if (dtype !== "int32")
    throw new DTypeError(operation, `indices are ${dtype}`, 'cast them, as in cast(indices, "int32")');
}

export function refuse(operation: string, bad: number | undefined, length: number): void {
  if (bad === undefined) return;
  throw new ArgumentError(
    operation,
    `index ${bad} is outside an axis of length ${length}`,
    `use ${-length} to ${length - 1}`,
  );
}

const zerosOf = ({ shape, dtype }: TensorSpec): AnyTensor => emptyTensor(shape, dtype)[0];

/** Gathering takes a part of x when the index is shorter along an axis, so only the axis itself is free. */
export function checkFits(operation: string, x: Shape, index: Shape, axis: number): void {
  const fits = x.length === index.length && index.every((size, i) => i === axis || size <= x[i]!);
  if (fits) return;
  throw new ShapeError(
    operation,
    `an index of ${showShape(index)} does not fit ${showShape(x)} along axis ${axis}`,
    "give as many axes, none longer than those of the tensor except the axis itself",
  );
}

const index3x2 = draw([3, 2], { dtype: "int32", low: 0, high: 3 });

/**
 * Elements of x chosen along an axis by an index of the same rank: `out[i, j] = x[index[i, j], j]` for axis 0. Negative
 * indices count from the end.
 * @throws ShapeError when the index does not fit; DTypeError when it is not int32; ArgumentError when it points outside.
 * @example
 * gather(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: "int32" }), 1).toArray(); // [[2], [3]]
 */
export const gather: Gather = defineOp<Gather, Along>({
  name: "gather",
  parse: (x: AnyTensor, index: AnyTensor, axis: number) => {
    checkTensor("gather", x, 0);
    checkTensor("gather", index, 1);
    return { inputs: [x, index], attributes: { axis: normalizeAxis("gather", axis, x.shape) } };
  },
  infer: ([x, index], { axis }) => {
    checkIndex("gather", index!.dtype);
    checkFits("gather", x!.shape, index!.shape, axis);
    return { shape: index!.shape, dtype: x!.dtype };
  },
  forward: ([x, index], { axis }, [result]) => {
    const { shape, dtype } = result!;
    const out = allocate(dtype, sizeOf(shape));
    const length = x!.shape[axis]!;
    const bad = kernels.gather(
      storageOf(x!),
      stridesOf(x!.shape),
      length,
      storageOf(index!),
      stridesOf(shape),
      shape,
      axis,
      out,
    );
    refuse("gather", bad, length);
    return out;
  },
  vjp: [
    ([g], { inputs: [x, index], attributes: { axis } }) =>
      scatterAdd(zerosOf({ shape: x!.shape, dtype: g!.dtype }), index!, g!, axis),
    null,
  ],
  jvp: [(t, { inputs: [, index], attributes: { axis } }) => gather(t, index!, axis), null],
  samples: [
    { args: [draw([4, 2]), index3x2, 0] },
    { args: [draw([2, 3, 2]), draw([2, 3, 4], { dtype: "int32", low: -2, high: 1 }), -1] },
    { args: [draw([4, 3]), draw([2, 1], { dtype: "int32", low: 0, high: 3 }), 0] },
  ],
  errors: [
    {
      args: [draw([2, 2]), draw([2], { dtype: "int32" }), 0],
      error: ShapeError,
      message: /gather: an index of \[2\] does not fit \[2, 2\]/,
    },
    { args: [draw([2, 2]), draw([2, 2]), 0], error: DTypeError, message: /gather: indices are float64; cast them/ },
    {
      args: [draw([2]), draw([1], { dtype: "int32", low: 2, high: 2 }), 0],
      error: ArgumentError,
      message: /gather: index 2 is outside an axis of length 2/,
    },
  ],
});

/**
 * A copy of x to which the elements of `source` are added at the places that `gather` with this index reads:
 * `out[index[i, j], j] += source[i, j]` for axis 0. Repeated places add up.
 * @throws ShapeError when the index or source do not fit; DTypeError for an index not int32; ArgumentError when it points outside.
 * @example
 * scatterAdd(zeros([3]), tensor([0, 0], { dtype: "int32" }), tensor([1, 2]), 0).toArray(); // [3, 0, 0]
 */
export const scatterAdd: ScatterAdd = defineOp<ScatterAdd, Along>({
  name: "scatterAdd",
  parse: (x: AnyTensor, index: AnyTensor, source: AnyTensor, axis: number) => {
    checkTensors("scatterAdd", [x, index, source]);
    return { inputs: [x, index, source], attributes: { axis: normalizeAxis("scatterAdd", axis, x.shape) } };
  },
  infer: ([x, index, source], { axis }) => {
    checkIndex("scatterAdd", index!.dtype);
    checkFits("scatterAdd", x!.shape, index!.shape, axis);
    checkSource("scatterAdd", x!, source!, index!.shape);
    return { shape: x!.shape, dtype: x!.dtype };
  },
  forward: ([x, index, source], { axis }) => {
    const out = storageOf(x!).slice();
    const { shape } = index!;
    const length = x!.shape[axis]!;
    const bad = kernels.scatterAdd(
      out,
      stridesOf(x!.shape),
      length,
      storageOf(index!),
      stridesOf(shape),
      shape,
      axis,
      storageOf(source!),
    );
    refuse("scatterAdd", bad, length);
    return out;
  },
  vjp: [([g]) => g!, null, ([g], { inputs: [, index], attributes: { axis } }) => gather(g!, index!, axis)],
  jvp: "linear",
  samples: [
    { args: [draw([4, 2]), index3x2, draw([3, 2]), 0] },
    { args: [draw([2, 3]), draw([2, 4], { dtype: "int32", low: 0, high: 2 }), draw([2, 4]), 1] },
  ],
  errors: [
    {
      args: [draw([4, 2]), index3x2, draw([2, 2]), 0],
      error: ShapeError,
      message: /scatterAdd: a source of \[2, 2\] does not match \[3, 2\]/,
    },
    {
      args: [draw([2, 2]), draw([2, 2]), draw([2, 2]), 0],
      error: DTypeError,
      message: /scatterAdd: indices are float64/,
    },
  ],
});

export function checkSource(operation: string, x: TensorSpec, source: TensorSpec, shape: Shape): void {
  if (x.dtype === "bool" && operation !== "scatter") {
    throw new DTypeError(operation, "bools do not add up", 'cast them, as in cast(x, "int32")');
  }
  if (!sameShape(source.shape, shape)) {
    throw new ShapeError(
      operation,
      `a source of ${showShape(source.shape)} does not match ${showShape(shape)}`,
      "give one element per index",
    );
  }
  if (source.dtype !== x.dtype) {
    throw new DTypeError(
      operation,
      `a ${source.dtype} source does not add to ${x.dtype}`,
      `cast it, as in cast(source, "${x.dtype}")`,
    );
  }
}

/** x with its axis replaced by those of the indices. */
const takenShape = (x: Shape, indices: Shape, axis: number): Shape => [
  ...x.slice(0, axis),
  ...indices,
  ...x.slice(axis + 1),
];

/** [outer, count, inner] of a `take`: the layout in which its index varies along the middle only. */
const layout = (x: Shape, count: number, axis: number): Shape => [
  sizeOf(x.slice(0, axis)),
  count,
  sizeOf(x.slice(axis + 1)),
];

const rows = draw([2, 2], { dtype: "int32", low: -1, high: 2 });

/**
 * Whole slices of x at indices along an axis, as in NumPy: rows of a table for axis 0. Negative indices count from the
 * end.
 * @throws DTypeError when the indices are not int32; ArgumentError when one points outside; ShapeError for no such axis.
 * @example
 * take(tensor([[1, 2], [3, 4]]), tensor([1, 1], { dtype: "int32" })).toArray(); // [[3, 4], [3, 4]]
 */
export const take: Take = defineOp<Take, Along>({
  name: "take",
  parse: (x: AnyTensor, indices: AnyTensor, axis = 0) => {
    checkTensor("take", x, 0);
    checkTensor("take", indices, 1);
    return { inputs: [x, indices], attributes: { axis: normalizeAxis("take", axis, x.shape) } };
  },
  infer: ([x, indices], { axis }) => {
    checkIndex("take", indices!.dtype);
    return { shape: takenShape(x!.shape, indices!.shape, axis), dtype: x!.dtype };
  },
  forward: ([x, indices], { axis }, [result]) => {
    const { shape, dtype } = result!;
    const out = allocate(dtype, sizeOf(shape));
    const length = x!.shape[axis]!;
    const from = layout(x!.shape, length, axis);
    const to = layout(x!.shape, indices!.size, axis);
    const bad = kernels.gather(storageOf(x!), stridesOf(from), length, storageOf(indices!), [0, 1, 0], to, 1, out);
    refuse("take", bad, length);
    return out;
  },
  vjp: [
    ([g], { inputs: [x, indices], attributes: { axis } }) =>
      takeAdd(zerosOf({ shape: x!.shape, dtype: g!.dtype }), indices!, g!, axis),
    null,
  ],
  jvp: [(t, { inputs: [, indices], attributes: { axis } }) => take(t, indices!, axis), null],
  samples: [
    { args: [draw([3, 2]), rows] },
    { args: [draw([2, 3, 2]), rows, 1] },
    { args: [draw([4]), draw([], { dtype: "int32", low: 0, high: 3 })] },
  ],
  errors: [
    { args: [draw([2, 2]), draw([1])], error: DTypeError, message: /take: indices are float64/ },
    {
      args: [draw([2]), draw([1], { dtype: "int32", low: 5, high: 5 })],
      error: ArgumentError,
      message: /take: index 5 is outside an axis of length 2; use -2 to 1/,
    },
  ],
});

/**
 * A copy of x to which slices of `source` are added at indices along an axis: the transpose of `take`. Repeated indices
 * add up.
 * @throws as `take`, and ShapeError when the source has another shape than `take` would give.
 * @example
 * takeAdd(zeros([2]), tensor([0, 0], { dtype: "int32" }), tensor([1, 2])).toArray(); // [3, 0]
 */
export const takeAdd: TakeAdd = defineOp<TakeAdd, Along>({
  name: "takeAdd",
  parse: (x: AnyTensor, indices: AnyTensor, source: AnyTensor, axis = 0) => {
    checkTensors("takeAdd", [x, indices, source]);
    return { inputs: [x, indices, source], attributes: { axis: normalizeAxis("takeAdd", axis, x.shape) } };
  },
  infer: ([x, indices, source], { axis }) => {
    checkIndex("takeAdd", indices!.dtype);
    checkSource("takeAdd", x!, source!, takenShape(x!.shape, indices!.shape, axis));
    return { shape: x!.shape, dtype: x!.dtype };
  },
  forward: ([x, indices, source], { axis }) => {
    const out = storageOf(x!).slice();
    const length = x!.shape[axis]!;
    const to = layout(x!.shape, length, axis);
    const from = layout(x!.shape, indices!.size, axis);
    const bad = kernels.scatterAdd(
      out,
      stridesOf(to),
      length,
      storageOf(indices!),
      [0, 1, 0],
      from,
      1,
      storageOf(source!),
    );
    refuse("takeAdd", bad, length);
    return out;
  },
  vjp: [([g]) => g!, null, ([g], { inputs: [, indices], attributes: { axis } }) => take(g!, indices!, axis)],
  jvp: "linear",
  samples: [
    { args: [draw([3, 2]), rows, draw([2, 2, 2])] },
    { args: [draw([2, 3]), draw([4], { dtype: "int32", low: 0, high: 2 }), draw([2, 4]), 1] },
  ],
  errors: [
    {
      args: [draw([3]), draw([2], { dtype: "int32", low: 0 }), draw([3])],
      error: ShapeError,
      message: /takeAdd: a source of \[3\] does not match \[2\]/,
    },
  ],
});
