import { allocateUnfilled } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw, type TensorSpec } from "../op.ts";
import { normalizeAxis, sizeOf, stridesOf } from "../shape.ts";
import type { Gather, ScatterAdd } from "../signatures.ts";
import { type AnyTensor, emptyTensor, storageOf } from "../tensor.ts";
import { allBatched } from "./batching.ts";
import { checkFits, checkIndex, refuse, refuseBools } from "./index-checks.ts";
import { type Along, scattering } from "./scattering.ts";

const zerosOf = ({ shape, dtype }: TensorSpec): AnyTensor => emptyTensor(shape, dtype)[0];

const adding = scattering("scatterAdd");

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
    const out = allocateUnfilled(dtype, sizeOf(shape));
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
  flops: () => 0,
  batch: (inputs, at) => {
    const [x, index] = allBatched(inputs, at);
    return gather(x!, index!, at.attributes.axis + 1);
  },
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
  ...adding,
  infer: (inputs, attributes) => {
    refuseBools("scatterAdd", inputs[0]!);
    return adding.infer(inputs, attributes);
  },
  vjp: [([g]) => g!, null, ([g], { inputs: [, index], attributes: { axis } }) => gather(g!, index!, axis)],
  jvp: "linear",
  flops: ({ inputs: [, , source] }) => sizeOf(source!.shape),
  batch: (inputs, at) => {
    const [x, index, source] = allBatched(inputs, at);
    return scatterAdd(x!, index!, source!, at.attributes.axis + 1);
  },
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
