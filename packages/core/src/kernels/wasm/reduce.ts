import type { Storage } from "../../dtype.ts";
import type { ReduceKind } from "../kernels.ts";
import type { ReduceMiddle } from "../reference/reduce.ts";
import type { Machine } from "./machine.ts";
import { REDUCE_WORK } from "./reduce-chunks.ts";

/** Elements of a chunk. No result depends on who does it, but on this. */
const CHUNK = 1 << 15;
/** Columns that are reduced together. */
const GROUP = 1024;
/** So many groups of columns are work enough for threads without cutting the columns. */
const MANY = 16;

interface Cut {
  /** Rows of a part, or elements of a row. */
  readonly part: number;
  readonly parts: number;
  readonly group: number;
  readonly groups: number;
}

function cutOf(outer: number, length: number, inner: number): Cut {
  const group = Math.min(inner, GROUP);
  const groups = Math.ceil(inner / group);
  // A part of columns gives a row; more of them would be as much work again.
  const most = inner === 1 ? length : outer * groups < MANY ? MANY : 1;
  const part = Math.min(length, Math.max(Math.ceil(CHUNK / group), Math.ceil(length / most)));
  return { part, parts: Math.ceil(length / part), group, groups };
}

/** Reduces the middle axis of [outer, length, inner] on a machine: parts of it, if it is long, and then what these give. */
export const reduceMiddle =
  (machine: Machine): ReduceMiddle =>
  (kind, x, outer, length, inner, out) => {
    const { part, parts, group, groups } = cutOf(outer, length, inner);
    if (parts === 1) {
      run(machine, kind, x, out, { outer, length, inner, part, parts, group, groups });
      return;
    }
    const Partial = kind === "sum" ? Float64Array : (x.constructor as Float32ArrayConstructor);
    const partial = new Partial(outer * parts * inner);
    run(machine, kind, x, partial, { outer, length, inner, part, parts, group, groups });
    reduceMiddle(machine)(kind, partial, outer, parts, inner, out);
  };

interface Sizes extends Cut {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

function run({ heap, tasks }: Machine, kind: ReduceKind, x: Storage, out: Storage, sizes: Sizes): void {
  const { outer, length, parts, part, group, groups, inner } = sizes;
  const threads = tasks.count;
  const [outBytes, workBytes] = [out.BYTES_PER_ELEMENT, threads * REDUCE_WORK];
  heap.begin(3, x.byteLength + out.byteLength + workBytes);
  const [from, to, work] = [heap.place(x), heap.reserve(out.byteLength), heap.reserve(workBytes)];
  const units = outer * parts * groups;
  const perChunk = Math.max(1, Math.floor(CHUNK / (part * group)));
  tasks.run(
    `${kind}${inner === 1 ? "Rows" : "Columns"}_${x.BYTES_PER_ELEMENT}`,
    Math.ceil(units / perChunk),
    // As REDUCE_TASK names them.
    [units, perChunk, length, inner, part, parts, group, groups, from, to, outBytes, work],
    threads,
  );
  heap.take(to, out);
}
