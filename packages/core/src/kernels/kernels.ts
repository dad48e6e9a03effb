import type { DType, Storage } from "../dtype.ts";
import type { Shape } from "../shape.ts";

/** Elementwise `out[i] = f(x[i])`, over all of `out`. Stated by the operation itself; accelerated kernels replace it. */
export type UnaryLoop = (x: Storage, out: Storage) => void;

/**
 * Elementwise `out[o] = f(x[i], y[j])` for `o` from `start` to before `end`, where `i` and `j` begin as given and
 * advance by `di` and `dj`: 1 along an operand's own axis, 0 along one that it is broadcast over.
 */
export type BinaryLoop = (
  x: Storage,
  i: number,
  di: number,
  y: Storage,
  j: number,
  dj: number,
  out: Storage,
  start: number,
  end: number,
) => void;

export type ReduceKind = "sum" | "max" | "min";
export type ArgReduceKind = "max" | "min";

/** Products of m×k matrices A and k×n matrices B, either stored transposed: as many as there are offsets. The results lie one behind another. */
export interface ProductPlan {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Where each A begins, in elements: a matrix that is broadcast serves several products. */
  readonly aOffsets: readonly number[];
  readonly bOffsets: readonly number[];
}

/**
 * A convolution y = conv(x, w) with x of [batch, groups·inChannels, ...input], w of [groups·outChannels, inChannels,
 * ...kernel] and y of [batch, groups·outChannels, ...output]. There are always three spatial axes: those that are missing
 * come first, with size 1.
 */
export interface ConvolutionPlan {
  readonly batch: number;
  readonly groups: number;
  /** Channels of one group of x. */
  readonly inChannels: number;
  /** Channels of one group of y. */
  readonly outChannels: number;
  readonly input: Shape;
  readonly kernel: Shape;
  readonly output: Shape;
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  /** Zeros in front of each axis of x; negative where elements are skipped. */
  readonly before: readonly number[];
}

/**
 * Windows of a pool along one axis: window o holds the positions from `starts[o]`, `step` apart, to before `ends[o]`. All lie inside the axis,
 * and each window holds one at least.
 */
export interface PoolWindows {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly step: number;
}

/**
 * Windows over the spatial axes of [planes, ...input]: those of all axes combined. There are always three spatial axes: those that are
 * missing come first, with size 1.
 */
export interface PoolPlan {
  readonly planes: number;
  readonly input: Shape;
  readonly windows: readonly [PoolWindows, PoolWindows, PoolWindows];
}

/** What is written by strides, and the position of its first element. */
export interface StridedPart {
  readonly x: Storage;
  readonly shape: Shape;
  readonly offset: number;
}

/**
 * How an operand of an elementwise operation lies along the result, taken as [outer, rows, length]: an element for each (`full`), for each
 * of a row (`row`), for each row (`column`), or for all (`scalar`).
 */
export type OperandKind = "full" | "row" | "column" | "scalar";

/** A chain of elementwise operations on one float dtype: its values are the operands, then those of the steps. */
export interface ElementwisePlan {
  readonly operands: readonly { readonly kind: OperandKind; readonly isBool: boolean }[];
  readonly steps: readonly {
    readonly operation: string;
    /** Places among the values before. */
    readonly from: readonly number[];
    /** The number, of a step that is one. */
    readonly constant?: number;
  }[];
  /** Places of the values that are results. */
  readonly results: readonly number[];
}

/**
 * The work under the operations, on row-major storage. Kernels check nothing and call nothing: operations have decided
 * shapes and dtypes before. `reference` is the oracle; a faster set must agree with it within stated tolerances.
 */
export interface Kernels {
  /** `out = f(x)`; `name` is the operation's, for kernels that have their own version of `loop`. */
  unary(name: string, loop: UnaryLoop, x: Storage, out: Storage): void;

  /**
   * Chains of elementwise operations in one pass over memory, where there are kernels for them: whether an operation can be part of one,
   * and a run on operands that are full or scalars.
   */
  readonly chains?: {
    supports(operation: string, bytes: 4 | 8): boolean;
    run(plan: ElementwisePlan, operands: readonly Storage[], results: readonly Storage[]): void;
  };

  /** `out = f(x, y)`, both broadcast to `shape`. */
  binary(
    name: string,
    loop: BinaryLoop,
    x: Storage,
    xShape: Shape,
    y: Storage,
    yShape: Shape,
    out: Storage,
    shape: Shape,
  ): void;

  /** `out = condition ? x : y`, all three broadcast to `shape`. */
  where(
    condition: Storage,
    conditionShape: Shape,
    x: Storage,
    xShape: Shape,
    y: Storage,
    yShape: Shape,
    out: Storage,
    shape: Shape,
  ): void;

  /** Reduces `axes` (ascending, counted from the front) of `x`. A NaN wins max and min; an empty sum is 0. */
  reduce(kind: ReduceKind, x: Storage, shape: Shape, axes: readonly number[], out: Storage): void;

  /** Running sums along the middle axis of [outer, length, inner], from its end if `reverse`. */
  cumulativeSum(x: Storage, outer: number, length: number, inner: number, reverse: boolean, out: Storage): void;

  /** Position of the first largest or smallest along the middle axis of [outer, length, inner]; the first NaN wins. */
  argReduce(kind: ArgReduceKind, x: Storage, outer: number, length: number, inner: number, out: Storage): void;

