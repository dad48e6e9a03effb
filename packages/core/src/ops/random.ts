import { allocate, checkFloatDType, type FloatDType } from "../dtype.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, checkTensors, defineOp, draw, type Op } from "../op.ts";
import { checkShape, type Shape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";

// Draws are operations on the bits of a key, so that a tape records them: the backward pass uses the same mask, a replay
// with the same key draws it again, and a replay with another key draws another. The public functions, which take a
// `Key`, are composites.

type Bits = Tensor<readonly [2], "int32">;

interface Drawn {
  readonly shape: Shape;
  readonly dtype: FloatDType;
}

const bits = draw([2], { dtype: "int32", low: -1e9, high: 1e9 });

function defineDraw<F, A extends Drawn>(
  name: string,
  kernel: (key: AnyTensor, attributes: A, out: Float32Array | Float64Array) => void,
  extra: readonly unknown[] = [],
  attributes: (...extra: never[]) => Omit<A, keyof Drawn> = () => ({}) as Omit<A, keyof Drawn>,
): Op<F, A> {
  return defineOp<F, A>({
    name,
    parse: (key: AnyTensor, shape: Shape, dtype: FloatDType, ...rest: never[]) => {
      checkTensor(name, key, 0);
      checkFloatDType(name, dtype);
      return { inputs: [key], attributes: { shape: checkShape(name, shape), dtype, ...attributes(...rest) } as A };
    },
    infer: (_, { shape, dtype }) => ({ shape, dtype }),
    forward: ([key], own) => {
      const out = allocate(own.dtype, sizeOf(own.shape)) as Float32Array | Float64Array;
      kernel(key!, own, out);
      return out;
    },
    samples: [
      { args: [bits, [2, 3], "float64", ...extra] },
      { args: [bits, [], "float32", ...extra] },
      { args: [bits, [0, 2], "float32", ...extra] },
    ],
  });
}

/** Uniform draws on [0, 1), from the bits of a key. */
export const drawUniform: DrawFrom = defineDraw<DrawFrom, Drawn>("drawUniform", (key, _, out) =>
  kernels.randomUniform(storageOf(key), out),
);

/** Standard normal draws, from the bits of a key. */
export const drawNormal: DrawFrom = defineDraw<DrawFrom, Drawn>("drawNormal", (key, _, out) =>
  kernels.randomNormal(storageOf(key), out),
);

/** Signature of a draw from the bits of a key. */
export type DrawFrom = <const S extends Shape, D extends FloatDType>(bits: Bits, shape: S, dtype: D) => Tensor<S, D>;

interface Truncated extends Drawn {
  readonly low: number;
  readonly high: number;
}

/** Standard normal draws conditioned to lie in [low, high], from the bits of a key. */
export const drawTruncatedNormal: DrawTruncated = defineDraw<DrawTruncated, Truncated>(
  "drawTruncatedNormal",
  (key, { low, high }, out) => kernels.randomTruncatedNormal(storageOf(key), low, high, out),
  [-2, 2],
  (low: number, high: number) => ({ low, high }),
);

/** Signature of `drawTruncatedNormal`. */
export type DrawTruncated = <const S extends Shape, D extends FloatDType>(
  bits: Bits,
  shape: S,
  dtype: D,
  low: number,
  high: number,
) => Tensor<S, D>;

/** The bits of `count` new keys. */
export const splitBits: (bits: Bits, count: number) => Tensor<readonly [number, 2], "int32"> = defineOp<
  (bits: Bits, count: number) => Tensor<readonly [number, 2], "int32">,
  { readonly count: number }
>({
  name: "splitBits",
  parse: (key: AnyTensor, count: number) => {
    checkShape("splitKey", [count]);
    return { inputs: [key], attributes: { count } };
  },
  infer: (_, { count }) => ({ shape: [count, 2], dtype: "int32" }),
  forward: ([key], { count }) => {
    const out = new Int32Array(2 * count);
    kernels.splitKey(storageOf(key!), out);
    return out;
  },
  samples: [{ args: [bits, 3] }],
});

/** The bits of a key that depends on a key and a whole number. */
export const foldBits: (bits: Bits, data: Tensor<readonly [], "int32">) => Bits = defineOp<
  (bits: Bits, data: Tensor<readonly [], "int32">) => Bits
>({
  name: "foldBits",
  parse: (key: AnyTensor, data: AnyTensor) => {
    checkTensors("foldBits", [key, data]);
    return { inputs: [key, data], attributes: {} };
  },
  infer: () => ({ shape: [2], dtype: "int32" }),
  forward: ([key, data]) => {
    const out = new Int32Array(2);
    kernels.foldIn(storageOf(key!), storageOf(data!)[0]!, out);
    return out;
  },
  samples: [{ args: [bits, draw([], { dtype: "int32", low: 0, high: 1e9 })] }],
});
