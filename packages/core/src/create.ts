import {
  allocate,
  checkDType,
  checkFloatDType,
  type DType,
  dtypeOfArray,
  holds,
  plainStorage,
  type Storage,
} from "./dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "./errors.ts";
import { checkOptions } from "./options.ts";
import { checkShape, type Shape, sameShape, showShape, sizeOf } from "./shape.ts";
import type { DTypeOf, TensorFrom } from "./signatures.ts";
import { type AnyTensor, emptyTensor, isTensor, Tensor } from "./tensor.ts";

/** Numbers or booleans, nested as deep as there are axes. */
export type NestedArray = number | boolean | readonly NestedArray[];

export interface CreateOptions<S extends Shape = Shape, D extends DType = DType> {
  readonly dtype?: D;
  readonly shape?: S;
}

/**
 * A tensor from a number, nested arrays, or a typed array, whose elements are copied. Numbers become float32 and
 * booleans bool unless a dtype is given; a typed array keeps its own dtype.
 * @throws ShapeError when rows differ in length or the elements do not fill `shape`; DTypeError when a value does not
 * fit the dtype; ArgumentError for anything that is no number.
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tensor(new Float64Array(6), { shape: [2, 3] }).dtype; // "float64"
 */
export const tensor: TensorFrom = ((values: NestedArray | Storage, { dtype, shape }: CreateOptions = {}): AnyTensor => {
  if (dtype !== undefined) checkDType("tensor", dtype);
  if (ArrayBuffer.isView(values)) {
    const own = dtypeOfArray(values);
    if (own === undefined) {
      throw new DTypeError(
        "tensor",
        `a ${values.constructor.name} has no dtype here`,
        "give a Float32Array, Float64Array, Int32Array or Uint8Array",
      );
    }
    const storage = dtype === undefined || dtype === own ? plainStorage(values).slice() : fill(dtype, values);
    return new Tensor(fitted("tensor", shape ?? [values.length], values.length), dtype ?? own, storage);
  }
  const nested = shapeOf(values);
  const flat = nested.length === 0 ? [values] : (values as readonly unknown[]).flat((nested.length - 1) as 1);
  const wanted = dtype ?? (typeof flat[0] === "boolean" ? "bool" : "float32");
  return new Tensor(
    fitted("tensor", shape ?? nested, flat.length),
    wanted,
    fill(wanted, flat as ArrayLike<number | boolean>),
  );
}) as unknown as TensorFrom;

/**
 * A tensor over a typed array itself, without a copy. The array is given away: writing to it afterwards would change a
 * value that everything else takes for constant.
 * @throws ShapeError when the elements do not fill the shape.
 * @example
 * adopt(new Float32Array(1000), [10, 100]).shape; // [10, 100]
 */
export function adopt<A extends Storage, const S extends Shape = readonly [number]>(
  values: A,
  shape?: S,
): Tensor<S, DTypeOf<A>> {
  const dtype = dtypeOfArray(values);
  if (dtype === undefined)
    throw new DTypeError(
      "adopt",
      "this array has no dtype here",
      "give a Float32Array, Float64Array, Int32Array or Uint8Array",
    );
  return new Tensor(
    fitted("adopt", shape ?? [values.length], values.length),
    dtype,
    plainStorage(values),
  ) as unknown as Tensor<S, DTypeOf<A>>;
}

/**
 * A tensor of one value.
 * @example
 * full([2], 7).toArray(); // [7, 7]
 */
export function full<const S extends Shape, D extends DType = "float32">(
  shape: S,
  value: number | boolean,
  { dtype }: { readonly dtype?: D } = {},
): Tensor<S, NoInfer<D>> {
  return filled("full", shape, value, dtype);
}

/** The dtype of options; a dtype by itself, where options belong, would be lost. */
function dtypeIn<D extends DType>(operation: string, options: { readonly dtype?: D }): D | undefined {
  checkOptions(operation, options, "dtype");
  return options.dtype;
}