  /** eˣ / Σ eˣ, or its logarithm, along the middle axis of [outer, length, inner]. */
  softmax(isLog: boolean, x: Storage, outer: number, length: number, inner: number, out: Storage): void;

  /** (diag(y) − y yᵀ) v along the middle axis of [outer, length, inner]; a factor of 0 gives 0. */
  softmaxJacobian(y: Storage, v: Storage, outer: number, length: number, inner: number, out: Storage): void;

  /** The units of [outer, units, inner], each over outer and inner, with mean 0 and times 1/√(variance + eps), which are the `scales`. */
  standardize(x: Storage, outer: number, inner: number, eps: number, out: Storage, scales: Storage): void;

  /** s (I − 1 1ᵀ/n − y yᵀ/n) v for such units y and v of n elements, with a scale s for each; a factor of 0 gives 0. */
  standardizeJacobian(y: Storage, scales: Storage, v: Storage, outer: number, inner: number, out: Storage): void;

  /** `out = x[offset + Σ p·strides]` at every position p of `shape`; strides may be 0 or negative. */
  stridedRead(x: Storage, offset: number, strides: readonly number[], shape: Shape, out: Storage): void;

  /** `out[offset + Σ p·strides] = x` at every position p of `shape`, for each part; the rest of `out` is 0, as it has to be before. */
  stridedWrite(parts: readonly StridedPart[], out: Storage, strides: readonly number[]): void;

  /** The transpose of `stridedRead`: `out[Σ p·strides] += x` at every position p of `shape`. */
  stridedAdd(x: Storage, shape: Shape, out: Storage, strides: readonly number[]): void;

  /** `out[i] = A[i]·B[i]` for each matrix of a batch. Overwrites batch·m·n elements. */
  matmul(a: Storage, b: Storage, out: Storage, plan: ProductPlan): void;

  /** `out = conv(x, w)`: each y is the sum of what a kernel of weights reads, without turning the kernel round. */
  convolve(x: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void;
  /** The transpose of `convolve` by x: `out` is shaped as x. */
  convolveInput(y: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void;
  /** The transpose of `convolve` by w: `out` is shaped as w. */
  convolveKernel(x: Storage, y: Storage, out: Storage, plan: ConvolutionPlan): void;

  /** The first largest element of each window, NaN if there is one, and its position in the plane. */
  maxPool(x: Storage, plan: PoolPlan, values: Storage, positions: Int32Array): void;
  /** The sum of each window. */
  sumPool(x: Storage, plan: PoolPlan, out: Storage): void;
  /** The transpose of `sumPool`: each element of `out`, which is 0 before, is the sum of the y of all windows that hold it. */
  spreadPool(y: Storage, plan: PoolPlan, out: Storage): void;

  /**
   * `out[p] = x[p with index[p] along axis]` at every position p of `shape`, where position p of the index is
   * `Σ p·indexStrides`. Negative indices count from the end (`length` of the axis in x).
   * Returns the first index out of range, or `undefined`; what is in `out` then is unspecified.
   */
  gather(
    x: Storage,
    xStrides: readonly number[],
    length: number,
    index: Storage,
    indexStrides: readonly number[],
    shape: Shape,
    axis: number,
    out: Storage,
  ): number | undefined;

  /**
   * Rows of `classes` zeros, as which `out` begins, with a 1 at each index.
   * Returns the first index out of range, or `undefined`; what is in `out` then is unspecified.
   */
  oneHot(index: Storage, classes: number, out: Storage): number | undefined;

  /** The transpose of `gather`: `out` is x, and `out[p with index[p] along axis] += source[p]`, in row-major order of p. */
  scatterAdd(
    x: Storage,
    out: Storage,
    outStrides: readonly number[],
    length: number,
    index: Storage,
    indexStrides: readonly number[],
    shape: Shape,
    axis: number,
    source: Storage,
  ): number | undefined;

  /** As `scatterAdd`, but elements are replaced: the last one that names a place stays. */
  scatter(
    x: Storage,
    out: Storage,
    outStrides: readonly number[],
    length: number,
    index: Storage,
    indexStrides: readonly number[],
    shape: Shape,
    axis: number,
    source: Storage,
  ): number | undefined;

  /**
   * Stable sort along the middle axis of [outer, length, inner], of which the first `count` are kept: [outer, count, inner]. NaN counts
   * as the largest. `indices` is int32.
   */
  sort(
    x: Storage,
    outer: number,
    length: number,
    inner: number,
    descending: boolean,
    count: number,
    values: Storage,
    indices: Storage,
  ): void;

  /** Elements of `x` in another dtype: floats truncate towards 0 and saturate in integers (NaN gives 0); bool is x ≠ 0. */
  cast(x: Storage, out: Storage, dtype: DType): void;

  /** Random words, 32 bits each: word i is a function of the key and i only. `key` holds two words. */
  randomBits(key: Storage, out: Int32Array): void;
  /** Uniform on [0, 1): 24 random bits for float32, 53 for float64. */
  randomUniform(key: Storage, out: Storage): void;
  /** Standard normal. */
  randomNormal(key: Storage, out: Storage): void;
  /** Standard normal, conditioned to lie in [low, high]. */
  randomTruncatedNormal(key: Storage, low: number, high: number, out: Storage): void;
  /** As many new keys as `out` has pairs of words. */
  splitKey(key: Storage, out: Int32Array): void;
  /** A new key from a key and a 32-bit number, the only element of `data`. */
  foldIn(key: Storage, data: Storage, out: Int32Array): void;
}
