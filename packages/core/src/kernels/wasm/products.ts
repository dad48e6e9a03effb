import type { Storage } from "../../dtype.ts";
import type { ProductPlan } from "../kernels.ts";
import { gemmScratch } from "./gemm.ts";
import { GEMM_TASK } from "./gemm-chunks.ts";
import type { Machine } from "./machine.ts";
import { FEW_ROWS } from "./unpacked.ts";

/** Multiplications from which on products are worth more than one thread. */
const PARALLEL = 128 ** 3;
/** The smallest part of a product's rows or columns for one thread: each part packs the other operand for itself. */
const PART = 96;
/** Parts are whole tiles. */
const GRAIN = 8;
/** How many chunks there are for each thread: the last one to finish is not far behind the others. */
const SHARES = 4;

/** What one chunk does: so many rows and columns of so many matrices. */
interface Part {
  readonly matrices: number;
  readonly rows: number;
  readonly columns: number;
}

/** Parts for threads: whole matrices if there are enough of them, else parts of the longer side. No result depends on the parts. */
function partOf({ m, n, k, aOffsets: { length: batch } }: ProductPlan, threads: number): Part {
  if (threads === 1) return { matrices: batch, rows: m, columns: n };
  const isSmall = m * n * k < PARALLEL;
  if (isSmall || batch >= SHARES * threads)
    return { matrices: Math.ceil(batch / (SHARES * threads)), rows: m, columns: n };
  // The longer side is cut first: the nearer parts are to squares, the less they pack.
  let [rows, columns] = [m, n];
  for (let parts = 1; parts < SHARES * threads; parts *= 2) {
    const half = Math.ceil(Math.max(rows, columns) / 2 / GRAIN) * GRAIN;
    if (half < PART) break;
    if (rows >= columns) rows = half;
    else columns = half;
  }
  return { matrices: 1, rows, columns };
}

/** The first bytes of the memory: nothing is ever written there. One product needs no table. */
const ZEROS = 0;
const NO_OFFSETS = new Int32Array(0);

/** Bytes to each A, then to each B. */
function offsetsOf({ aOffsets, bOffsets }: ProductPlan, bytes: number): Int32Array {
  const batch = aOffsets.length;
  const offsets = new Int32Array(2 * batch);
  for (let i = 0; i < batch; i++) {
    offsets[i] = aOffsets[i]! * bytes;
    offsets[batch + i] = bOffsets[i]! * bytes;
  }
  return offsets;
}

/** Columns up to which a transposed A is read where it lies: its steps are far apart, and each panel of B reads all of them. */
const FEW_COLUMNS = 32;
/** Multiplications up to which A, with its rows, is read where it lies. */
const UNPACKED = 256 ** 3;

const isUnpacked = ({ m, n, k, transposeA }: ProductPlan): boolean =>
  transposeA ? n <= FEW_COLUMNS || m <= FEW_ROWS : m * n * k <= UNPACKED;

/** A row times a transposed matrix is the matrix times a column: nothing has to be transposed. */
const turned = (plan: ProductPlan): ProductPlan => ({
  ...plan,
  m: plan.n,
  n: 1,
  transposeA: false,
  transposeB: false,
  aOffsets: plan.bOffsets,
  bOffsets: plan.aOffsets,
});

const KERNELS = {
  4: { gemm: "gemm_4", unpacked: "unpacked_4" },
  8: { gemm: "gemm_8", unpacked: "unpacked_8" },
} as const;

/** Products of matrices of floats, with elements: one task for all of a batch. */
export function multiply(machine: Machine, a: Storage, b: Storage, out: Storage, plan: ProductPlan): void {
  const { m, n, k, transposeA, transposeB, aOffsets, bOffsets } = plan;
  if (m === 1 && n > 1 && transposeB) {
    multiply(machine, b, a, out, turned(plan));
    return;
  }
  const { heap, tasks } = machine;
  const bytes = out.BYTES_PER_ELEMENT as 4 | 8;
  const batch = aOffsets.length;
  const threads = batch * m * n * k < PARALLEL ? 1 : tasks.count;
  const { matrices, rows, columns } = partOf(plan, threads);
  const scratch = heap.rounded(gemmScratch(columns, k, bytes));
  const offsets = batch === 1 ? NO_OFFSETS : offsetsOf(plan, bytes);
  heap.begin(5, a.byteLength + b.byteLength + offsets.byteLength + out.byteLength + threads * scratch);
  const [aRow, aStep] = transposeA ? [bytes, m * bytes] : [k * bytes, bytes];
  const [bStep, bColumn] = transposeB ? [bytes, k * bytes] : [n * bytes, bytes];
  const numbers = {
    batch,
    matrices,
    offsets: batch === 1 ? ZEROS : heap.place(offsets),
    m,
    n,
    k,
    a: heap.place(a) + (batch === 1 ? aOffsets[0]! * bytes : 0),
    aRow,
    aStep,
    b: heap.place(b) + (batch === 1 ? bOffsets[0]! * bytes : 0),
    bStep,
    bColumn,
    c: heap.reserve(out.byteLength),
    work: heap.reserve(threads * scratch),
    workBytes: scratch,
    rows,
    columns,
  };
  const chunks = Math.ceil(batch / matrices) * Math.ceil(m / rows) * Math.ceil(n / columns);
  const task = GEMM_TASK.map((name) => numbers[name]);
  // Whole rows, one part after another.
  const isInOrder = columns === n && (batch === 1 || m % rows === 0);
  const each = isInOrder ? matrices * rows * n : undefined;
  tasks.run(KERNELS[bytes][isUnpacked(plan) ? "unpacked" : "gemm"], chunks, task, threads, each);
  heap.take(numbers.c, out);
}
