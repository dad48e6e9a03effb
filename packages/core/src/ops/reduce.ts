import { allocateUnfilled, type DType } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import type { ArgReduceKind, ReduceKind } from "../kernels/kernels.ts";
import { apply, checkTensor, defineOp, draw, type ErrorSample, type Op, type OpDef, type Sample } from "../op.ts";
import { checkOptions } from "../options.ts";
import { type Axes, normalizeAxes, normalizeAxis, reducedShape, type Shape, showShape, sizeOf } from "../shape.ts";
import type { ArgMax, ArgMin, Max, Min, Sum } from "../signatures.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { div } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { equal, isNaN, logicalOr } from "./comparison.ts";
import { broadcastTo, reshape } from "./movement.ts";
import { where } from "./where.ts";

export interface ReduceOptions {
  /** Keep reduced axes as axes of length 1. */
  readonly keepdims?: boolean;
}

interface Reduced {
  /** Counted from the front, ascending. */
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}

interface Reduction {
  readonly name: string;
  readonly kind: ReduceKind;
  /** The dtype of the result. */
  readonly dtype: (dtype: DType) => DType;
  readonly rules?: Pick<OpDef<Reduced>, "vjp" | "jvp" | "branches">;
  readonly samples: readonly Sample[];
  readonly errors: readonly ErrorSample[];
}

function defineReduction<F>({ name, kind, dtype, rules, samples, errors }: Reduction): Op<F, Reduced> {
  const op: Op<F, Reduced> = defineOp<F, Reduced>({
    name,
    parse: (x: AnyTensor, axis?: Axes, options: ReduceOptions = {}) => {
      checkTensor(name, x, 0);
      checkOptions(name, options, "keepdims");
      const { keepdims = false } = options;
      return { inputs: [x], attributes: { axes: normalizeAxes(name, axis, x.shape), keepdims } };
    },
    infer: ([x], { axes, keepdims }) => {
      if (kind !== "sum" && axes.some((axis) => x!.shape[axis] === 0)) {
        throw new ShapeError(
          name,
          `${showShape(x!.shape)} has no element along its reduced axes`,
          "check for empty input",
        );
      }
      return { shape: reducedShape(x!.shape, axes, keepdims), dtype: dtype(x!.dtype) };
    },
    forward: ([x], { axes }, [result]) => {
      const out = allocateUnfilled(result!.dtype, sizeOf(result!.shape));
      kernels.reduce(kind, storageOf(x!), x!.shape, axes, out);
      return out;
    },
    ...rules,
    flops: ({ inputs: [x] }) => sizeOf(x!.shape),
    batch: ([x], { attributes: { axes, keepdims } }) =>
      apply(op.definition, [x!], { axes: axes.map((axis) => axis + 1), keepdims }),
    samples,
    errors,
  });
  return op;
}

/** A reduced tensor with its reduced axes back, as axes of length 1. */
function restore(reduced: AnyTensor, like: Shape, axes: readonly number[]): AnyTensor {
  return reshape(reduced, reducedShape(like, axes, true));
}

const unknownAxis = (name: string): readonly ErrorSample[] => [
  { args: [draw([2, 3]), 2], error: ShapeError, message: RegExp(`${name}: \\[2, 3\\] has no axis 2; use -2 to 1`) },
  { args: [draw([2, 3]), [0, -2]], error: ShapeError, message: RegExp(`${name}: axis 0 of \\[2, 3\\] is named twice`) },
  { args: [draw([]), 0], error: ShapeError, message: RegExp(`${name}: \\[\\] has no axis 0; a scalar has no axes`) },
];

const overAxes = (options: Parameters<typeof draw>[1]): readonly Sample[] => [
  { args: [draw([2, 3], options)] },
  { args: [draw([2, 3], options), 0] },
  { args: [draw([2, 3], options), -1, { keepdims: true }] },
  { args: [draw([2, 3, 2], options), [0, 2]] },
  { args: [draw([2, 1, 3], options), [1, 2], { keepdims: true }] },
  { args: [draw([], options)] },
];

/**
 * Sum over axes; of nothing it is 0. bool and uint8 add up in int32.
 * @param axis one axis, several, or all (left out or `null`); negative ones count from the end.
 * @throws ShapeError for an unknown axis.
 * @example
 * sum(tensor([[1, 2], [3, 4]]), 0).toArray(); // [4, 6]
 */
export const sum: Sum = defineReduction<Sum>({
  name: "sum",
  kind: "sum",
  dtype: (dtype) => (dtype === "bool" || dtype === "uint8" ? "int32" : dtype),
  rules: {
    vjp: [([g], { inputs: [x], attributes: { axes } }) => broadcastTo(restore(g!, x!.shape, axes), x!.shape)],
    jvp: "linear",
  },
  samples: [...overAxes({}), { args: [draw([0, 3]), 0] }, { args: [draw([3], { dtype: "bool" })] }],
  errors: unknownAxis("sum"),
});

/** Which elements are the extreme: a NaN is, wherever there is one. */
const attainedBy = (x: AnyTensor, extreme: AnyTensor): AnyTensor => logicalOr(equal(x, extreme), isNaN(x));

