import { allocateUnfilled, promote, toFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { apply, checkTensor, defineOp, draw, type Op, type OpDef, type Sample } from "../op.ts";
import { normalizeAxis, type Shape, showShape, sizeOf } from "../shape.ts";
import type { FloatAlongAxis } from "../signatures.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { mulStrongZero, sub } from "./arithmetic.ts";
import { allBatched } from "./batching.ts";
import { cast } from "./cast.ts";
import { exp } from "./exponential.ts";
import { sum } from "./reduce.ts";

interface Along {
  readonly axis: number;
}

/** A shape as [outer, length, inner] around an axis. */
const around = (shape: Shape, axis: number): [outer: number, length: number, inner: number] => [
  sizeOf(shape.slice(0, axis)),
  shape[axis]!,
  sizeOf(shape.slice(axis + 1)),
];

const alongAxis: readonly Sample[] = [
  { args: [draw([2, 3])] },
  { args: [draw([2, 3]), 0] },
  { args: [draw([2, 3, 2]), -2] },
  { args: [draw([3], { dtype: "int32" })] },
];

function define<F>(name: "softmax" | "logSoftmax", rules: Pick<OpDef<Along>, "vjp" | "jvp">): Op<F, Along> {
  const op: Op<F, Along> = defineOp<F, Along>({
    name,
    parse: (x: AnyTensor, axis = -1) => {
      checkTensor(name, x, 0);
      const dtype = toFloat(x.dtype);
      const attributes = { axis: normalizeAxis(name, axis, x.shape) };
      return { inputs: [x.dtype === dtype ? x : cast(x, dtype)], attributes };
    },
    infer: ([x], { axis }) => {
      const { shape, dtype } = x!;
      if (shape[axis] === 0) {
        throw new ShapeError(name, `${showShape(shape)} has no element along axis ${axis}`, "check for empty input");
      }
      return { shape, dtype };
    },
    forward: ([x], { axis }) => {
      const out = allocateUnfilled(x!.dtype, x!.size);
      kernels.softmax(name === "logSoftmax", storageOf(x!), ...around(x!.shape, axis), out);
      return out;
    },
    ...rules,
    // The largest, a difference, an exponential, a sum, and a quotient or difference.
    flops: ({ inputs: [x] }) => 5 * sizeOf(x!.shape),
    batch: ([x], { attributes: { axis } }) => apply(op.definition, [x!], { axis: axis + 1 }),
    samples: alongAxis,
    errors: [
      { args: [draw([2, 3]), 2], error: ShapeError, message: RegExp(`${name}: \\[2, 3\\] has no axis 2`) },
      { args: [draw([2, 0])], error: ShapeError, message: RegExp(`${name}: \\[2, 0\\] has no element along axis 1`) },
    ],
  });
  return op;
}

/** Signature of `softmaxJacobian`. */
export type SoftmaxJacobian = (y: AnyTensor, v: AnyTensor, axis: number) => AnyTensor;

const over = (axis: number) => [axis, { keepdims: true }] as const;

/**
 * (diag(y) − y yᵀ) v along an axis: both the pull-back and the push-forward of softmax, whose Jacobian is symmetric. As in other rules, a
 * factor of 0 gives 0 whatever the other one is.
 */
export const softmaxJacobian: Op<SoftmaxJacobian, Along> = defineOp<SoftmaxJacobian, Along>({
  name: "softmaxJacobian",
  parse: (y: AnyTensor, v: AnyTensor, axis: number) => ({ inputs: [y, v], attributes: { axis } }),
  infer: ([y, v]) => ({ shape: y!.shape, dtype: promote("softmaxJacobian", y!.dtype, v!.dtype) }),
  forward: ([y, v], { axis }, [result]) => {
    const out = allocateUnfilled(result!.dtype, y!.size);
    kernels.softmaxJacobian(storageOf(y!), storageOf(v!), ...around(y!.shape, axis), out);
    return out;
  },
  vjp: [
    ([g], { inputs: [y, v], attributes: { axis } }) => {
      const mean = sum(mulStrongZero(y!, v!), ...over(axis));
      return sub(mulStrongZero(g!, sub(v!, mean)), mulStrongZero(v!, sum(mulStrongZero(g!, y!), ...over(axis))));
    },
    ([g], { inputs: [y], attributes: { axis } }) => softmaxJacobian(y!, g!, axis),
  ],
  jvp: [
    (t, { inputs: [y, v], attributes: { axis } }) => {
      const mean = sum(mulStrongZero(y!, v!), ...over(axis));
      return sub(mulStrongZero(t, sub(v!, mean)), mulStrongZero(y!, sum(mulStrongZero(t, v!), ...over(axis))));
    },
    (t, { inputs: [y], attributes: { axis } }) => softmaxJacobian(y!, t, axis),
  ],
  // A product, a sum, a difference and a product.
  flops: ({ inputs: [y] }) => 4 * sizeOf(y!.shape),
  batch: (inputs, at) => {
    const [y, v] = allBatched(inputs, at);
    return softmaxJacobian(y!, v!, at.attributes.axis + 1);
  },
  samples: [{ args: [draw([2, 3]), draw([2, 3]), 1] }, { args: [draw([2, 3, 2]), draw([2, 3, 2]), 1] }],
});

/**
 * eˣ / Σ eˣ along an axis (the last if not given): positive, and of sum 1.
 * @throws ShapeError for an unknown axis, or one without elements.
 * @example
 * softmax(tensor([0, 0])).toArray(); // [0.5, 0.5]
 */
export const softmax: FloatAlongAxis<"softmax"> = define<FloatAlongAxis<"softmax">>("softmax", {
  vjp: [([g], { output: y, attributes: { axis } }) => softmaxJacobian(y, g!, axis)],
  jvp: [(t, { output: y, attributes: { axis } }) => softmaxJacobian(y, t, axis)],
});

/**
 * Logarithm of `softmax`, exact where softmax itself would be 0.
 * @throws ShapeError for an unknown axis, or one without elements.
 * @example
 * logSoftmax(tensor([0, 1000])).toArray(); // [-1000, 0]
 */
export const logSoftmax: FloatAlongAxis<"logSoftmax"> = define<FloatAlongAxis<"logSoftmax">>("logSoftmax", {
  vjp: [([g], { output: y, attributes: { axis } }) => sub(g!, mulStrongZero(exp(y), sum(g!, ...over(axis))))],
  jvp: [(t, { output: y, attributes: { axis } }) => sub(t, sum(mulStrongZero(exp(y), t), ...over(axis)))],
});
