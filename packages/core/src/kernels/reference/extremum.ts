import type { Storage } from "../../dtype.ts";

/** Columns that are compared at once, row after row. */
const CHUNK = 1024;
const best = new Float64Array(CHUNK);

/** Fewer columns than this are compared one after another. */
const FEW = 8;

/**
 * The largest along the middle axis of [outer, length, inner] for a `sign` of 1. For -1 the smallest, which is the
 * largest of the negated, negated. `Math.max` gives NaN when it meets one.
 */
export function largestMiddle(
  sign: number,
  x: Storage,
  outer: number,
  length: number,
  inner: number,
  out: Storage,
): void {
  if (inner === 1) {
    for (let o = 0; o < outer; o++) out[o] = sign * largestInRow(sign, x, o * length, length);
    return;
  }
  for (let o = 0; o < outer; o++) {
    const start = o * length * inner;
    if (inner < FEW) {
      for (let c = 0; c < inner; c++) out[o * inner + c] = sign * largestInColumn(sign, x, start + c, inner, length);
    } else {
      for (let c = 0; c < inner; c += CHUNK) {
        const columns = Math.min(CHUNK, inner - c);
        largestInColumns(sign, x, start + c, inner, length, columns);
        for (let e = 0; e < columns; e++) out[o * inner + c + e] = sign * best[e]!;
      }
    }
  }
}

/** Two at a time, because one would wait for each comparison. */
function largestInRow(sign: number, x: Storage, start: number, length: number): number {
  let m0 = sign * x[start]!;
  let m1 = m0;
  const end = start + length;
  let i = start + 1;
  for (; i + 1 < end; i += 2) {
    m0 = Math.max(m0, sign * x[i]!);
    m1 = Math.max(m1, sign * x[i + 1]!);
  }
  if (i < end) m0 = Math.max(m0, sign * x[i]!);
  return Math.max(m0, m1);
}

function largestInColumn(sign: number, x: Storage, start: number, step: number, length: number): number {
  let most = sign * x[start]!;
  for (let l = 1, i = start + step; l < length; l++, i += step) most = Math.max(most, sign * x[i]!);
  return most;
}

function largestInColumns(
  sign: number,
  x: Storage,
  start: number,
  step: number,
  length: number,
  columns: number,
): void {
  best.fill(Number.NEGATIVE_INFINITY, 0, columns);
  for (let l = 0, i = start; l < length; l++, i += step) {
    for (let e = 0; e < columns; e++) best[e] = Math.max(best[e]!, sign * x[i + e]!);
  }
}
