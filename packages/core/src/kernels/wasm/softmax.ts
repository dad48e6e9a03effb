import type { Storage } from "../../dtype.ts";
import type { Machine } from "./machine.ts";

/** Elements of a chunk, if there are not more along the axis. */
const CHUNK = 1 << 13;

/** Runs an operation along the middle axis of [outer, length, inner]: of x, or of x and y. */
export function runAlong(
  { heap, tasks }: Machine,
  name: "softmax" | "logSoftmax" | "softmaxJacobian",
  x: Storage,
  y: Storage,
  outer: number,
  length: number,
  inner: number,
  out: Storage,
): void {
  const bytes = out.BYTES_PER_ELEMENT;
  heap.begin(3, 3 * out.byteLength);
  const [first, second, to] = [heap.place(x), heap.place(y), heap.reserve(out.byteLength)];
  const lanes = 16 / bytes;
  const tiles = inner === 1 ? 1 : Math.ceil(inner / lanes);
  const units = outer * tiles;
  const perChunk = Math.max(1, Math.floor(CHUNK / (length * (inner === 1 ? 1 : lanes))));
  tasks.run(`${name}${inner === 1 ? "Rows" : "Columns"}_${bytes}`, Math.ceil(units / perChunk), [
    units,
    perChunk,
    length,
    inner,
    tiles,
    first,
    second,
    to,
  ]);
  heap.take(to, out);
}
