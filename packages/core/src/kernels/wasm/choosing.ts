import type { Storage } from "../../dtype.ts";
import type { Kernels } from "../kernels.ts";
import { reference } from "../reference/index.ts";
import { ARG_TASK, ONE_HOT_TASK } from "./choosing-chunks.ts";
import type { Machine } from "./machine.ts";

/** Elements of what is searched, or of what is written, in a chunk. */
const CHUNK = 1 << 15;
/** The bits of 1 as a float32. */
const ONE = 0x3f800000;

/**
 * Positions of extremes of floats, and vectors with a 1 at an index, with the reference for other dtypes.
 * @param takesAll whether to write those vectors, too: copied out of the memory, they take longer than in plain loops.
 */
export function choosingKernels(
  machine: (size: number) => Machine | null,
  takesAll: boolean,
): Pick<Kernels, "argReduce" | "oneHot"> {
  return {
    argReduce(kind, x, outer, length, inner, out) {
      const isFloat = x instanceof Float32Array || x instanceof Float64Array;
      const own = isFloat && out.length > 0 ? machine(x.length) : null;
      if (own === null) {
        reference.argReduce(kind, x, outer, length, inner, out);
        return;
      }
      const { heap, tasks } = own;
      heap.begin(2, x.byteLength + out.byteLength);
      const perChunk = Math.max(1, Math.floor(CHUNK / length));
      const numbers = {
        results: out.length,
        perChunk,
        length,
        inner,
        x: heap.place(x),
        out: heap.reserve(out.byteLength),
      };
      const name = `${kind === "max" ? "argMax" : "argMin"}_${x.BYTES_PER_ELEMENT}`;
      tasks.run(
        name,
        Math.ceil(out.length / perChunk),
        ARG_TASK.map((field) => numbers[field]),
      );
      heap.take(numbers.out, out);
    },

    oneHot(index, classes, out) {
      const own = takesAll && out.BYTES_PER_ELEMENT === 4 && out.length > 0 ? machine(out.length) : null;
      return own === null ? reference.oneHot(index, classes, out) : oneHot(own, index, classes, out);
    },
  };
}

function oneHot({ heap, tasks }: Machine, index: Storage, classes: number, out: Storage): number | undefined {
  const perChunk = Math.max(1, Math.floor(CHUNK / classes));
  const chunks = Math.ceil(index.length / perChunk);
  heap.begin(3, index.byteLength + out.byteLength + 8 * chunks);
  const outcome = heap.outcome(2 * chunks);
  const numbers = {
    results: index.length,
    perChunk,
    classes,
    index: heap.place(index),
    out: heap.reserve(out.byteLength),
    one: out instanceof Float32Array ? ONE : 1,
    outcome,
  };
  tasks.run(
    "oneHot_4",
    chunks,
    ONE_HOT_TASK.map((field) => numbers[field]),
  );
  heap.take(numbers.out, out);
  const words = heap.read(outcome, 2 * chunks);
  for (let i = 0; i < words.length; i += 2) if (words[i] !== 0) return words[i + 1];
  return undefined;
}
