import { arithmetic } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { abs, add, mul, power } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { equal, notEqual } from "../ops/comparison.ts";
import { sqrt } from "../ops/exponential.ts";
import { concat, permute, reshape } from "../ops/movement.ts";
import { max, min, type ReduceOptions, sum } from "../ops/reduce.ts";
import { slice } from "../ops/slice.ts";
import { sort } from "../ops/sort.ts";
import { where } from "../ops/where.ts";
import { type Axes, normalizeAxes, reducedShape, sizeOf } from "../shape.ts";
import type { FloatReduction, Reduction, SameReduction } from "../signatures.ts";
import type { AnyTensor } from "../tensor.ts";
import { floats, overAxes, unknownAxis } from "./reducing.ts";
import { type VarianceOptions, variance } from "./statistics.ts";

/** x with the reduced axes joined into one last axis. */
function axesLast(x: AnyTensor, axes: readonly number[]): AnyTensor {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const moved = permute(x, [...kept, ...axes]);
  return reshape(moved, [...kept.map((i) => x.shape[i]!), sizeOf(axes.map((i) => x.shape[i]!))]);
}

/**
 * Product over axes; of nothing it is 1. Factors are multiplied in pairs, halves and quarters, so that the gradient is
 * exact where factors are 0, at every order.
 * @throws ShapeError for an unknown axis.
 * @example
 * prod(tensor([[1, 2], [3, 4]]), 0).toArray(); // [3, 8]
 */
export const prod: Reduction<"prod"> = defineComposite<Reduction<"prod">>(
  {
    name: "prod",
    samples: [...overAxes, { args: [draw([7])] }, { args: [draw([0, 2]), 0] }],
    errors: unknownAxis("prod"),
  },
  (x: AnyTensor, axis?: Axes, { keepdims = false }: ReduceOptions = {}) => {
    checkTensor("prod", x, 0);
    const axes = normalizeAxes("prod", axis, x.shape);
    let rest = axesLast(cast(x, x.dtype === "uint8" ? "int32" : arithmetic(x.dtype)), axes);
    const last = rest.rank - 1;
    const range = (from: number, to: number) => [...Array<null>(last).fill(null), [from, to] as const];
    while (rest.shape[last]! > 1) {
      const length = rest.shape[last]!;
      const half = length >> 1;
      const pairs: AnyTensor = mul(slice(rest, range(0, half)), slice(rest, range(half, 2 * half)));
      rest = length % 2 === 0 ? pairs : concat([pairs, slice(rest, range(2 * half, length))], last);
    }
    const shape = reducedShape(x.shape, axes, keepdims);
    return reshape(rest.shape[last] === 0 ? add(sum(rest, last), 1) : rest, shape);
  },
);

/** √x with a gradient of 0 where x is 0. */
function rootOrZero(x: AnyTensor): AnyTensor {
  const isZero = equal(x, 0);
  return where(isZero, 0, sqrt(where(isZero, 1, x)));
}

/**
 * Standard deviation over axes, the root of `variance`. The gradient where it is 0 is 0.
 * @throws ShapeError for an unknown axis.
 * @example
 * std(tensor([1, 2, 3]), null, { correction: 1 }).item(); // 1
 */
export const std: FloatReduction<"std", VarianceOptions> = defineComposite<FloatReduction<"std", VarianceOptions>>(
  { name: "std", samples: [...overAxes, { args: [draw([2, 3]), 1, { correction: 1 }] }], errors: unknownAxis("std") },
  (x: AnyTensor, axis?: Axes, options?: VarianceOptions & ReduceOptions) => {
    floats("std", x, axis);
    return rootOrZero(variance(x, axis, options));
  },
);

/** What `norm` takes besides `keepdims`. */
export interface NormOptions {
  /** The power p of (Σ |x|ᵖ)^(1/p), 2 if not given; ∞ for the largest |x|, −∞ for the smallest, 0 for the count of x ≠ 0. */
  readonly p?: number;
}

/**
 * Norm over axes, Euclidean unless p is given. The gradient at 0 is 0.
 * @throws ShapeError for an unknown axis; ArgumentError when p is NaN.
 * @example
 * norm(tensor([3, 4])).item(); // 5
 * norm(tensor([3, -4]), null, { p: 1 }).item(); // 7
 */
export const norm: FloatReduction<"norm", NormOptions> = defineComposite<FloatReduction<"norm", NormOptions>>(
  {
    name: "norm",
    samples: [
      ...overAxes,
      { args: [draw([2, 3], { avoid: [0] }), 1, { p: 1 }] },
      { args: [draw([2, 3], { avoid: [0] }), 0, { p: 3 }] },
      { args: [draw([2, 3], { low: 0.1, distinct: true }), 1, { p: Number.POSITIVE_INFINITY }] },
      { args: [draw([2, 3], { low: 0.1, distinct: true }), null, { p: Number.NEGATIVE_INFINITY }] },
      { args: [draw([3], { low: 0.1 }), null, { p: 0.5 }] },
    ],
    errors: [
      ...unknownAxis("norm"),
      { args: [draw([2]), null, { p: Number.NaN }], error: ArgumentError, message: /norm: NaN is no power/ },
    ],
  },
  (x: AnyTensor, axis?: Axes, { p = 2, ...options }: NormOptions & ReduceOptions = {}) => {
    if (Number.isNaN(p)) throw new ArgumentError("norm", "NaN is no power", "give a number, or Infinity");
    const input = floats("norm", x, axis);
    if (p === 2) return rootOrZero(sum(mul(input, input), axis, options));
    const sizes = abs(input);
    if (p === 0) return sum(cast(notEqual(input, 0), input.dtype), axis, options);
    if (p === 1) return sum(sizes, axis, options);
    if (p === Number.POSITIVE_INFINITY) return max(sizes, axis, options);
    if (p === Number.NEGATIVE_INFINITY) return min(sizes, axis, options);
    const total = sum(power(sizes, p), axis, options);
    const isZero = equal(total, 0);
    return where(isZero, 0, power(where(isZero, 1, total), 1 / p));
  },
);

/**
 * Middle value over axes: the lower one of two, as in PyTorch, so that it is one of the values and has their gradient. NaN
 * counts as the largest.
 * @throws ShapeError for an unknown axis, or when there is no element.
 * @example
 * median(tensor([3, 1, 4, 2])).item(); // 2
 */
export const median: SameReduction<"median"> = defineComposite<SameReduction<"median">>(
  {
    name: "median",
    samples: [
      { args: [draw([2, 3], { distinct: true })] },
      { args: [draw([2, 4], { distinct: true }), 1] },
      { args: [draw([2, 3, 2], { distinct: true }), [0, 2], { keepdims: true }] },
    ],
    errors: [
      ...unknownAxis("median"),
      { args: [draw([0])], error: ShapeError, message: /median: \[0\] has no element along its reduced axes/ },
    ],
  },
  (x: AnyTensor, axis?: Axes, { keepdims = false }: ReduceOptions = {}) => {
    checkTensor("median", x, 0);
    const axes = normalizeAxes("median", axis, x.shape);
    const [ordered] = sort(axesLast(x, axes)) as readonly [AnyTensor, AnyTensor];
    const length = ordered.shape.at(-1)!;
    if (length === 0) {
      throw new ShapeError(
        "median",
        `[${x.shape.join(", ")}] has no element along its reduced axes`,
        "check for empty input",
      );
    }
    const middle = slice(ordered, [...Array<null>(ordered.rank - 1).fill(null), (length - 1) >> 1]);
    return reshape(middle, reducedShape(x.shape, axes, keepdims));
  },
);
