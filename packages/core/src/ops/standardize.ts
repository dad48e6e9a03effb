import { allocateUnfilled, promote } from "../dtype.ts";
import { kernels } from "../kernels/active.ts";
import { defineOp, draw, type Op, type TensorSpec } from "../op.ts";
import { sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { add, div, mulStrongZero, neg, sub } from "./arithmetic.ts";
import { allBatched } from "./batching.ts";
import { cast } from "./cast.ts";
import { permute } from "./movement.ts";
import { sum } from "./reduce.ts";

// The operations under layerNorm, batchNorm, groupNorm and instanceNorm: what they check, these take as given.

interface Kept {
  /** The axes from `from` to before `to` count what is standardized, each over all other axes. */
  readonly from: number;
  readonly to: number;
}

interface Standardized extends Kept {
  readonly eps: number;
}

/** Signature of `standardize`. */
export type Standardize = (x: AnyTensor, from: number, to: number, eps: number) => readonly [AnyTensor, AnyTensor];

/** Signature of `standardizeJacobian`. */
export type StandardizeJacobian = (y: AnyTensor, scale: AnyTensor, v: AnyTensor, from: number, to: number) => AnyTensor;

const isKept = (axis: number, { from, to }: Kept): boolean => axis >= from && axis < to;

/** The axes over which each is standardized. */
const axesOver = ({ shape }: TensorSpec, kept: Kept): number[] =>
  shape.map((_, axis) => axis).filter((axis) => !isKept(axis, kept));

/** How many elements each has. */
const countOf = (x: TensorSpec, kept: Kept): number => sizeOf(axesOver(x, kept).map((axis) => x.shape[axis]!));

const outerOf = ({ shape }: TensorSpec, { from }: Kept): number => sizeOf(shape.slice(0, from));
const innerOf = ({ shape }: TensorSpec, { to }: Kept): number => sizeOf(shape.slice(to));

/** The mean over what is not kept, whose axes stay. */
function meanOf(x: AnyTensor, kept: Kept): AnyTensor {
  return div(sum(x, axesOver(x, kept), { keepdims: true }), countOf(x, kept)) as AnyTensor;
}

/** A batch in front of the kept axes, as one of them: the axes before those first. */
function besideKept(x: AnyTensor, { from }: Kept): AnyTensor {
  const axes = x.shape.map((_, axis) => axis);
  return permute(x, [...axes.slice(1, from + 1), 0, ...axes.slice(from + 1)]) as AnyTensor;
}

/** The way back. */
function batchFirst(x: AnyTensor, { from }: Kept): AnyTensor {
  const axes = x.shape.map((_, axis) => axis);
  return permute(x, [from, ...axes.slice(0, from), ...axes.slice(from + 1)]) as AnyTensor;
}

const times = (a: AnyTensor, b: AnyTensor): AnyTensor => mulStrongZero(a, b);

/**
 * y = (x − mean) s with s = 1/√(variance + eps), each of what is kept over all other axes, and s itself, in which those have length 1. With y known, both derivatives are
 * short: dy = s (I − 1 1ᵀ/n − y yᵀ/n) dx, and ds = −s² (y · dx)/n.
 */
export const standardize: Op<Standardize, Standardized> = defineOp<Standardize, Standardized>({
  name: "standardize",
  parse: (x: AnyTensor, from: number, to: number, eps: number) => ({ inputs: [x], attributes: { from, to, eps } }),
  infer: ([x], attributes) => {
    const { shape, dtype } = x!;
    return [x!, { shape: shape.map((size, axis) => (isKept(axis, attributes) ? size : 1)), dtype }];
  },
  forward: ([x], attributes, [, scale]) => {
    const out = allocateUnfilled(x!.dtype, x!.size);
    const scales = allocateUnfilled(x!.dtype, sizeOf(scale!.shape));
    const [outer, inner] = [outerOf(x!, attributes), innerOf(x!, attributes)];
    kernels.standardize(storageOf(x!), outer, inner, attributes.eps, out, scales);
    return [out, scales];
  },
  vjp: ([g, h], { outputs: [y, scale], attributes }, _, received) => {
    const { from, to } = attributes;
    const ofY = received[0] ? standardizeJacobian(y!, scale!, g!, from, to) : null;
    if (!received[1]) return [ofY];
    const count = countOf(y!, attributes);
    const ofScale = neg(times(y!, div(times(h!, times(scale!, scale!)), count) as AnyTensor));
    return [ofY === null ? ofScale : (add(ofY, ofScale) as AnyTensor)];
  },
  jvp: [
    (t, { outputs: [y, scale], attributes }) => [
      standardizeJacobian(y!, scale!, t, attributes.from, attributes.to),
      neg(times(times(scale!, scale!), meanOf(times(y!, t), attributes))),
    ],
  ],
  // Two sums, a difference from the mean, its square, and a product, of each element.
  flops: ({ inputs: [x] }) => 5 * sizeOf(x!.shape),
  batch: ([x], { attributes }) => {
    const { from, to, eps } = attributes;
    return standardize(besideKept(x!, attributes), from, to + 1, eps).map((result) => batchFirst(result, attributes));
  },
  samples: [
    { args: [draw([2, 3]), 0, 1, 0.1] },
    { args: [draw([2, 2, 3]), 0, 1, 0.01] },
    { args: [draw([3, 2, 2]), 1, 2, 0.01] },
  ],
});

/** s (I − 1 1ᵀ/n − y yᵀ/n) v: both the pull-back and the push-forward of `standardize`, whose Jacobian is symmetric. */
export const standardizeJacobian: Op<StandardizeJacobian, Kept> = defineOp<StandardizeJacobian, Kept>({
  name: "standardizeJacobian",
  parse: (y: AnyTensor, scale: AnyTensor, v: AnyTensor, from: number, to: number) => {
    const all = [y, scale, v];
    const dtype = all.map((one) => one.dtype).reduce((a, b) => promote("standardizeJacobian", a, b));
    return { inputs: all.map((one) => (one.dtype === dtype ? one : cast(one, dtype))), attributes: { from, to } };
  },
  infer: ([y]): TensorSpec => ({ shape: y!.shape, dtype: y!.dtype }),
  forward: ([y, scale, v], attributes) => {
    const out = allocateUnfilled(y!.dtype, y!.size);
    const [outer, inner] = [outerOf(y!, attributes), innerOf(y!, attributes)];
    kernels.standardizeJacobian(storageOf(y!), storageOf(scale!), storageOf(v!), outer, inner, out);
    return out;
  },
  vjp: [
    ([g], { inputs: [y, scale, v], attributes }) => {
      const scaled = times(scale!, g!);
      return neg(
        add(times(scaled, meanOf(times(y!, v!), attributes)), times(v!, meanOf(times(scaled, y!), attributes))),
      );
    },
    ([g], { inputs: [y, , v], attributes }) =>
      sum(times(g!, projected(y!, v!, attributes)), axesOver(y!, attributes), { keepdims: true }),
    ([g], { inputs: [y, scale], attributes }) => standardizeJacobian(y!, scale!, g!, attributes.from, attributes.to),
  ],
  jvp: [
    (t, { inputs: [y, scale, v], attributes }) => {
      const slope = add(
        times(t, meanOf(times(y!, v!), attributes)),
        times(y!, meanOf(times(t, v!), attributes)),
      ) as AnyTensor;
      return neg(times(scale!, slope));
    },
    (t, { inputs: [y, , v], attributes }) => times(t, projected(y!, v!, attributes)),
    (t, { inputs: [y, scale], attributes }) => standardizeJacobian(y!, scale!, t, attributes.from, attributes.to),
  ],
  flops: ({ inputs: [y] }) => 6 * sizeOf(y!.shape),
  batch: (inputs, at) => {
    const { attributes } = at;
    const [y, scale, v] = allBatched(inputs, at).map((input) => besideKept(input, attributes));
    return batchFirst(standardizeJacobian(y!, scale!, v!, attributes.from, attributes.to + 1), attributes);
  },
  samples: [
    { args: [draw([2, 3]), draw([2, 1]), draw([2, 3]), 0, 1] },
    { args: [draw([3, 2, 2]), draw([1, 2, 1]), draw([3, 2, 2]), 1, 2] },
  ],
});

/** v − mean v − y mean(y v): what the Jacobian scales. */
function projected(y: AnyTensor, v: AnyTensor, kept: Kept): AnyTensor {
  return sub(sub(v, meanOf(v, kept)), times(y, meanOf(times(y, v), kept))) as AnyTensor;
}
