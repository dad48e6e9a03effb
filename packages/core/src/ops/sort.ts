import { allocate } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import { checkOptions } from "../options.ts";
import { normalizeAxis, sizeOf } from "../shape.ts";
import type { Sort } from "../signatures.ts";
import { type AnyTensor, emptyTensor, storageOf } from "../tensor.ts";
import { gather, scatterAdd } from "./indexing.ts";

export interface SortOptions {
  /** Largest first. */
  readonly descending?: boolean;
}

/**
 * Values in ascending order along an axis (the last if not given), and the int32 positions that they came from. Equal
 * values keep their order; NaN counts as the largest.
 * @throws ShapeError for an unknown axis.
 * @example
 * const [values, indices] = sort(tensor([3, 1, 2]));
 * values.toArray(); // [1, 2, 3]
 * indices.toArray(); // [1, 2, 0]
 */
export const sort: Sort = defineOp<Sort, { readonly axis: number; readonly descending: boolean }>({
  name: "sort",
  parse: (x: AnyTensor, axis = -1, options: SortOptions = {}) => {
    checkTensor("sort", x, 0);
    checkOptions("sort", options, "descending");
    const { descending = false } = options;
    return { inputs: [x], attributes: { axis: normalizeAxis("sort", axis, x.shape), descending } };
  },
  infer: ([x]) => [
    { shape: x!.shape, dtype: x!.dtype },
    { shape: x!.shape, dtype: "int32" },
  ],
  forward: ([x], { axis, descending }, [result]) => {
    const { shape, dtype } = result!;
    const size = sizeOf(shape);
    const values = allocate(dtype, size);
    const indices = allocate("int32", size);
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    kernels.sort(storageOf(x!), outer, shape[axis]!, inner, descending, values, indices);
    return [values, indices];
  },
  vjp: [
    ([g], { outputs: [, indices], attributes: { axis } }) =>
      scatterAdd(emptyTensor(g!.shape, g!.dtype)[0], indices!, g!, axis),
  ],
  jvp: [(t, { outputs: [, indices], attributes: { axis } }) => [gather(t, indices!, axis), null]],
  // As many comparisons as merge sort makes.
  flops: ({ inputs: [x], attributes: { axis } }) => sizeOf(x!.shape) * Math.log2(Math.max(2, x!.shape[axis]!)),
  batch: ([x], { attributes: { axis, descending } }) => sort(x!, axis + 1, { descending }) as readonly AnyTensor[],
  samples: [
    { args: [draw([5], { distinct: true })] },
    { args: [draw([2, 4], { distinct: true }), 0] },
    { args: [draw([2, 3, 2], { distinct: true }), 1, { descending: true }] },
    { args: [draw([0], { distinct: true })] },
  ],
  errors: [{ args: [draw([2]), 1], error: ShapeError, message: /sort: \[2\] has no axis 1; use -1 to 0/ }],
});