function filled<S extends Shape, D extends DType>(
  operation: string,
  shape: S,
  value: number | boolean,
  dtype: D | undefined,
): Tensor<S, NoInfer<D>> {
  const wanted = dtype ?? ("float32" as D);
  checkDType(operation, wanted);
  const own = checkShape(operation, shape) as unknown as S;
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw new ArgumentError(
      operation,
      `the value is ${value === null ? "null" : `of type ${typeof value}`}`,
      "give a number",
    );
  }
  if (!holds(wanted, Number(value)))
    throw new DTypeError(operation, `${value} does not fit ${wanted}`, "give another dtype");
  const [out, storage] = emptyTensor(own, wanted);
  storage.fill(Number(value));
  return out;
}

/**
 * A tensor of zeros.
 * @example
 * zeros([2, 2], { dtype: "int32" }).toArray(); // [[0, 0], [0, 0]]
 */
export function zeros<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: { readonly dtype?: D } = {},
): Tensor<S, NoInfer<D>> {
  return filled("zeros", shape, 0, dtypeIn("zeros", options));
}

/**
 * A tensor of ones.
 * @example
 * ones([3]).toArray(); // [1, 1, 1]
 */
export function ones<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: { readonly dtype?: D } = {},
): Tensor<S, NoInfer<D>> {
  return filled("ones", shape, 1, dtypeIn("ones", options));
}

/**
 * One value, in the shape and dtype of another tensor.
 * @example
 * fullLike(tensor([1, 2]), 9).toArray(); // [9, 9]
 */
export function fullLike<S extends Shape, D extends DType>(like: Tensor<S, D>, value: number): Tensor<S, D> {
  return full(like.shape, value, { dtype: like.dtype });
}

/**
 * Zeros, in the shape and dtype of another tensor.
 * @example
 * zerosLike(tensor([1, 2])).toArray(); // [0, 0]
 */
export function zerosLike<S extends Shape, D extends DType>(like: Tensor<S, D>): Tensor<S, D> {
  return emptyTensor(like.shape, like.dtype)[0];
}

/**
 * Ones, in the shape and dtype of another tensor.
 * @example
 * onesLike(tensor([1, 2])).toArray(); // [1, 1]
 */
export function onesLike<S extends Shape, D extends DType>(like: Tensor<S, D>): Tensor<S, D> {
  return fullLike(like, 1);
}

/**
 * Numbers from `start` to before `stop`, `step` apart. int32 where all three are whole, else float32.
 * @throws ArgumentError for bounds that are no finite numbers, or a step of 0.
 * @example
 * arange(3).toArray(); // [0, 1, 2]
 * arange(1, 2, 0.25).toArray(); // [1, 1.25, 1.5, 1.75]
 */
export function arange<D extends DType = DType>(
  start: number,
  stop?: number,
  step = 1,
  { dtype }: { readonly dtype?: D } = {},
): Tensor<readonly [number], D> {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (typeof to === "object") {
    const advice = 'options come last, as in arange(0, 3, 1, { dtype: "float32" })';
    throw new ArgumentError("arange", "the second argument is no number", advice);
  }
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    throw new ArgumentError(
      "arange",
      `no numbers from ${from} to ${to} by ${step}`,
      "give finite bounds and a step other than 0",
    );
  }
  const wanted = dtype ?? (([from, to, step].every((n) => holds("int32", n)) ? "int32" : "float32") as D);
  checkDType("arange", wanted);
  const length = Math.max(0, Math.ceil((to - from) / step));
  const last = from + Math.max(length - 1, 0) * step;
  const misfit = [from, step, last].find((value, i) => !holds(wanted, i === 1 ? Math.abs(value) : value));
  if (length > 0 && misfit !== undefined)
    throw new DTypeError("arange", `${misfit} does not fit ${wanted}`, "give another dtype");
  const [out, storage] = emptyTensor(checkShape("arange", [length]) as unknown as readonly [number], wanted);
  for (let i = 0; i < storage.length; i++) storage[i] = from + i * step;
  return out;
}

