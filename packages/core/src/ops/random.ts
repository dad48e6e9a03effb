import { allocateUnfilled, checkFloatDType, type FloatDType, type Storage } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, checkTensors, defineOp, draw, type ErrorSample, type Op, type TensorSpec } from "../op.ts";
import { checkShape, type Shape, sameShape, showShape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";

// Draws are operations on the bits of a key, so that a tape records them: the backward pass uses the same mask, a replay
// with the same key draws it again, and a replay with another key draws another. The public functions, which take a
// `Key`, are composites. Bits of [..., 2] are those of many keys, of which each draws what it draws alone.

/** The bits of a key, or with leading axes those of many. */
type Bits<B extends Shape = readonly []> = Tensor<readonly [...B, 2], "int32">;

interface Drawn {
  readonly shape: Shape;
  readonly dtype: FloatDType;
}

/** Draws of the words of keys. */
const words = { dtype: "int32", low: -1e9, high: 1e9 } as const;
const bits = draw([2], words);
const manyBits = draw([3, 1, 2], words);

/**
 * The shape of a batch of keys.
 * @throws ShapeError unless the last axis holds the two words of a key.
 */
function keysOf(name: string, { shape }: TensorSpec): Shape {
  if (shape.at(-1) === 2) return shape.slice(0, -1);
  throw new ShapeError(name, `${showShape(shape)} are the bits of no keys`, "give [..., 2], as in key(0).bits");
}

/** Results of one size for each key, one after the other. */
function forEachKey<T extends Storage>(keys: AnyTensor, out: T, run: (key: Storage, own: T, i: number) => void): T {
  const all = storageOf(keys);
  const count = all.length / 2;
  const size = out.length / count;
  if (count === 1) run(all, out, 0);
  else
    for (let i = 0; i < count; i++) {
      run(all.subarray(2 * i, 2 * i + 2), out.subarray(i * size, (i + 1) * size) as T, i);
    }
  return out;
}

const notBits = (name: string, ...rest: readonly unknown[]): ErrorSample => ({
  args: [draw([3], words), ...rest],
  error: ShapeError,
  message: RegExp(`${name}: \\[3\\] are the bits of no keys`),
});

function defineDraw<F, A extends Drawn>(
  name: string,
  kernel: (key: Storage, attributes: A, out: Float32Array | Float64Array) => void,
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
    infer: ([keys], { shape, dtype }) => ({ shape: [...keysOf(name, keys!), ...shape], dtype }),
    forward: ([keys], attributes, [result]) => {
      const all = allocateUnfilled(attributes.dtype, sizeOf(result!.shape)) as Float32Array | Float64Array;
      return forEachKey(keys!, all, (key, out) => kernel(key, attributes, out));
    },
    batch: "same",
    samples: [
      { args: [bits, [2, 3], "float64", ...extra] },
      { args: [bits, [], "float32", ...extra] },
      { args: [bits, [0, 2], "float32", ...extra] },
      { args: [manyBits, [3], "float32", ...extra] },
    ],
    errors: [notBits(name, [2], "float32", ...extra)],
  });
}

/**
 * Uniform draws on [0, 1), [..., ...shape] from the bits [..., 2] of keys.
 * @throws ShapeError for what are no bits; ArgumentError for a dtype that is no float.
 * @example
 * drawUniform(key(0).bits, [2, 3], "float32").shape; // [2, 3]
 */
export const drawUniform: DrawFrom = defineDraw<DrawFrom, Drawn>("drawUniform", (key, _, out) =>
  kernels.randomUniform(key, out),
);

/**
 * Standard normal draws, [..., ...shape] from the bits [..., 2] of keys.
 * @throws ShapeError for what are no bits; ArgumentError for a dtype that is no float.
 * @example
 * drawNormal(key(0).bits, [2, 3], "float32").shape; // [2, 3]
 */
export const drawNormal: DrawFrom = defineDraw<DrawFrom, Drawn>("drawNormal", (key, _, out) =>
  kernels.randomNormal(key, out),
);

/** Signature of a draw from the bits of keys. */
export type DrawFrom = <const B extends Shape, const S extends Shape, D extends FloatDType>(
  bits: Bits<B>,
  shape: S,
  dtype: D,
) => Tensor<readonly [...B, ...S], D>;

