import { erf, erfc } from "../../../src/kernels/reference/error-function.ts";
import { gelu } from "../../../src/kernels/reference/normal.ts";
import type { Machine } from "../../../src/kernels/wasm/machine.ts";
import { LARGEST_ANGLE } from "../../../src/kernels/wasm/trigonometric.ts";
import { isLimited, UNARY_CHUNK, unaryName } from "../../../src/kernels/wasm/unary.ts";

export type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** The elementary functions in float64, as the operations' own loops have them. */
export const exact: Readonly<Record<string, (x: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  erf,
  erfc,
  geluExact: gelu,
  sin: Math.sin,
  cos: Math.cos,
};

/** The largest argument that a function is made for. */
export const largestOf = (name: string): number => (isLimited(name) ? LARGEST_ANGLE : Number.POSITIVE_INFINITY);

/** A function of a machine at all x. */
export function valuesOf({ heap, tasks }: Machine, name: string, x: Floats): Floats {
  heap.begin(3, 2 * x.byteLength + 4);
  const [from, to, flag] = [heap.place(x), heap.reserve(x.byteLength), heap.reserve(4)];
  const dtype = x instanceof Float32Array ? "float32" : "float64";
  tasks.run(unaryName(name, dtype), Math.ceil(x.length / UNARY_CHUNK), [from, to, x.length, flag]);
  const y = x.slice();
  heap.take(to, y);
  return y;
}

const exponent = new Float64Array(1);
const words = new Int32Array(exponent.buffer);

/** The distance of neighbours of a number of that size, in a dtype. */
export function ulpOf(y: number, isSingle: boolean): number {
  exponent[0] = y;
  const e = ((words[1]! >>> 20) & 0x7ff) - 1023;
  return isSingle ? 2 ** (Math.max(e, -126) - 23) : 2 ** (Math.max(e, -1022) - 52);
}

/** A value that is infinite, 0 or NaN where it should not be, or the other way round. */
export interface Mismatch {
  readonly x: number;
  readonly got: number;
  readonly expected: number;
}

/** The largest distance of values from the exact ones, f(x), in units in the last place, and what cannot be measured by them. */
export function compare(
  x: Floats,
  y: Floats,
  f: (x: number) => number,
): { worst: number; at: number; mismatches: Mismatch[] } {
  const isSingle = y instanceof Float32Array;
  const largest = isSingle ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const mismatches: Mismatch[] = [];
  let [worst, at] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const expected = f(x[i]!);
    const got = y[i]!;
    const isExact = expected === 0 && (x[i] === 0 || !Number.isFinite(x[i]));
    if (Number.isNaN(expected) || isExact || Math.abs(expected) > largest) {
      const isClose = Math.abs(expected) > largest && Math.abs(got) >= largest && got > 0 === expected > 0;
      if (!Object.is(got, expected) && !isClose) mismatches.push({ x: x[i]!, got, expected });
      continue;
    }
    // The largest numbers may be rounded to infinity.
    if (Math.abs(got) > largest && Math.abs(expected) > largest * (1 - 2 ** -21)) continue;
    const distance = Math.abs(got - expected) / ulpOf(expected, isSingle);
    if (!(distance <= worst)) [worst, at] = [distance, x[i]!];
    // What underflows keeps its sign.
    if (got === 0 && 1 / got > 0 !== (expected > 0 || Object.is(expected, 0)))
      mismatches.push({ x: x[i]!, got, expected });
  }
  return { worst, at, mismatches };
}

/** Every `stride`-th of all 2³² float32, `count` of them from the `first` on. */
export function everyFloat32(stride: number, first: number, count: number): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = (first + i) * stride;
  return new Float32Array(bits.buffer);
}