/** Extremes share their gradient among all elements that tie, as PyTorch's amax does. */
const extremum: Pick<OpDef<Reduced>, "vjp" | "jvp" | "branches"> = {
  vjp: [
    ([g], { inputs: [x], output, attributes: { axes } }) => {
      const attained = attainedBy(x!, restore(output, x!.shape, axes));
      const count = sum(cast(attained, g!.dtype), axes, { keepdims: true });
      return where(attained, div(restore(g!, x!.shape, axes), count), 0);
    },
  ],
  jvp: [
    (t, { inputs: [x], output, attributes: { axes, keepdims } }) => {
      const attained = attainedBy(x!, restore(output, x!.shape, axes));
      const count = sum(cast(attained, t.dtype), axes, { keepdims });
      return div(sum(where(attained, t, 0), axes, { keepdims }), count);
    },
  ],
  branches: ({ inputs: [x], output, attributes: { axes } }) => [attainedBy(x!, restore(output, x!.shape, axes))],
};

const empty = (name: string): ErrorSample => ({
  args: [draw([0, 3]), 0],
  error: ShapeError,
  message: RegExp(`${name}: \\[0, 3\\] has no element along`),
});

/**
 * Largest element over axes; NaN wins. Elements that tie share the gradient.
 * @throws ShapeError for an unknown axis, or when there is no element.
 * @example
 * max(tensor([[1, 5], [3, 4]]), 1).toArray(); // [5, 4]
 */
export const max: Max = defineReduction<Max>({
  name: "max",
  kind: "max",
  dtype: (dtype) => dtype,
  rules: extremum,
  samples: overAxes({ distinct: true }),
  errors: [...unknownAxis("max"), empty("max")],
});

/**
 * Smallest element over axes; NaN wins. Elements that tie share the gradient.
 * @throws ShapeError for an unknown axis, or when there is no element.
 * @example
 * min(tensor([[1, 5], [3, 4]]), 1).toArray(); // [1, 3]
 */
export const min: Min = defineReduction<Min>({
  name: "min",
  kind: "min",
  dtype: (dtype) => dtype,
  rules: extremum,
  samples: overAxes({ distinct: true }),
  errors: [...unknownAxis("min"), empty("min")],
});

/** `axis` is null when the position counts through the flattened tensor. */
interface ArgReduced {
  readonly axis: number | null;
  readonly keepdims: boolean;
}

function defineArgReduction<F>(name: string, kind: ArgReduceKind): Op<F, ArgReduced> {
  const op: Op<F, ArgReduced> = defineOp<F, ArgReduced>({
    name,
    parse: (x: AnyTensor, axis: number | null = null, options: ReduceOptions = {}) => {
      checkTensor(name, x, 0);
      checkOptions(name, options, "keepdims");
      const { keepdims = false } = options;
      return { inputs: [x], attributes: { axis: axis === null ? null : normalizeAxis(name, axis, x.shape), keepdims } };
    },
    infer: ([x], { axis, keepdims }) => {
      const { shape } = x!;
      if ((axis === null ? sizeOf(shape) : shape[axis]) === 0) {
        throw new ShapeError(name, `${showShape(shape)} has no element to choose`, "check for empty input");
      }
      const axes = axis === null ? shape.map((_, i) => i) : [axis];
      return { shape: reducedShape(shape, axes, keepdims), dtype: "int32" };
    },
    forward: ([x], { axis }, [result]) => {
      const out = allocateUnfilled("int32", sizeOf(result!.shape));
      const { shape } = x!;
      const at = axis ?? 0;
      const inner = axis === null ? 1 : sizeOf(shape.slice(at + 1));
      const outer = axis === null ? 1 : sizeOf(shape.slice(0, at));
      const length = axis === null ? sizeOf(shape) : shape[at]!;
      kernels.argReduce(kind, storageOf(x!), outer, length, inner, out);
      return out;
    },
    batch: ([x], { size, outputs: [result], attributes: { axis } }) => {
      const rows = axis === null ? (reshape(x!, [size, -1]) as AnyTensor) : x!;
      const chosen = apply(op.definition, [rows], { axis: axis === null ? 1 : axis + 1, keepdims: false }) as AnyTensor;
      return reshape(chosen, [size, ...result!.shape]);
    },
    samples: [
      { args: [draw([2, 3], { distinct: true })] },
      { args: [draw([2, 3], { distinct: true }), 0] },
      { args: [draw([2, 3], { distinct: true }), -1, { keepdims: true }] },
    ],
    errors: [
      { args: [draw([2, 3]), 2], error: ShapeError, message: RegExp(`${name}: \\[2, 3\\] has no axis 2`) },
      { args: [draw([0])], error: ShapeError, message: RegExp(`${name}: \\[0\\] has no element`) },
    ],
  });
  return op;
}

/**
 * Position of the largest element along an axis (through the flattened tensor if left out), as int32. The first of
 * several wins, and NaN counts as the largest.
 * @throws ShapeError for an unknown axis, or when there is no element.
 * @example
 * argmax(tensor([[1, 5], [3, 4]]), 1).toArray(); // [1, 1]
 */
export const argmax: ArgMax = defineArgReduction<ArgMax>("argmax", "max");

/**
 * Position of the smallest element along an axis (through the flattened tensor if left out), as int32. The first of
 * several wins, and NaN counts as the smallest.
 * @throws ShapeError for an unknown axis, or when there is no element.
 * @example
 * argmin(tensor([[1, 5], [3, 4]]), 1).toArray(); // [0, 0]
 */
export const argmin: ArgMin = defineArgReduction<ArgMin>("argmin", "min");
