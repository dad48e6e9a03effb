import { onesLike } from "../create.ts";
import { type DType, requireBool } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { mul } from "../ops/arithmetic.ts";
import { equal, greater, less, logicalNot } from "../ops/comparison.ts";
import { scatterAdd } from "../ops/indexing.ts";
import { type ReduceOptions, sum } from "../ops/reduce.ts";
import { where } from "../ops/where.ts";
import { type Axes, checkShape } from "../shape.ts";
import type { All, Any, Clamp, OneHot, SameUnary } from "../signatures.ts";
import { type AnyTensor, emptyTensor, type Tensor } from "../tensor.ts";
import { expandDims } from "./movement.ts";

/**
 * x².
 * @example
 * square(tensor([3, -4])).toArray(); // [9, 16]
 */
export const square: SameUnary = defineComposite<SameUnary>(
  { name: "square", samples: [{ args: [draw([2, 3])] }] },
  (x: AnyTensor) => mul(x, x),
);

/**
 * x limited to [low, high]; `null` for no bound. The gradient is 1 between the bounds and on them, 0 outside.
 * @throws ArgumentError when low > high.
 * @example
 * clamp(tensor([-2, 0.5, 2]), -1, 1).toArray(); // [-1, 0.5, 1]
 */
export const clamp: Clamp = defineComposite<Clamp>(
  {
    name: "clamp",
    samples: [
      { args: [draw([2, 3], { avoid: [-0.5, 0.5] }), -0.5, 0.5] },
      { args: [draw([4], { avoid: [0] }), null, 0] },
      { args: [draw([4], { avoid: [0] }), 0, null] },
    ],
    errors: [{ args: [draw([2]), 1, 0], error: ArgumentError, message: /clamp: the bounds 1 and 0 leave nothing/ }],
  },
  (x: AnyTensor, low: number | null, high: number | null) => {
    checkTensor("clamp", x, 0);
    if (low !== null && high !== null && low > high) {
      throw new ArgumentError("clamp", `the bounds ${low} and ${high} leave nothing`, "give the lower one first");
    }
    const raised = low === null ? x : where(less(x, low), low, x);
    return high === null ? raised : where(greater(raised, high), high, raised);
  },
);

/**
 * Vectors of zeros with a 1 at each index, in a new last axis.
 * @throws DTypeError for indices that are not int32; ArgumentError for one outside [0, classes).
 * @example
 * oneHot(tensor([1, 0], { dtype: "int32" }), 3).toArray(); // [[0, 1, 0], [1, 0, 0]]
 */
export const oneHot: OneHot = defineComposite<OneHot>(
  {
    name: "oneHot",
    samples: [
      { args: [draw([2, 3], { dtype: "int32", low: 0, high: 3 }), 4, { dtype: "float64" }] },
      { args: [draw([], { dtype: "int32", low: 0, high: 1 }), 2] },
    ],
    errors: [
      { args: [draw([2]), 3], error: DTypeError, message: /oneHot: indices are float64/ },
      {
        args: [draw([1], { dtype: "int32", low: 3, high: 3 }), 3],
        error: ArgumentError,
        message: /index 3 is outside an axis of length 3/,
      },
      {
        args: [draw([1], { dtype: "int32", low: 1, high: 1 }), -1],
        error: ShapeError,
        message: /oneHot: \[-1\] is no shape/,
      },
    ],
  },
  (index: AnyTensor, classes: number, { dtype = "float32" }: { readonly dtype?: DType } = {}) => {
    checkTensor("oneHot", index, 0);
    checkShape("oneHot", [classes]);
    if (index.dtype !== "int32")
      throw new DTypeError("oneHot", `indices are ${index.dtype}`, 'cast them, as in cast(x, "int32")');
    const positions = expandDims(index, -1) as Tensor<readonly number[], "int32">;
    const [zeros] = emptyTensor([...index.shape, classes], dtype);
    const [like] = emptyTensor(positions.shape, dtype);
    return scatterAdd(zeros, positions, onesLike(like), -1);
  },
);

const truths = { dtype: "bool" } as const;

/**
 * Whether any element over axes is true; of nothing it is false.
 * @throws ShapeError for an unknown axis; DTypeError when x is not bool.
 * @example
 * any(tensor([[true, false], [false, false]]), 1).toArray(); // [true, false]
 */
export const any: Any = defineComposite<Any>(
  {
    name: "any",
    samples: [
      { args: [draw([2, 3], truths)] },
      { args: [draw([2, 3], truths), 0, { keepdims: true }] },
      { args: [draw([0], truths)] },
    ],
    errors: [
      { args: [draw([2], truths), 1], error: ShapeError, message: /has no axis 1/ },
      { args: [draw([2])], error: DTypeError, message: /any: expected bool, got float64/ },
    ],
  },
  (x: AnyTensor, axis?: Axes, options?: ReduceOptions) => {
    checkTensor("any", x, 0);
    requireBool("any", x.dtype);
    return greater(sum(x, axis, options), 0);
  },
);

/**
 * Whether all elements over axes are true; of nothing it is true.
 * @throws ShapeError for an unknown axis; DTypeError when x is not bool.
 * @example
 * all(tensor([[true, false], [true, true]]), 1).toArray(); // [false, true]
 */
export const all: All = defineComposite<All>(
  {
    name: "all",
    samples: [
      { args: [draw([2, 3], truths)] },
      { args: [draw([2, 3], truths), 0, { keepdims: true }] },
      { args: [draw([0], truths)] },
    ],
    errors: [
      { args: [draw([2], truths), 1], error: ShapeError, message: /has no axis 1/ },
      { args: [draw([2])], error: DTypeError, message: /all: expected bool, got float64/ },
    ],
  },
  (x: AnyTensor, axis?: Axes, options?: ReduceOptions) => {
    checkTensor("all", x, 0);
    requireBool("all", x.dtype);
    return equal(sum(logicalNot(x), axis, options), 0);
  },
);
