import type { Storage } from "../../dtype.ts";
import type { Kernels } from "../kernels.ts";
import { nestOf } from "../reference/axes.ts";
import { reference } from "../reference/index.ts";
import { LONG_ROW } from "../reference/movement.ts";
import type { Machine } from "./machine.ts";

/** Elements of a chunk. */
const CHUNK = 1 << 15;
/** Rows that are moved together. */
const LANES = 4;
/** What is read must not be much larger than the result: all of it is copied to where the machine reads. */
const LARGER = 2;

/** Reading by strides: where rows are contiguous, or repeat an element, or are neighbours, by vectors. */
export function movementKernels(machine: (size: number) => Machine | null): Pick<Kernels, "stridedRead"> {
  return {
    stridedRead(x, offset, strides, shape, out) {
      const isLarge = out.length > 0 && !(x instanceof Uint8Array) && x.length <= LARGER * out.length;
      const own = isLarge ? machine(out.length) : null;
      if (own === null || !read(own, x, offset, strides, shape, out))
        reference.stridedRead(x, offset, strides, shape, out);
    },
  };
}

/** Runs a call on a machine, if that is better. */
function read(
  { heap, tasks }: Machine,
  x: Storage,
  offset: number,
  strides: readonly number[],
  shape: readonly number[],
  out: Storage,
): boolean {
  const { outer, rows, length, walks } = nestOf(shape, [strides]);
  const { starts, row, step } = walks[0]!;
  // Long copies, and filling, are as fast without.
  if (length >= LONG_ROW && (step === 0 || step === 1)) return false;
  const bytes = out.BYTES_PER_ELEMENT;
  heap.begin(3, x.byteLength + out.byteLength + starts.byteLength);
  const [from, table, to] = [heap.place(x), heap.place(starts), heap.reserve(out.byteLength)];
  const name = step === 1 ? "copyRows" : step === 0 ? "fillRows" : row === 1 ? "turnRows" : "pickRows";
  const perChunk = LANES * Math.ceil(CHUNK / length / LANES);
  const all = outer * rows;
  tasks.run(`${name}_${bytes}`, Math.ceil(all / perChunk), [
    all,
    perChunk,
    rows,
    length,
    row * bytes,
    step * bytes,
    from + offset * bytes,
    table,
    to,
  ]);
  heap.take(to, out);
  return true;
}
