import type { Storage } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import { nestOf } from "./axes.ts";

export function stridedRead(x: Storage, offset: number, strides: readonly number[], shape: Shape, out: Storage): void {
  if (out.length === 0) return;
  const { outer, rows, length, walks } = nestOf(shape, [strides]);
  const { starts, row, step } = walks[0]!;
  for (let t = 0, o = 0; t < outer; t++) {
    for (let r = 0, i = offset + starts[t]!; r < rows; r++, i += row, o += length) {
      copyRow(x, i, step, out, o, 1, length);
    }
  }
}

export function stridedWrite(x: Storage, shape: Shape, out: Storage, offset: number, strides: readonly number[]): void {
  if (x.length === 0) return;
  const { outer, rows, length, walks } = nestOf(shape, [strides]);
  const { starts, row, step } = walks[0]!;
  for (let t = 0, i = 0; t < outer; t++) {
    for (let r = 0, o = offset + starts[t]!; r < rows; r++, o += row, i += length) {
      copyRow(x, i, 1, out, o, step, length);
    }
  }
}

/** Rows from this length on go through `set`, whose call costs as much as a loop over fewer elements. */
const LONG_ROW = 64;

/** Copies `length` elements of `x` from position `i`, each `di` further, to `out` from `o`, each `dOut` further. */
export function copyRow(
  x: Storage,
  i: number,
  di: number,
  out: Storage,
  o: number,
  dOut: number,
  length: number,
): void {
  if (dOut === 1 && length >= LONG_ROW) {
    if (di === 1) {
      out.set(x.subarray(i, i + length), o);
      return;
    }
    if (di === 0) {
      out.fill(x[i]!, o, o + length);
      return;
    }
  }
  for (let e = 0; e < length; e++) {
    out[o] = x[i]!;
    i += di;
    o += dOut;
  }
}
