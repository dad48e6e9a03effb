import type { FloatDType } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key, key as keyOf } from "../key.ts";
import { defineComposite } from "../op.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { less } from "../ops/comparison.ts";
import { broadcastTo } from "../ops/movement.ts";
import { drawNormal, drawTruncatedNormal, drawUniform, foldBits, splitBits } from "../ops/random.ts";
import { slice } from "../ops/slice.ts";
import { sort } from "../ops/sort.ts";
import { checkShape, type Shape } from "../shape.ts";
import { type AnyTensor, isTensor, Tensor } from "../tensor.ts";

function checkKey(operation: string, value: unknown): asserts value is Key {
  if (value instanceof Key) return;
  throw new ArgumentError(
    operation,
    "the first argument is no key",
    "make one with key(seed), and new ones with splitKey",
  );
}

/** @throws ArgumentError for what is no key; ShapeError for what is no shape, by the name that was called. */
function checkDraw(operation: string, key: unknown, shape: Shape): asserts key is Key {
  checkKey(operation, key);
  checkShape(operation, shape);
}

type Bits = Key["bits"];
const sampleKey = keyOf(7);

/** Signature of `splitKey`: as many keys as were asked for, where that is known. */
export type SplitKey = <const N extends number = 2>(key: Key, count?: N) => Keys<N>;

/** A tuple of N keys, up to 16; more are an array. */
type Keys<N extends number, Out extends readonly Key[] = readonly []> = number extends N
  ? readonly Key[]
  : Out["length"] extends N
    ? Out
    : Out["length"] extends 16
      ? readonly Key[]
      : Keys<N, readonly [...Out, Key]>;

/**
 * Independent keys made from one, which is then used up.
 * @param count how many, 2 if not given. `splitKey(k, n)[i]` does not depend on n.
 * @throws ArgumentError for what is no key.
 * @example
 * const [a, b] = splitKey(key(0));
 */
export const splitKey: SplitKey = defineComposite<SplitKey>(
  { name: "splitKey", samples: [{ args: [sampleKey] }, { args: [sampleKey, 3] }], errors: [notAKey("splitKey")] },
  (key: Key, count = 2) => {
    checkKey("splitKey", key);
    const bits = splitBits(key.bits, count);
    return Array.from({ length: count }, (_, i) => new Key(slice(bits, [i]) as unknown as Bits));
  },
);

/**
 * A key made from a key and a whole number, such as the number of a step or of a layer.
 * @param data a whole number, or an int32 scalar.
 * @throws ArgumentError for what is no key or no whole number.
 * @example
 * const keyOfStep = foldIn(key(0), 17);
 */
export const foldIn: (key: Key, data: number | AnyTensor) => Key = defineComposite<
  (key: Key, data: number | AnyTensor) => Key
>(
  { name: "foldIn", samples: [{ args: [sampleKey, 3] }], errors: [notAKey("foldIn")] },
  (key: Key, data: number | AnyTensor) => {
    checkKey("foldIn", key);
    if (typeof data === "number" && !((data | 0) === data || data >>> 0 === data)) {
      throw new ArgumentError("foldIn", `${data} is no whole number of 32 bits`, "fold in twice for larger numbers");
    }
    if (typeof data !== "number" && (!isTensor(data) || data.dtype !== "int32" || data.rank !== 0)) {
      throw new ArgumentError(
        "foldIn",
        "the second argument is no number and no int32 scalar",
        "give the number of a step, a layer, ...",
      );
    }
    const word = typeof data === "number" ? new Tensor([] as const, "int32", Int32Array.of(data)) : data;
    return new Key(foldBits(key.bits, word as Tensor<readonly [], "int32">));
  },
);

export interface DrawnOptions<D extends FloatDType> {
  /** float32 if not given. */
  readonly dtype?: D;
}

export interface UniformOptions<D extends FloatDType> extends DrawnOptions<D> {
  /** 0 if not given. */
  readonly low?: number;
  /** 1 if not given; reached only where rounding to the dtype leads there. */
  readonly high?: number;
}

export interface NormalOptions<D extends FloatDType> extends DrawnOptions<D> {
  /** 0 if not given. */
  readonly mean?: number;
  /** Standard deviation, 1 if not given. */
  readonly std?: number;
}

