import type { Storage } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import type { Kernels, StridedPart } from "../kernels.ts";
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

/**
 * Reading and writing by strides: where rows are contiguous, or repeat an element, or are neighbours, by vectors.
 * @param isAlways whether the machine does all that it can, also what plain loops do faster: writes, long copies, and small parts.
 */
export function movementKernels(
  machine: (size: number) => Machine | null,
  isAlways: boolean,
): Pick<Kernels, "stridedRead" | "stridedWrite"> {
  return {
    stridedRead(x, offset, strides, shape, out) {
      const isWorth = isAlways || (!(x instanceof Uint8Array) && x.length <= LARGER * out.length);
      const own = isWorth && out.length > 0 ? machine(out.length) : null;
      if (own === null || !read(own, isAlways, x, offset, strides, shape, out))
        reference.stridedRead(x, offset, strides, shape, out);
    },
    stridedWrite(parts, out, strides) {
      const own = isAlways && out.length > 0 ? machine(out.length) : null;
      if (own === null) reference.stridedWrite(parts, out, strides);
      else write(own, parts, out, strides);
    },
  };
}

/** Runs a call on a machine, if that is better. */
function read(
  machine: Machine,
  isAlways: boolean,
  x: Storage,
  offset: number,
  strides: readonly number[],
  shape: Shape,
  out: Storage,
): boolean {
  const nest = nestOf(shape, [strides]);
  // Long copies, and filling, are as fast without.
  const { step } = nest.walks[0]!;
  if (!isAlways && nest.length >= LONG_ROW && (step === 0 || step === 1)) return false;
  const { heap } = machine;
  const bytes = out.BYTES_PER_ELEMENT;
  heap.begin(3, x.byteLength + out.byteLength + nest.walks[0]!.starts.byteLength);
  const from = heap.place(x);
  const to = heap.reserve(out.byteLength);
  move(machine, bytes, nest, from + offset * bytes, to, false);
  heap.take(to, out);
  return true;
}

/** Writes parts into zeros. */
function write(machine: Machine, parts: readonly StridedPart[], out: Storage, strides: readonly number[]): void {
  const { heap } = machine;
  const bytes = out.BYTES_PER_ELEMENT;
  const some = parts.filter(({ x }) => x.length > 0).map((part) => ({ ...part, nest: nestOf(part.shape, [strides]) }));
  const placed = some.reduce(
    (sum, { x, nest }) => sum + x.byteLength + nest.walks[0]!.starts.byteLength,
    out.byteLength,
  );
  heap.begin(1 + 2 * some.length, placed);
  const to = heap.reserve(out.byteLength);
  if (some.reduce((sum, { x }) => sum + x.length, 0) < out.length) heap.clear(to, out.byteLength);
  for (const { x, offset, nest } of some) move(machine, bytes, nest, heap.place(x), to + offset * bytes, true);
  heap.take(to, out);
}

function move(
  { heap, tasks }: Machine,
  bytes: number,
  { outer, rows, length, walks }: ReturnType<typeof nestOf>,
  from: number,
  to: number,
  isWrite: boolean,
): void {
  const { starts, row, step } = walks[0]!;
  const reads = step === 0 ? "fillRows" : row === 1 && bytes > 1 ? "turnRows" : "pickRows";
  const name = step === 1 ? "copyRows" : isWrite ? "pickRows" : reads;
  const perChunk = LANES * Math.ceil(CHUNK / length / LANES);
  const all = outer * rows;
  // As TASK names them.
  const numbers = [all, perChunk, rows, length, row * bytes, step * bytes, from, heap.place(starts), to, +isWrite];
  tasks.run(`${name}_${bytes}`, Math.ceil(all / perChunk), numbers);
}
