import type { Storage } from "../../dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../shape.ts";
import type { Kernels } from "../kernels.ts";
import { reference } from "../reference/index.ts";
import { INDEXING_TASK } from "./indexing-chunks.ts";
import type { Machine } from "./machine.ts";

/** Elements of x, or of the index, for a chunk. */
const CHUNK = 1 << 15;

/** Sizes and strides of the index as [outer, count, inner]. */
interface Around {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
  readonly indexStrides: readonly [outer: number, step: number, inner: number];
}

/** How an index lies around an axis, if x and the index lie as they mostly do; else `null`. */
function around(
  strides: readonly number[],
  length: number,
  indexStrides: readonly number[],
  shape: Shape,
  axis: number,
): Around | null {
  const whole = stridesOf(shape.map((size, i) => (i === axis ? length : size)));
  if (!whole.every((stride, i) => stride === strides[i] || shape[i] === 1)) return null;
  const sizes = {
    outer: sizeOf(shape.slice(0, axis)),
    count: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
  };
  const own = stridesOf(shape);
  const isFull = own.every((stride, i) => stride === indexStrides[i] || shape[i] === 1);
  if (isFull) return { ...sizes, indexStrides: [sizes.count * sizes.inner, sizes.inner, 1] };
  const isShared = indexStrides.every((stride, i) => stride === (i === axis ? 1 : 0) || shape[i] === 1);
  return isShared ? { ...sizes, indexStrides: [0, 1, 0] } : null;
}

/** Reading and adding at indices, with the reference for elements that are neither of 4 nor of 8 bytes, and for parts of x. */
export function indexingKernels(machine: (size: number) => Machine | null): Pick<Kernels, "gather" | "scatterAdd"> {
  return {
    gather(x, xStrides, length, index, indexStrides, shape, axis, out) {
      const place = x.BYTES_PER_ELEMENT === 1 ? null : around(xStrides, length, indexStrides, shape, axis);
      const own = place === null || out.length === 0 ? null : machine(out.length);
      return own === null
        ? reference.gather(x, xStrides, length, index, indexStrides, shape, axis, out)
        : run(own, "gather", x, index, null, out, length, place!);
    },
    scatterAdd(x, out, outStrides, length, index, indexStrides, shape, axis, source) {
      const isFloat = x instanceof Float32Array || x instanceof Float64Array;
      const place = isFloat ? around(outStrides, length, indexStrides, shape, axis) : null;
      const own = place === null || source.length === 0 ? null : machine(out.length);
      return own === null
        ? reference.scatterAdd(x, out, outStrides, length, index, indexStrides, shape, axis, source)
        : run(own, "scatterAdd", x, index, source, out, length, place!);
    },
  };
}

function run(
  { heap, tasks }: Machine,
  name: "gather" | "scatterAdd",
  x: Storage,
  index: Storage,
  source: Storage | null,
  out: Storage,
  length: number,
  { outer, count, inner, indexStrides }: Around,
): number | undefined {
  const perChunk = Math.max(1, Math.floor(CHUNK / (Math.max(count, length) * inner)));
  const chunks = Math.ceil(outer / perChunk);
  const bytes = x.byteLength + index.byteLength + (source?.byteLength ?? 0) + out.byteLength + 8 * chunks;
  heap.begin(5, bytes);
  const outcome = heap.outcome(2 * chunks);
  const numbers = {
    outer,
    perChunk,
    length,
    count,
    inner,
    x: heap.place(x),
    index: heap.place(index),
    indexOuter: indexStrides[0],
    indexStep: indexStrides[1],
    indexInner: indexStrides[2],
    source: source === null ? 0 : heap.place(source),
    out: heap.reserve(out.byteLength),
    outcome,
  };
  tasks.run(
    `${name}_${x.BYTES_PER_ELEMENT}`,
    chunks,
    INDEXING_TASK.map((field) => numbers[field]),
  );
  heap.take(numbers.out, out);
  const words = heap.read(outcome, 2 * chunks);
  for (let i = 0; i < words.length; i += 2) if (words[i] !== 0) return words[i + 1];
  return undefined;
}