interface Truncated extends Drawn {
  readonly low: number;
  readonly high: number;
}

/**
 * Standard normal draws conditioned to lie in [low, high], [..., ...shape] from the bits [..., 2] of keys.
 * @throws ShapeError for what are no bits; ArgumentError for a dtype that is no float.
 * @example
 * drawTruncatedNormal(key(0).bits, [2, 3], "float32", -2, 2).shape; // [2, 3]
 */
export const drawTruncatedNormal: DrawTruncated = defineDraw<DrawTruncated, Truncated>(
  "drawTruncatedNormal",
  (key, { low, high }, out) => kernels.randomTruncatedNormal(key, low, high, out),
  [-2, 2],
  (low: number, high: number) => ({ low, high }),
);

/** Signature of `drawTruncatedNormal`. */
export type DrawTruncated = <const B extends Shape, const S extends Shape, D extends FloatDType>(
  bits: Bits<B>,
  shape: S,
  dtype: D,
  low: number,
  high: number,
) => Tensor<readonly [...B, ...S], D>;

/** Signature of `splitBits`. */
export type SplitBits = <const B extends Shape>(
  bits: Bits<B>,
  count: number,
) => Tensor<readonly [...B, number, 2], "int32">;

/**
 * The bits [..., count, 2] of `count` new keys for each key of [..., 2].
 * @throws ShapeError for a count that is none, or what are no bits.
 * @example
 * splitBits(key(0).bits, 3).shape; // [3, 2]
 */
export const splitBits: SplitBits = defineOp<SplitBits, { readonly count: number }>({
  name: "splitBits",
  parse: (keys: AnyTensor, count: number) => {
    checkTensor("splitBits", keys, 0);
    checkShape("splitKey", [count]);
    return { inputs: [keys], attributes: { count } };
  },
  infer: ([keys], { count }) => ({ shape: [...keysOf("splitBits", keys!), count, 2], dtype: "int32" }),
  forward: ([keys], _, [result]) =>
    forEachKey(keys!, new Int32Array(sizeOf(result!.shape)), (key, out) => kernels.splitKey(key, out)),
  batch: "same",
  samples: [{ args: [bits, 3] }, { args: [manyBits, 2] }],
  errors: [notBits("splitBits", 2)],
});

/** Signature of `foldBits`. */
export type FoldBits = <const B extends Shape>(bits: Bits<B>, data: Tensor<B, "int32">) => Bits<B>;

/**
 * The bits of keys that depend on a key and a whole number: of [..., 2], for keys of [..., 2] and int32 data of [...].
 * @throws ShapeError for data of another shape, or what are no bits.
 * @example
 * foldBits(key(0).bits, tensor(17, { dtype: "int32" })).shape; // [2]
 */
export const foldBits: FoldBits = defineOp<FoldBits>({
  name: "foldBits",
  parse: (keys: AnyTensor, data: AnyTensor) => {
    checkTensors("foldBits", [keys, data]);
    return { inputs: [keys, data], attributes: {} };
  },
  infer: ([keys, data]) => {
    if (!sameShape(keysOf("foldBits", keys!), data!.shape)) {
      const problem = `there are bits of ${showShape(keys!.shape)} for data of ${showShape(data!.shape)}`;
      throw new ShapeError("foldBits", problem, "give one number per key");
    }
    return { shape: keys!.shape, dtype: "int32" };
  },
  forward: ([keys, data]) => {
    const numbers = storageOf(data!);
    return forEachKey(keys!, new Int32Array(2 * numbers.length), (key, out, i) =>
      kernels.foldIn(key, keys!.size === 2 ? numbers : numbers.subarray(i, i + 1), out),
    );
  },
  batch: "all",
  samples: [
    { args: [bits, draw([], { dtype: "int32", low: 0, high: 1e9 })] },
    { args: [manyBits, draw([3, 1], { dtype: "int32", low: 0, high: 1e9 })] },
  ],
  errors: [
    notBits("foldBits", draw([], { dtype: "int32" })),
    {
      args: [bits, draw([3], { dtype: "int32" })],
      error: ShapeError,
      message: /foldBits: there are bits of \[2\] for data of \[3\]; give one number per key/,
    },
  ],
});
