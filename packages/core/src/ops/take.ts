import { allocate, allocateUnfilled } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, checkTensors, defineOp, draw, type TensorSpec } from "../op.ts";
import { normalizeAxis, type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Take, TakeAdd } from "../signatures.ts";
import { type AnyTensor, emptyTensor, storageOf } from "../tensor.ts";
import { allBatched } from "./batching.ts";
import { checkIndex, checkSource, refuse, refuseBools } from "./index-checks.ts";
import { gather, scatterAdd } from "./indexing.ts";
import { broadcastTo, permute, reshape } from "./movement.ts";

interface Along {
  readonly axis: number;
}

const zerosOf = ({ shape, dtype }: TensorSpec): AnyTensor => emptyTensor(shape, dtype)[0];

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
    const out = allocateUnfilled(dtype, sizeOf(shape));
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
  flops: () => 0,
  batch: (inputs, at) => {
    const { axis } = at.attributes;
    const [x, indices] = inputs as readonly [AnyTensor, AnyTensor];
    if (!at.batched[1]) return take(x, indices, axis + 1);
    if (!at.batched[0]) return axisToFront(take(x, indices, axis), axis);
    const taken = gather(asTable(x, axis), asColumns(x, indices, axis), 1);
    return fromTable(taken, at.inputs[0]!.shape, indices.shape.slice(1), axis);
  },
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
    refuseBools("takeAdd", x!);
    checkSource("takeAdd", x!, source!, takenShape(x!.shape, indices!.shape, axis));
    return { shape: x!.shape, dtype: x!.dtype };
  },
  forward: ([x, indices, source], { axis }) => {
    const out = allocate(x!.dtype, x!.size);
    const length = x!.shape[axis]!;
    const to = layout(x!.shape, length, axis);
    const from = layout(x!.shape, indices!.size, axis);
    const bad = kernels.scatterAdd(
      storageOf(x!),
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
  flops: ({ inputs: [source] }) => sizeOf(source!.shape),
  batch: (inputs, at) => {
    const { axis } = at.attributes;
    const [x, indices, source] = allBatched(inputs, at) as [AnyTensor, AnyTensor, AnyTensor];
    if (!at.batched[1]) return takeAdd(x, inputs[1]!, source, axis + 1);
    const rows = reshape(axesAfter(source, axis, indices.rank - 1), [at.size, -1, restSize(x, axis)]);
    const added = scatterAdd(asTable(x, axis), asColumns(x, indices, axis), rows, 1);
    return fromTable(added, at.inputs[0]!.shape, [x.shape[axis + 1]!], axis);
  },
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

// A batch in which every example has indices of its own is a gather along the middle axis of [batch, length, rest].

/** How many elements a slice of an example at one index has. */
const restSize = (x: AnyTensor, axis: number): number => sizeOf(x.shape.filter((_, i) => i !== 0 && i !== axis + 1));

/** Examples with the axes from `axis` on, `count` of them, directly after the batch. */
function axesAfter(x: AnyTensor, axis: number, count: number): AnyTensor {
  const order = x.shape.map((_, i) => i);
  const moved = order.slice(axis + 1, axis + 1 + count);
  return permute(x, [0, ...moved, ...order.slice(1, axis + 1), ...order.slice(axis + 1 + count)]);
}

const asTable = (x: AnyTensor, axis: number): AnyTensor =>
  reshape(axesAfter(x, axis, 1), [x.shape[0]!, x.shape[axis + 1]!, restSize(x, axis)]);

/** Indices of [batch, ...], the same for every element of a slice. */
function asColumns(x: AnyTensor, indices: AnyTensor, axis: number): AnyTensor {
  const count = sizeOf(indices.shape.slice(1));
  return broadcastTo(reshape(indices, [x.shape[0]!, count, 1]), [x.shape[0]!, count, restSize(x, axis)]);
}

/** [batch, indices, rest] with the axes of the indices where the axis of an example was. */
function fromTable(table: AnyTensor, example: Shape, indices: Shape, axis: number): AnyTensor {
  const rest = example.toSpliced(axis, 1);
  const parted = reshape(table, [table.shape[0]!, ...indices, ...rest]);
  const order = parted.shape.map((_, i) => i);
  const [after, before] = [1 + indices.length, 1 + indices.length + axis];
  return permute(parted, [0, ...order.slice(after, before), ...order.slice(1, after), ...order.slice(before)]);
}

/** An axis moved in front of all others. */
function axisToFront(x: AnyTensor, axis: number): AnyTensor {
  const order = x.shape.map((_, i) => i);
  return permute(x, [axis, ...order.filter((i) => i !== axis)]);
}
