import { DTypeError, ShapeError } from "../errors.ts";
import { defineOp, draw } from "../op.ts";
import type { ScatterAdd } from "../signatures.ts";
import { type AnyTensor, emptyTensor, Tensor } from "../tensor.ts";
import { allBatched } from "./batching.ts";
import { equal } from "./comparison.ts";
import { gather } from "./indexing.ts";
import { type Along, scattering } from "./scattering.ts";
import { where } from "./where.ts";

const index3x2 = draw([3, 2], { dtype: "int32", low: 0, high: 3 });

/**
 * A copy of x in which the elements of `source` stand at the places that `gather` with this index reads: `out[index[i, j], j] =
 * source[i, j]` for axis 0. The last of several that name a place stays, and has its gradient.
 * @throws ShapeError when the index or source do not fit; DTypeError for an index not int32; ArgumentError when it points outside.
 * @example
 * scatter(tensor([1, 2, 3]), tensor([0, 0], { dtype: "int32" }), tensor([7, 8]), 0).toArray(); // [8, 2, 3]
 */
export const scatter: ScatterAdd = defineOp<ScatterAdd, Along>({
  ...scattering("scatter"),
  vjp: [
    ([g], { inputs: [, index], attributes: { axis } }) =>
      scatter(g!, index!, emptyTensor(index!.shape, g!.dtype)[0], axis),
    null,
    ([g], { inputs: [x, index], attributes: { axis } }) =>
      where(remains(x!, index!, axis) as never, gather(g!, index!, axis), 0),
  ],
  jvp: "linear",
  flops: () => 0,
  batch: (inputs, at) => {
    const [x, index, source] = allBatched(inputs, at);
    return scatter(x!, index!, source!, at.attributes.axis + 1);
  },
  samples: [
    { args: [draw([4, 2]), index3x2, draw([3, 2]), 0] },
    { args: [draw([2, 3]), draw([2, 4], { dtype: "int32", low: -3, high: 2 }), draw([2, 4]), 1] },
  ],
  errors: [
    {
      args: [draw([4, 2]), index3x2, draw([2, 2]), 0],
      error: ShapeError,
      message: /scatter: a source of \[2, 2\] does not match \[3, 2\]/,
    },
    { args: [draw([2, 2]), draw([2, 2]), draw([2, 2]), 0], error: DTypeError, message: /scatter: indices are float64/ },
  ],
});

/** Which elements of a source are not replaced by a later one: each leaves its number, and those that find theirs remain. */
function remains(x: AnyTensor, index: AnyTensor, axis: number): AnyTensor {
  const numbers = new Tensor(
    index.shape,
    "int32",
    Int32Array.from({ length: index.size }, (_, i) => i),
  );
  const last = scatter(emptyTensor(x.shape, "int32")[0], index as never, numbers, axis);
  return equal(gather(last, index as never, axis), numbers);
}
