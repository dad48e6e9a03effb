import type { Storage } from "../../dtype.ts";

/** Columns of a transposed matrix that are summed at once; their sums stay in the first-level cache. */
const CHUNK = 1024;
const sums = new Float64Array(CHUNK);

/** `out[r] = Σ_p matrix[r·rowStep + p·step] · vector[p]`, where one of the two steps is 1. Nothing is packed. */
export function matvec(
  matrix: Storage,
  offset: number,
  rowStep: number,
  step: number,
  vector: Storage,
  vectorOffset: number,
  out: Storage,
  outOffset: number,
  rows: number,
  depth: number,
): void {
  if (step === 1) {
    for (let r = 0; r < rows; r++) {
      out[outOffset + r] = dot(matrix, offset + r * rowStep, vector, vectorOffset, depth);
    }
    return;
  }
  for (let r = 0; r < rows; r += CHUNK) {
    const count = Math.min(CHUNK, rows - r);
    sums.fill(0, 0, count);
    for (let p = 0; p < depth; p++) {
      addScaled(matrix, offset + r * rowStep + p * step, vector[vectorOffset + p]!, count);
    }
    for (let e = 0; e < count; e++) out[outOffset + r + e] = sums[e]!;
  }
}

/** Four sums, because one would wait for each addition. */
function dot(x: Storage, i: number, y: Storage, j: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let p = 0;
  for (; p + 3 < length; p += 4) {
    s0 += x[i + p]! * y[j + p]!;
    s1 += x[i + p + 1]! * y[j + p + 1]!;
    s2 += x[i + p + 2]! * y[j + p + 2]!;
    s3 += x[i + p + 3]! * y[j + p + 3]!;
  }
  for (; p < length; p++) s0 += x[i + p]! * y[j + p]!;
  return s0 + s1 + (s2 + s3);
}

function addScaled(x: Storage, start: number, factor: number, count: number): void {
  for (let e = 0; e < count; e++) sums[e]! += factor * x[start + e]!;
}