export interface TruncatedNormalOptions<D extends FloatDType> extends NormalOptions<D> {
  /** Lower bound in standard deviations from the mean, −2 if not given. */
  readonly low?: number;
  /** Upper bound in standard deviations from the mean, 2 if not given. */
  readonly high?: number;
}

/** Signature of a keyed draw of floats. */
export type KeyedDraw<Options> = <const S extends Shape, D extends FloatDType = "float32">(
  key: Key,
  shape: S,
  options?: Options & DrawnOptions<D>,
) => Tensor<S, D>;

/**
 * Uniform draws on [low, high).
 * @throws ArgumentError for what is no key; ShapeError for what is no shape.
 * @example
 * uniform(key(0), [2, 3], { low: -1 });
 */
export const uniform: KeyedDraw<UniformOptions<FloatDType>> = defineComposite<KeyedDraw<UniformOptions<FloatDType>>>(
  {
    name: "uniform",
    samples: [{ args: [sampleKey, [2, 3], { low: -1, dtype: "float64" }] }],
    errors: [notAKey("uniform"), notAShape("uniform")],
  },
  (key: Key, shape: Shape, { dtype = "float32", low = 0, high = 1 }: UniformOptions<FloatDType> = {}) => {
    checkDraw("uniform", key, shape);
    if (!(low <= high))
      throw new ArgumentError("uniform", `the bounds ${low} and ${high} leave nothing`, "give the lower one first");
    return scaled(drawUniform(key.bits, shape, dtype), high - low, low);
  },
);

/**
 * Normal draws.
 * @throws ArgumentError for what is no key; ShapeError for what is no shape.
 * @example
 * normal(key(0), [2, 3], { std: 0.1 });
 */
export const normal: KeyedDraw<NormalOptions<FloatDType>> = defineComposite<KeyedDraw<NormalOptions<FloatDType>>>(
  {
    name: "normal",
    samples: [{ args: [sampleKey, [2, 3], { std: 0.1 }] }],
    errors: [notAKey("normal"), notAShape("normal")],
  },
  (key: Key, shape: Shape, { dtype = "float32", mean = 0, std = 1 }: NormalOptions<FloatDType> = {}) => {
    checkDraw("normal", key, shape);
    if (!(std >= 0)) throw new ArgumentError("normal", `${std} is no standard deviation`, "give 0 or more");
    return scaled(drawNormal(key.bits, shape, dtype), std, mean);
  },
);

/**
 * Normal draws that keep within bounds, given in standard deviations from the mean.
 * @throws ArgumentError for what is no key, or bounds in the wrong order; ShapeError for what is no shape.
 * @example
 * truncatedNormal(key(0), [2, 3], { std: 0.1 }); // all within 0.2 of 0
 */
export const truncatedNormal: KeyedDraw<TruncatedNormalOptions<FloatDType>> = defineComposite<
  KeyedDraw<TruncatedNormalOptions<FloatDType>>
>(
  {
    name: "truncatedNormal",
    samples: [{ args: [sampleKey, [2, 3], { std: 0.1 }] }],
    errors: [
      notAKey("truncatedNormal"),
      notAShape("truncatedNormal"),
      {
        args: [sampleKey, [2], { low: 1, high: 0 }],
        error: ArgumentError,
        message: /the bounds 1 and 0 leave nothing/,
      },
    ],
  },
  (
    key: Key,
    shape: Shape,
    { dtype = "float32", mean = 0, std = 1, low = -2, high = 2 }: TruncatedNormalOptions<FloatDType> = {},
  ) => {
    checkDraw("truncatedNormal", key, shape);
    if (!(low < high)) {
      throw new ArgumentError(
        "truncatedNormal",
        `the bounds ${low} and ${high} leave nothing`,
        "give the lower one first",
      );
    }
    return scaled(drawTruncatedNormal(key.bits, shape, dtype, low, high), std, mean);
  },
);

const scaled = (draws: AnyTensor, scale: number, shift: number): AnyTensor => {
  const stretched = scale === 1 ? draws : mul(draws, scale);
  return shift === 0 ? stretched : add(stretched, shift);
};

type Bernoulli = <const S extends Shape>(key: Key, probability: number | AnyTensor, shape: S) => Tensor<S, "bool">;

