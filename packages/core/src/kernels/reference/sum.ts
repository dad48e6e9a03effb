import type { Storage } from "../../dtype.ts";

/** Columns that are summed at once, row after row; their sums stay in the first-level cache. */
const CHUNK = 1024;
const sums = new Float64Array(CHUNK);

/** Fewer columns than this are summed one after another. */
const FEW = 8;

/** Up to so many elements are summed in one loop; a longer row is halved. */
const BLOCK = 128;

/** Sums along the middle axis of [outer, length, inner], in double precision, rounded once. */
export function sumMiddle(x: Storage, outer: number, length: number, inner: number, out: Storage): void {
  if (inner === 1) {
    for (let o = 0; o < outer; o++) out[o] = sumRow(x, o * length, length);
    return;
  }
  for (let o = 0; o < outer; o++) {
    const start = o * length * inner;
    if (inner < FEW) {
      for (let c = 0; c < inner; c++) out[o * inner + c] = sumColumn(x, start + c, inner, length);
    } else {
      for (let c = 0; c < inner; c += CHUNK) {
        const columns = Math.min(CHUNK, inner - c);
        sumColumns(x, start + c, inner, length, columns);
        for (let e = 0; e < columns; e++) out[o * inner + c + e] = sums[e]!;
      }
    }
  }
}

/** Pairwise: the error grows with the logarithm of the length (Higham, "The accuracy of floating point summation", 1993). */
function sumRow(x: Storage, start: number, length: number): number {
  if (length > BLOCK) {
    const half = (length >> 1) & -4;
    return sumRow(x, start, half) + sumRow(x, start + half, length - half);
  }
  // Four sums, because one would wait for each addition.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = start;
  const end = start + length;
  for (; i + 3 < end; i += 4) {
    s0 += x[i]!;
    s1 += x[i + 1]!;
    s2 += x[i + 2]!;
    s3 += x[i + 3]!;
  }
  for (; i < end; i++) s0 += x[i]!;
  return s0 + s1 + (s2 + s3);
}

function sumColumn(x: Storage, start: number, step: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let i = start;
  let l = 0;
  for (; l + 1 < length; l += 2) {
    s0 += x[i]!;
    s1 += x[i + step]!;
    i += 2 * step;
  }
  if (l < length) s0 += x[i]!;
  return s0 + s1;
}

/** Sums of neighbouring columns, into `sums`; four rows at a time, to load and store the sums less often. */
function sumColumns(x: Storage, start: number, step: number, length: number, columns: number): void {
  sums.fill(0, 0, columns);
  let i = start;
  let l = 0;
  for (; l + 3 < length; l += 4) {
    for (let e = 0; e < columns; e++) {
      sums[e]! += x[i + e]! + x[i + step + e]! + (x[i + 2 * step + e]! + x[i + 3 * step + e]!);
    }
    i += 4 * step;
  }
  for (; l < length; l++) {
    for (let e = 0; e < columns; e++) sums[e]! += x[i + e]!;
    i += step;
  }
}
