import { requireBool } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { mul } from "../ops/arithmetic.ts";
import { alias } from "../ops/cast.ts";
import { equal, greater, less, logicalNot } from "../ops/comparison.ts";
import { type ReduceOptions, sum } from "../ops/reduce.ts";
import { where } from "../ops/where.ts";
import type { Axes } from "../shape.ts";
import type { All, Any, Clamp, SameUnary } from "../signatures.ts";
import type { AnyTensor } from "../tensor.ts";

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
      { args: [draw([4]), null, null] },
    ],
    errors: [{ args: [draw([2]), 1, 0], error: ArgumentError, message: /clamp: the bounds 1 and 0 leave nothing/ }],
  },
  (x: AnyTensor, low: number | null, high: number | null) => {
    checkTensor("clamp", x, 0);
    if (low !== null && high !== null && low > high) {
      throw new ArgumentError("clamp", `the bounds ${low} and ${high} leave nothing`, "give the lower one first");
    }
    if (low === null && high === null) return alias(x);
    const raised = low === null ? x : where(less(x, low), low, x);
    return high === null ? raised : where(greater(raised, high), high, raised);
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