/**
 * `count` evenly spaced numbers from `start` to `stop`, both included.
 * @throws ArgumentError when count is no whole number.
 * @example
 * linspace(0, 1, 3).toArray(); // [0, 0.5, 1]
 */
export function linspace<const N extends number, D extends "float32" | "float64" = "float32">(
  start: number,
  stop: number,
  count: N,
  { dtype }: { readonly dtype?: D } = {},
): Tensor<readonly [N], D> {
  const wanted = dtype ?? ("float32" as D);
  checkFloatDType("linspace", wanted);
  if (![start, stop].every(Number.isFinite)) {
    throw new ArgumentError("linspace", `no numbers from ${start} to ${stop}`, "give finite bounds");
  }
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new ArgumentError("linspace", `the count is ${count}`, "give a whole number that is 0 or more");
  }
  const [out, storage] = emptyTensor(checkShape("linspace", [count]) as unknown as readonly [N], wanted);
  for (let i = 0; i < count; i++)
    storage[i] = i === count - 1 && i > 0 ? stop : start + (i * (stop - start)) / Math.max(count - 1, 1);
  return out;
}

/**
 * The identity matrix.
 * @example
 * eye(2).toArray(); // [[1, 0], [0, 1]]
 */
export function eye<const N extends number, const M extends number = N, D extends DType = "float32">(
  rows: N,
  columns?: M,
  { dtype }: { readonly dtype?: D } = {},
): Tensor<readonly [N, M], D> {
  const width = columns ?? (rows as number as M);
  const wanted = dtype ?? ("float32" as D);
  checkDType("eye", wanted);
  const [out, storage] = emptyTensor(checkShape("eye", [rows, width]) as unknown as readonly [N, M], wanted);
  for (let i = 0; i < Math.min(rows, width); i++) storage[i * width + i] = 1;
  return out;
}

function fitted(operation: string, wanted: Shape, length: number): Shape {
  const shape = checkShape(operation, wanted);
  if (sizeOf(shape) !== length) {
    throw new ShapeError(operation, `${length} elements do not fill ${showShape(shape)}`, `it has ${sizeOf(shape)}`);
  }
  return shape;
}

/** The shape of nested arrays, all rows of which must be alike. `path` says where, and is only written out for an error. */
function shapeOf(values: NestedArray, path: readonly number[] = []): Shape {
  if (typeof values === "number" || typeof values === "boolean") return [];
  const at = (i?: number): string =>
    `values${[...path, ...(i === undefined ? [] : [i])].map((index) => `[${index}]`).join("")}`;
  if (!Array.isArray(values)) {
    const kind = isTensor(values)
      ? "a tensor"
      : values === null || values === undefined
        ? String(values)
        : `of type ${typeof values}`;
    const advice = isTensor(values)
      ? "join tensors with stack or concat"
      : "give numbers, booleans, nested arrays or a typed array";
    throw new ArgumentError("tensor", `${at()} is ${kind}`, advice);
  }
  if (path.length > DEEPEST)
    throw new ArgumentError("tensor", "values are nested too deep, or contain themselves", "flatten them");
  if (values.length === 0) return [0];
  const first = shapeOf(values[0], [...path, 0]);
  for (let i = 1; i < values.length; i++) {
    if (first.length === 0 && (typeof values[i] === "number" || typeof values[i] === "boolean")) continue;
    const other = shapeOf(values[i], [...path, i]);
    if (!sameShape(first, other)) {
      throw new ShapeError(
        "tensor",
        `${at(0)} has shape ${showShape(first)} and ${at(i)} ${showShape(other)}`,
        "all rows must be alike",
      );
    }
  }
  return [values.length, ...first];
}

/** More axes than any tensor has. */
const DEEPEST = 64;

function fill(dtype: DType, values: ArrayLike<number | boolean>): Storage {
  const out = allocate(dtype, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!holds(dtype, value))
      throw new DTypeError(
        "tensor",
        `${String(values[i])} does not fit ${dtype}`,
        "give another dtype, or round first",
      );
    out[i] = value;
  }
  return out;
}
