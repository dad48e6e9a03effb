import { allocate, promote } from "../dtype.ts";
import { kernels } from "../kernels/active.ts";
import { defineOp, draw, type Op, type TensorSpec } from "../op.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { add, div, mulStrongZero, neg, sub } from "./arithmetic.ts";
import { allBatched } from "./batching.ts";
import { cast } from "./cast.ts";
import { sum } from "./reduce.ts";

// The operations under layerNorm, groupNorm and instanceNorm: what they check, these take as given.

interface Last {
  /** How many of the last axes are taken together. */
  readonly axes: number;
}

interface Standardized extends Last {
  readonly eps: number;
}

/** Signature of `standardizeLast`. */
export type StandardizeLast = (x: AnyTensor, axes: number, eps: number) => readonly [AnyTensor, AnyTensor];

/** Signature of `standardizeJacobian`. */
export type StandardizeJacobian = (y: AnyTensor, scale: AnyTensor, v: AnyTensor, axes: number) => AnyTensor;

/** The sizes of the last axes. */
const lastOf = (shape: Shape, axes: number): Shape => shape.slice(shape.length - axes);

const lastAxes = (axes: number): number[] => Array.from({ length: axes }, (_, i) => i - axes);

/** The mean over the last axes, which are kept. */
function meanOf(x: AnyTensor, axes: number): AnyTensor {
  return div(sum(x, lastAxes(axes), { keepdims: true }), sizeOf(lastOf(x.shape, axes))) as AnyTensor;
}

const times = (a: AnyTensor, b: AnyTensor): AnyTensor => mulStrongZero(a, b);

/**
 * y = (x − mean) s with s = 1/√(variance + eps) over the last axes, and s itself, with these axes kept. With y known, both derivatives are
 * short: dy = s (I − 1 1ᵀ/n − y yᵀ/n) dx, and ds = −s² (y · dx)/n.
 */
export const standardizeLast: Op<StandardizeLast, Standardized> = defineOp<StandardizeLast, Standardized>({
  name: "standardizeLast",
  parse: (x: AnyTensor, axes: number, eps: number) => ({ inputs: [x], attributes: { axes, eps } }),
  infer: ([x], { axes }) => {
    const { shape, dtype } = x!;
    const kept = shape.map((size, i) => (i < shape.length - axes ? size : 1));
    return [x!, { shape: kept, dtype }];
  },
  forward: ([x], { axes, eps }, [, scale]) => {
    const out = allocate(x!.dtype, x!.size);
    const scales = allocate(x!.dtype, sizeOf(scale!.shape));
    kernels.standardize(storageOf(x!), sizeOf(lastOf(x!.shape, axes)), eps, out, scales);
    return [out, scales];
  },
  vjp: ([g, h], { outputs: [y, scale], attributes: { axes } }, _, received) => {
    const ofY = received[0] ? standardizeJacobian(y!, scale!, g!, axes) : null;
    if (!received[1]) return [ofY];
    const count = sizeOf(lastOf(y!.shape, axes));
    const ofScale = neg(times(y!, div(times(h!, times(scale!, scale!)), count) as AnyTensor));
    return [ofY === null ? ofScale : (add(ofY, ofScale) as AnyTensor)];
  },
  jvp: [
    (t, { outputs: [y, scale], attributes: { axes } }) => [
      standardizeJacobian(y!, scale!, t, axes),
      neg(times(times(scale!, scale!), meanOf(times(y!, t), axes))),
    ],
  ],
  // Two sums, a difference from the mean, its square, and a product, of each element.
  flops: ({ inputs: [x] }) => 5 * sizeOf(x!.shape),
  batch: "same",
  samples: [{ args: [draw([2, 3]), 1, 0.1] }, { args: [draw([2, 2, 3]), 2, 0.01] }],
});

/** s (I − 1 1ᵀ/n − y yᵀ/n) v: both the pull-back and the push-forward of `standardizeLast`, whose Jacobian is symmetric. */
export const standardizeJacobian: Op<StandardizeJacobian, Last> = defineOp<StandardizeJacobian, Last>({
  name: "standardizeJacobian",
  parse: (y: AnyTensor, scale: AnyTensor, v: AnyTensor, axes: number) => {
    const all = [y, scale, v];
    const dtype = all.map((one) => one.dtype).reduce((a, b) => promote("standardizeJacobian", a, b));
    return { inputs: all.map((one) => (one.dtype === dtype ? one : cast(one, dtype))), attributes: { axes } };
  },
  infer: ([y]): TensorSpec => ({ shape: y!.shape, dtype: y!.dtype }),
  forward: ([y, scale, v], { axes }) => {
    const out = allocate(y!.dtype, y!.size);
    kernels.standardizeJacobian(storageOf(y!), storageOf(scale!), storageOf(v!), sizeOf(lastOf(y!.shape, axes)), out);
    return out;
  },
  vjp: [
    ([g], { inputs: [y, scale, v], attributes: { axes } }) => {
      const scaled = times(scale!, g!);
      return neg(add(times(scaled, meanOf(times(y!, v!), axes)), times(v!, meanOf(times(scaled, y!), axes))));
    },
    ([g], { inputs: [y, , v], attributes: { axes } }) =>
      sum(times(g!, projected(y!, v!, axes)), lastAxes(axes), { keepdims: true }),
    ([g], { inputs: [y, scale], attributes: { axes } }) => standardizeJacobian(y!, scale!, g!, axes),
  ],
  jvp: [
    (t, { inputs: [y, scale, v], attributes: { axes } }) => {
      const slope = add(times(t, meanOf(times(y!, v!), axes)), times(y!, meanOf(times(t, v!), axes))) as AnyTensor;
      return neg(times(scale!, slope));
    },
    (t, { inputs: [y, , v], attributes: { axes } }) => times(t, projected(y!, v!, axes)),
    (t, { inputs: [y, scale], attributes: { axes } }) => standardizeJacobian(y!, scale!, t, axes),
  ],
  flops: ({ inputs: [y] }) => 6 * sizeOf(y!.shape),
  batch: (inputs, at) => {
    const [y, scale, v] = allBatched(inputs, at);
    return standardizeJacobian(y!, scale!, v!, at.attributes.axes);
  },
  samples: [
    { args: [draw([2, 3]), draw([2, 1]), draw([2, 3]), 1] },
    { args: [draw([2, 2, 3]), draw([2, 1, 1]), draw([2, 2, 3]), 2] },
  ],
});

/** v − mean v − y mean(y v): what the Jacobian scales. */
function projected(y: AnyTensor, v: AnyTensor, axes: number): AnyTensor {
  return sub(sub(v, meanOf(v, axes)), times(y, meanOf(times(y, v), axes))) as AnyTensor;
}