/**
 * True with a probability.
 * @param probability a number, or a tensor that broadcasts to the shape.
 * @throws ArgumentError for what is no key, or a number outside [0, 1]; ShapeError for what is no shape.
 * @example
 * bernoulli(key(0), 0.9, [4]).dtype; // "bool"
 */
export const bernoulli: Bernoulli = defineComposite<Bernoulli>(
  {
    name: "bernoulli",
    samples: [{ args: [sampleKey, 0.3, [2, 3]] }],
    errors: [
      notAKey("bernoulli"),
      notAShape("bernoulli", 0.5),
      {
        args: [sampleKey, 1.5, [2]],
        error: ArgumentError,
        message: /bernoulli: 1.5 is no probability; give a number from 0 to 1/,
      },
    ],
  },
  (key: Key, probability: number | AnyTensor, shape: Shape) => {
    checkDraw("bernoulli", key, shape);
    if (typeof probability === "number" && !(probability >= 0 && probability <= 1)) {
      throw new ArgumentError("bernoulli", `${probability} is no probability`, "give a number from 0 to 1");
    }
    const dtype = typeof probability === "number" || probability.dtype !== "float64" ? "float32" : "float64";
    const limits = typeof probability === "number" ? probability : broadcastTo(probability, shape);
    return less(drawUniform(key.bits, shape, dtype) as AnyTensor, limits as AnyTensor);
  },
);

type Integers = <const S extends Shape>(key: Key, low: number, high: number, shape: S) => Tensor<S, "int32">;

/**
 * Whole numbers from `low` to before `high`, all equally likely (to within 2⁻²¹ for the widest range).
 * @throws ArgumentError for what is no key, or bounds that are no ascending int32; ShapeError for what is no shape.
 * @example
 * integers(key(0), 0, 6, [10]); // ten throws of a die, counted from 0
 */
export const integers: Integers = defineComposite<Integers>(
  {
    name: "integers",
    samples: [{ args: [sampleKey, -3, 3, [2, 3]] }],
    errors: [
      notAKey("integers"),
      notAShape("integers", 0, 6),
      { args: [sampleKey, 3, 3, [2]], error: ArgumentError, message: /no whole numbers from 3 to before 3/ },
    ],
  },
  (key: Key, low: number, high: number, shape: Shape) => {
    checkDraw("integers", key, shape);
    if (!((low | 0) === low && Number.isInteger(high) && high <= 2 ** 31 && low < high)) {
      throw new ArgumentError(
        "integers",
        `there are no whole numbers from ${low} to before ${high}`,
        "give ascending int32 bounds",
      );
    }
    return add(cast(mul(drawUniform(key.bits, shape, "float64"), high - low), "int32"), low);
  },
);

/**
 * The numbers from 0 to before `count` in random order, as int32.
 * @throws ArgumentError for what is no key, or no count.
 * @example
 * const x = tensor([[1, 2], [3, 4], [5, 6]]);
 * take(x, permutation(key(0), 3)); // the rows of x, shuffled
 */
export const permutation: (key: Key, count: number) => Tensor<readonly [number], "int32"> = defineComposite<
  (key: Key, count: number) => Tensor<readonly [number], "int32">
>(
  {
    name: "permutation",
    samples: [{ args: [sampleKey, 5] }, { args: [sampleKey, 0] }],
    errors: [
      notAKey("permutation"),
      { args: [sampleKey, [3]], error: ArgumentError, message: /permutation: the count is \[3\]; give a whole number/ },
    ],
  },
  (key: Key, count: number) => {
    checkKey("permutation", key);
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new ArgumentError(
        "permutation",
        `the count is ${JSON.stringify(count) ?? String(count)}`,
        "give a whole number that is 0 or more",
      );
    }
    return sort(drawUniform(key.bits, [count], "float64"))[1];
  },
);

function notAKey(name: string): { args: unknown[]; error: typeof ArgumentError; message: RegExp } {
  return { args: [0, [2], [2]], error: ArgumentError, message: RegExp(`${name}: the first argument is no key`) };
}

function notAShape(
  name: string,
  ...between: readonly number[]
): { args: unknown[]; error: typeof ShapeError; message: RegExp } {
  return { args: [sampleKey, ...between, 3], error: ShapeError, message: RegExp(`${name}: number 3 is no shape`) };
}
