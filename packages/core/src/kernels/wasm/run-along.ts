import type { Storage } from "../../dtype.ts";
import type { Machine } from "./machine.ts";

/** Elements of a chunk, if there are not more along the axis. */
const CHUNK = 1 << 13;

interface Along {
  /** Of rows: how many there are to a unit, each as far behind the other as there are units; 1 if not given. */
  readonly runs?: number;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  /** A number for each row, which the kernel reads, or writes. */
  readonly scales?: Storage;
  readonly writesScales?: boolean;
  /** A number for all. */
  readonly parameter?: number;
}

/** Runs an operation along the middle axis of [outer, length, inner]: of x, or of x and y. */
export function runAlong(
  { heap, tasks }: Machine,
  name: "softmax" | "logSoftmax" | "softmaxJacobian" | "standardize" | "standardizeJacobian",
  x: Storage,
  y: Storage,
  out: Storage,
  { runs = 1, outer, length, inner, scales, writesScales = false, parameter = 0 }: Along,
): void {
  const bytes = out.BYTES_PER_ELEMENT;
  heap.begin(4, 3 * out.byteLength + (scales?.byteLength ?? 0));
  const [first, second, to] = [heap.place(x), heap.place(y), heap.reserve(out.byteLength)];
  const scaling = scales === undefined ? 0 : writesScales ? heap.reserve(scales.byteLength) : heap.place(scales);
  const lanes = 16 / bytes;
  const tiles = inner === 1 ? 1 : Math.ceil(inner / lanes);
  const units = outer * tiles;
  const perChunk = Math.max(1, Math.floor(CHUNK / (runs * length * (inner === 1 ? 1 : lanes))));
  number[0] = parameter;
  tasks.run(`${name}${inner === 1 ? "Rows" : "Columns"}_${bytes}`, Math.ceil(units / perChunk), [
    units,
    perChunk,
    length,
    inner,
    tiles,
    first,
    second,
    to,
    scaling,
    words[0]!,
    words[1]!,
    runs,
  ]);
  heap.take(to, out);
  if (scales !== undefined && writesScales) heap.take(scaling, scales);
}

/** A number of float64 and its two words. */
const number = new Float64Array(1);
const words = new Int32Array(number.buffer);
