import { ArgumentError, DTypeError } from "./errors.ts";

/** Element types, in the order of promotion. */
export type DType = "bool" | "uint8" | "int32" | "float32" | "float64";
/** The element types that gradients flow through. */
export type FloatDType = "float32" | "float64";

/** Row-major elements of a tensor. A bool is stored as 0 or 1. */
export type Storage = Float32Array | Float64Array | Int32Array | Uint8Array;

const arrays = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** All element types, in the order of promotion. */
export const dtypes: readonly DType[] = Object.keys(arrays) as DType[];

/** Zero-filled storage of `size` elements. */
export function allocate(dtype: DType, size: number): Storage {
  // A chain of literal constructors: looking the constructor up costs twice the allocation of a small array.
  if (dtype === "float32") return new Float32Array(size);
  if (dtype === "float64") return new Float64Array(size);
  if (dtype === "int32") return new Int32Array(size);
  return new Uint8Array(size);
}

/** Fewer bytes than this are zeros at less cost than it takes to ask for other memory. */
const LARGE = 1 << 20;

/** Memory as the system hands it out, where there is a way to it: Node has one, browsers have none. */
const system = (globalThis as { Buffer?: { allocUnsafeSlow?: (bytes: number) => { readonly buffer: ArrayBuffer } } })
  .Buffer;
const unfilled =
  system?.allocUnsafeSlow === undefined ? undefined : (bytes: number) => system.allocUnsafeSlow!(bytes).buffer;

let isPoisoned = false;

/** For tests: whether unfilled storage holds NaN, of integers −1, whatever its size. */
export function poisonUnfilled(isOn: boolean): void {
  isPoisoned = isOn;
}

/**
 * Storage whose elements are all written to before anyone reads them: what is in it until then is undefined. For large results this takes half
 * the time of zeros, which would be written twice.
 */
export function allocateUnfilled(dtype: DType, size: number): Storage {
  const { BYTES_PER_ELEMENT } = arrays[dtype];
  if (isPoisoned) return new arrays[dtype](new Uint8Array(size * BYTES_PER_ELEMENT).fill(0xff).buffer);
  if (unfilled === undefined || size * BYTES_PER_ELEMENT < LARGE) return allocate(dtype, size);
  return new arrays[dtype](unfilled(size * BYTES_PER_ELEMENT));
}

/** A typed array itself where it is one of ours; over the same memory where it is of a subclass, such as Node's Buffer, whose `slice` does not copy. */
export function plainStorage(array: Storage): Storage {
  if (!(array instanceof Uint8Array) || array.constructor === Uint8Array) return array;
  return new Uint8Array(array.buffer, array.byteOffset, array.length);
}

/**
 * Whether gradients flow through a dtype.
 * @example
 * isFloat("int32"); // false
 */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64";
}

/** The dtype that an unconverted typed array has; `undefined` for kinds of array that no dtype uses. */
export function dtypeOfArray(array: ArrayBufferView): Exclude<DType, "bool"> | undefined {
  for (const dtype of ["float32", "float64", "int32", "uint8"] as const) {
    if (array instanceof arrays[dtype]) return dtype;
  }
  return undefined;
}

const rank: Record<DType, number> = { bool: 0, uint8: 1, int32: 2, float32: 3, float64: 4 };

/**
 * The dtype of a combination of two tensors: the later one in the order bool, uint8, int32, float32, float64,
 * except that float32 and float64 never mix silently.
 * @throws DTypeError for float32 with float64, naming `cast`.
 */
export function promote(operation: string, a: DType, b: DType): DType {
  if (a === b) return a;
  if (isFloat(a) && isFloat(b)) {
    throw new DTypeError(operation, `${a} and ${b} do not mix`, `cast one of them, as in cast(x, "${a}")`);
  }
  return rank[a] > rank[b] ? a : b;
}

/** The dtype in which arithmetic on `dtype` happens: a bool counts as 0 or 1, in int32. */
export function arithmetic(dtype: DType): DType {
  return dtype === "bool" ? "int32" : dtype;
}

/**
 * The dtype of functions that leave the integers, such as exp or division: float32 for anything that is no float.
 * @example
 * toFloat("int32"); // "float32"
 */
export function toFloat(dtype: DType): FloatDType {
  return isFloat(dtype) ? dtype : "float32";
}

/** Whether storing `value` in `dtype` keeps it (up to the rounding of a float). */
export function holds(dtype: DType, value: number): boolean {
  if (isFloat(dtype)) return true;
  if (dtype === "int32") return (value | 0) === value;
  return Number.isInteger(value) && value >= 0 && value <= (dtype === "bool" ? 1 : 255);
}

/** @throws DTypeError unless every dtype is bool. */
export function requireBool(operation: string, ...dtypes: readonly DType[]): "bool" {
  for (const dtype of dtypes) {
    if (dtype !== "bool")
      throw new DTypeError(operation, `expected bool, got ${dtype}`, "compare first, as in notEqual(x, 0)");
  }
  return "bool";
}

/** @throws ArgumentError for what is no dtype. */
export function checkDType(operation: string, dtype: unknown): asserts dtype is DType {
  if (dtypes.includes(dtype as DType)) return;
  throw new ArgumentError(operation, `"${String(dtype)}" is no dtype`, `use one of ${dtypes.join(", ")}`);
}

/** @throws ArgumentError for what is no dtype of floats. */
export function checkFloatDType(operation: string, dtype: unknown): asserts dtype is FloatDType {
  checkDType(operation, dtype);
  if (!isFloat(dtype)) throw new ArgumentError(operation, `${dtype} holds no fractions`, "use float32 or float64");
}
