import type { Storage } from "../../dtype.ts";

/** A row as whole numbers of 32 bits that order as its elements do; those of float64 have a second, lower half. */
export interface SortKeys {
  readonly high: Int32Array;
  readonly low: Int32Array | null;
}

/** They grow with the longest row. */
let floats = new Float32Array(0);
let doubles = new Float64Array(0);
let high = new Int32Array(0);
let low = new Int32Array(0);

const LARGEST = 0x7fffffff;
const SIGN = 1 << 31;
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Keys of the elements from `start` on, `step` apart; NaN is above all, and 0 equals −0. They hold until the next call. */
export function sortKeys(x: Storage, start: number, step: number, length: number, descending: boolean): SortKeys {
  if (high.length < length) {
    high = new Int32Array(length);
    low = new Int32Array(length);
    floats = new Float32Array(length);
    doubles = new Float64Array(length);
  }
  // The order of the bits turned round is the order turned round.
  const flip = descending ? -1 : 0;
  if (x instanceof Float64Array) return keysOfDoubles(x, start, step, length, flip);
  const keys = high;
  if (x instanceof Float32Array) {
    const values = floats;
    // Adding 0 makes 0 of −0.
    for (let l = 0, i = start; l < length; l++, i += step) values[l] = x[i]! + 0;
    const bits = new Int32Array(values.buffer);
    for (let l = 0; l < length; l++) {
      const own = bits[l]!;
      keys[l] = ((own & LARGEST) > 0x7f800000 ? LARGEST : own ^ turnOf(own)) ^ flip;
    }
  } else for (let l = 0, i = start; l < length; l++, i += step) keys[l] = x[i]! ^ flip;
  return { high, low: null };
}

/** The bits of negative floats order backwards, but for that of the sign. */
const turnOf = (bits: number): number => (bits >> 31) & LARGEST;

function keysOfDoubles(x: Float64Array, start: number, step: number, length: number, flip: number): SortKeys {
  const [values, upperKeys, lowerKeys] = [doubles, high, low];
  for (let l = 0, i = start; l < length; l++, i += step) values[l] = x[i]! + 0;
  const bits = new Int32Array(values.buffer);
  const upper = isLittleEndian ? 1 : 0;
  for (let l = 0; l < length; l++) {
    const isNumber = !Number.isNaN(values[l]!);
    const own = bits[2 * l + upper]!;
    upperKeys[l] = (isNumber ? own ^ turnOf(own) : LARGEST) ^ flip;
    // A lower half has no sign of its own.
    lowerKeys[l] = (isNumber ? bits[2 * l + 1 - upper]! ^ (own >> 31) ^ SIGN : LARGEST) ^ flip;
  }
  return { high, low };
}
