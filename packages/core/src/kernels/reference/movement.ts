import type { Storage } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import type { StridedPart } from "../kernels.ts";
import { nestOf } from "./axes.ts";

/** Elements of a row that are moved before turning to the next one, where the next row is nearer than the next element. */
const STRIP = 8;

export function stridedRead(x: Storage, offset: number, strides: readonly number[], shape: Shape, out: Storage): void {
  if (out.length === 0) return;
  const { outer, rows, length, walks } = nestOf(shape, [strides]);
  const { starts, row, step } = walks[0]!;
  const strip = stripOf(row, step, length);
  for (let t = 0; t < outer; t++) {
    for (let e = 0; e < length; e += strip) {
      const count = Math.min(strip, length - e);
      let i = offset + starts[t]! + e * step;
      let o = t * rows * length + e;
      for (let r = 0; r < rows; r++) {
        copyRow(x, i, step, out, o, 1, count);
        i += row;
        o += length;
      }
    }
  }
}

export function stridedWrite(parts: readonly StridedPart[], out: Storage, strides: readonly number[]): void {
  for (const part of parts) writePart(part, out, strides);
}

function writePart({ x, shape, offset }: StridedPart, out: Storage, strides: readonly number[]): void {
  if (x.length === 0) return;
  const { outer, rows, length, walks } = nestOf(shape, [strides]);
  const { starts, row, step } = walks[0]!;
  const strip = stripOf(row, step, length);
  for (let t = 0; t < outer; t++) {
    for (let e = 0; e < length; e += strip) {
      const count = Math.min(strip, length - e);
      let i = t * rows * length + e;
      let o = offset + starts[t]! + e * step;
      for (let r = 0; r < rows; r++) {
        copyRow(x, i, 1, out, o, step, count);
        i += length;
        o += row;
      }
    }
  }
}

/** Rows of a transpose are cut in strips, so that the cache lines under a strip serve the next rows too. */
function stripOf(row: number, step: number, length: number): number {
  return row !== 0 && Math.abs(row) < Math.abs(step) ? STRIP : length;
}

/** Rows from this length on go through `set`, whose call costs as much as a loop over fewer elements. */
export const LONG_ROW = 64;

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
