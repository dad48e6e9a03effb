import { allocateUnfilled } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw, type OpDef } from "../op.ts";
import { checkOptions } from "../options.ts";
import { normalizeAxis, type Shape, showShape, sizeOf } from "../shape.ts";
import type { Sort } from "../signatures.ts";
import { type AnyTensor, emptyTensor, storageOf, type Tensor } from "../tensor.ts";
import { gather, scatterAdd } from "./indexing.ts";

interface Attributes {
  readonly axis: number;
  readonly descending: boolean;
  /** How many of the sorted elements are kept, from the first. */
  readonly count: number;
}

/** `sort` and `topk` differ in how much of the order they keep. */
const sorting = {
  infer: ([x], { axis, count }) => {
    const shape = x!.shape.with(axis, count);
    return [
      { shape, dtype: x!.dtype },
      { shape, dtype: "int32" },
    ];
  },
  forward: ([x], { axis, descending, count }, [result]) => {
    const { shape } = x!;
    const size = sizeOf(result!.shape);
    const values = allocateUnfilled(result!.dtype, size);
    const indices = allocateUnfilled("int32", size);
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    kernels.sort(storageOf(x!), outer, shape[axis]!, inner, descending, count, values, indices);
    return [values, indices];
  },
  vjp: [
    ([g], { inputs: [x], outputs: [, indices], attributes: { axis } }) =>
      scatterAdd(emptyTensor(x!.shape, g!.dtype)[0], indices!, g!, axis),
  ],
  jvp: [(t, { outputs: [, indices], attributes: { axis } }) => [gather(t, indices!, axis), null]],
  // As many comparisons as merge sort makes, or one for each element and a few for those that are kept.
  flops: ({ inputs: [x], attributes: { axis, count } }) =>
    sizeOf(x!.shape) * Math.log2(Math.max(2, Math.min(count, x!.shape[axis]!))),
} satisfies Partial<OpDef<Attributes>>;

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
export const sort: Sort = defineOp<Sort, Attributes>({
  ...sorting,
  name: "sort",
  parse: (x: AnyTensor, axis = -1, options: SortOptions = {}) => {
    checkTensor("sort", x, 0);
    checkOptions("sort", options, "descending");
    const { descending = false } = options;
    const at = normalizeAxis("sort", axis, x.shape);
    return { inputs: [x], attributes: { axis: at, descending, count: x.shape[at]! } };
  },
  batch: ([x], { attributes: { axis, descending } }) => sort(x!, axis + 1, { descending }) as readonly AnyTensor[],
  samples: [
    { args: [draw([5], { distinct: true })] },
    { args: [draw([2, 4], { distinct: true }), 0] },
    { args: [draw([2, 3, 2], { distinct: true }), 1, { descending: true }] },
    { args: [draw([0], { distinct: true })] },
  ],
  errors: [{ args: [draw([2]), 1], error: ShapeError, message: /sort: \[2\] has no axis 1; use -1 to 0/ }],
});

export interface TopKOptions {
  /** The smallest instead. */
  readonly smallest?: boolean;
}

/** Signature of `topk`. */
export type TopK = (
  x: AnyTensor,
  k: number,
  axis?: number,
  options?: TopKOptions,
) => readonly [values: AnyTensor, indices: Tensor<Shape, "int32">];

/**
 * The k largest values along an axis (the last if not given) in descending order, and the int32 positions that they came from.
 * Equal values keep their order; NaN counts as the largest.
 * @throws ShapeError for an unknown axis, or a k that is larger than it.
 * @example
 * topk(tensor([3, 1, 4, 2]), 2).map((result) => result.toArray()); // [[4, 3], [2, 0]]
 */
export const topk: TopK = defineOp<TopK, Attributes>({
  ...sorting,
  name: "topk",
  parse: (x: AnyTensor, k: number, axis = -1, options: TopKOptions = {}) => {
    checkTensor("topk", x, 0);
    checkOptions("topk", options, "smallest");
    const at = normalizeAxis("topk", axis, x.shape);
    if (!Number.isInteger(k) || k < 0 || k > x.shape[at]!) {
      const problem = `${showShape(x.shape)} has no ${k} elements along axis ${at}`;
      throw new ShapeError("topk", problem, `use 0 to ${x.shape[at]}`);
    }
    return { inputs: [x], attributes: { axis: at, descending: options.smallest !== true, count: k } };
  },
  batch: ([x], { attributes: { axis, descending, count } }) =>
    topk(x!, count, axis + 1, { smallest: !descending }) as readonly AnyTensor[],
  samples: [
    { args: [draw([5], { distinct: true }), 2] },
    { args: [draw([2, 4], { distinct: true }), 3, 1, { smallest: true }] },
    { args: [draw([3, 2], { distinct: true }), 0, 0] },
  ],
  errors: [{ args: [draw([2]), 3], error: ShapeError, message: /topk: \[2\] has no 3 elements along axis 0/ }],
});
