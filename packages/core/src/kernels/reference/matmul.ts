import type { Storage } from "../../dtype.ts";
import type { ProductPlan } from "../kernels.ts";
import { matvec } from "./matvec.ts";

/**
 * Blocked as in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008). Blocks of both
 * operands are packed in the order in which `multiply` reads them, and in double precision: the inner loop then knows
 * its arrays whatever the dtypes, and transposed operands cost nothing.
 */
const ROWS = 64;
const COLUMNS = 128;
const DEPTH = 256;
/** The tile that `multiply` holds in registers; a block is packed in panels of so many rows or columns. */
const TILE_ROWS = 2;
const TILE_COLUMNS = 4;

const left = new Float64Array(ROWS * DEPTH);
const right = new Float64Array(DEPTH * COLUMNS);
const product = new Float64Array(ROWS * COLUMNS);

export function matmul(a: Storage, b: Storage, out: Storage, plan: ProductPlan): void {
  const { m, n, k, transposeA, transposeB, aOffsets, bOffsets } = plan;
  for (let i = 0; i < aOffsets.length; i++) {
    multiplyMatrices(a, aOffsets[i]!, b, bOffsets[i]!, out, i * m * n, m, n, k, transposeA, transposeB);
  }
}

/** `out = A·B` for one m×k matrix A and one k×n matrix B. Overwrites m·n elements. */
export function multiplyMatrices(
  a: Storage,
  aOffset: number,
  b: Storage,
  bOffset: number,
  out: Storage,
  outOffset: number,
  m: number,
  n: number,
  k: number,
  transposeA: boolean,
  transposeB: boolean,
): void {
  const aRow = transposeA ? 1 : k;
  const aStep = transposeA ? m : 1;
  const bColumn = transposeB ? k : 1;
  const bStep = transposeB ? 1 : n;
  if (n === 1) {
    matvec(a, aOffset, aRow, aStep, b, bOffset, out, outOffset, m, k);
    return;
  }
  if (m === 1) {
    matvec(b, bOffset, bColumn, bStep, a, aOffset, out, outOffset, n, k);
    return;
  }
  if (k === 0) {
    out.fill(0, outOffset, outOffset + m * n);
    return;
  }
  for (let j = 0; j < n; j += COLUMNS) {
    const columns = Math.min(COLUMNS, n - j);
    for (let i = 0; i < m; i += ROWS) {
      const rows = Math.min(ROWS, m - i);
      for (let p = 0; p < k; p += DEPTH) {
        const depth = Math.min(DEPTH, k - p);
        pack(a, aOffset + i * aRow + p * aStep, aRow, aStep, rows, depth, TILE_ROWS, left);
        // One block of B that is as deep as the operands serves all blocks of A.
        if (i === 0 || k > DEPTH) {
          pack(b, bOffset + j * bColumn + p * bStep, bColumn, bStep, columns, depth, TILE_COLUMNS, right);
        }
        for (let column = 0; column < columns; column += TILE_COLUMNS) {
          for (let row = 0; row < rows; row += TILE_ROWS) {
            multiply(row * depth, column * depth, depth, row * COLUMNS + column, p === 0);
          }
        }
      }
      store(out, outOffset + i * n + j, n, rows, columns);
    }
  }
}

/**
 * Packs `lanes` rows of A, or columns of B, in panels of `width`: a panel holds its first elements, then its second
 * ones, to `depth`. Zeros fill the last panel.
 */
function pack(
  x: Storage,
  start: number,
  laneStep: number,
  step: number,
  lanes: number,
  depth: number,
  width: number,
  panels: Float64Array,
): void {
  const full = lanes - (lanes % width);
  if (laneStep === 1) {
    for (let p = 0; p < depth; p++) {
      let to = p * width;
      let from = start + p * step;
      for (let lane = 0; lane < full; lane += width) {
        for (let w = 0; w < width; w++) panels[to + w] = x[from + w]!;
        to += depth * width;
        from += width;
      }
    }
  }
  for (let lane = laneStep === 1 ? full : 0; lane < lanes; lane++) {
    let to = (lane - (lane % width)) * depth + (lane % width);
    let from = start + lane * laneStep;
    for (let p = 0; p < depth; p++) {
      panels[to] = x[from]!;
      to += width;
      from += step;
    }
  }
  for (let lane = lanes; lane % width !== 0; lane++) {
    const first = full * depth + (lane % width);
    for (let to = first; to < first + depth * width; to += width) panels[to] = 0;
  }
}

/** Multiplies a panel of `left` (from i) by one of `right` (from j) into the tile of `product` at `to`. */
function multiply(i: number, j: number, depth: number, to: number, first: boolean): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  // Two steps at a time: a quarter faster than one.
  for (let p = depth >> 1; p > 0; p--) {
    const a0 = left[i]!;
    const a1 = left[i + 1]!;
    const b0 = right[j]!;
    const b1 = right[j + 1]!;
    const b2 = right[j + 2]!;
    const b3 = right[j + 3]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    const c0 = left[i + 2]!;
    const c1 = left[i + 3]!;
    const d0 = right[j + 4]!;
    const d1 = right[j + 5]!;
    const d2 = right[j + 6]!;
    const d3 = right[j + 7]!;
    s00 += c0 * d0;
    s01 += c0 * d1;
    s02 += c0 * d2;
    s03 += c0 * d3;
    s10 += c1 * d0;
    s11 += c1 * d1;
    s12 += c1 * d2;
    s13 += c1 * d3;
    i += 4;
    j += 8;
  }
  if (depth % 2 === 1) {
    const a0 = left[i]!;
    const a1 = left[i + 1]!;
    s00 += a0 * right[j]!;
    s01 += a0 * right[j + 1]!;
    s02 += a0 * right[j + 2]!;
    s03 += a0 * right[j + 3]!;
    s10 += a1 * right[j]!;
    s11 += a1 * right[j + 1]!;
    s12 += a1 * right[j + 2]!;
    s13 += a1 * right[j + 3]!;
  }
  const below = to + COLUMNS;
  if (first) {
    product[to] = s00;
    product[to + 1] = s01;
    product[to + 2] = s02;
    product[to + 3] = s03;
    product[below] = s10;
    product[below + 1] = s11;
    product[below + 2] = s12;
    product[below + 3] = s13;
  } else {
    product[to]! += s00;
    product[to + 1]! += s01;
    product[to + 2]! += s02;
    product[to + 3]! += s03;
    product[below]! += s10;
    product[below + 1]! += s11;
    product[below + 2]! += s12;
    product[below + 3]! += s13;
  }
}

/** Rounds the finished block to the dtype of the result. */
function store(out: Storage, start: number, n: number, rows: number, columns: number): void {
  for (let row = 0; row < rows; row++) {
    const from = row * COLUMNS;
    const to = start + row * n;
    for (let column = 0; column < columns; column++) out[to + column] = product[from + column]!;
  }
}
