import type { Storage } from "../../dtype.ts";
import type { Kernels } from "../kernels.ts";
import { reference } from "../reference/index.ts";
import { DRAWS, FOLDS, SPLITS } from "../reference/random.ts";
import type { Machine } from "./machine.ts";
import { drawChunk } from "./random.ts";

/** Random numbers are made in blocks of so many bytes. */
const BLOCK = 32;
/** The address of a word that is 0: nothing is ever written there. */
const ZERO = 0;

/** Draws from keys, with the bits of the reference; truncated normal draws are left to it. */
export function drawingKernels(
  machine: (size: number) => Machine | null,
): Pick<Kernels, "randomUniform" | "randomNormal" | "randomBits" | "splitKey" | "foldIn"> {
  const drawWords = (name: "randomBits" | "splitKey", domain: number): ((key: Storage, out: Int32Array) => void) => {
    return (key, out) => {
      const own = out.length === 0 ? null : machine(out.length);
      if (own === null) reference[name](key, out);
      else draw(own, key, out, "randomWords", { domain, counter: null });
    };
  };
  const drawFloats = (
    name: "randomUniform" | "randomNormal",
    kernel: string,
  ): ((key: Storage, out: Storage) => void) => {
    return (key, out) => {
      const own = out.length === 0 ? null : machine(out.length);
      if (own === null) reference[name](key, out);
      else draw(own, key, out, kernel, null);
    };
  };
  return {
    randomUniform: drawFloats("randomUniform", "uniform"),
    randomNormal: drawFloats("randomNormal", "normal"),
    randomBits: drawWords("randomBits", DRAWS),
    splitKey: drawWords("splitKey", SPLITS),
    foldIn(key, data, out) {
      const own = machine(out.length);
      if (own === null) reference.foldIn(key, data, out);
      else draw(own, key, out, "randomWords", { domain: FOLDS, counter: data });
    },
  };
}

function draw(
  { heap, tasks }: Machine,
  key: Storage,
  out: Storage,
  kernel: string,
  blocks: { readonly domain: number; readonly counter: Storage | null } | null,
): void {
  heap.begin(3, key.byteLength + out.byteLength + BLOCK + 4);
  const from = heap.place(key);
  const rest = blocks === null ? [] : [blocks.domain, blocks.counter === null ? ZERO : heap.place(blocks.counter)];
  const to = heap.reserve(out.byteLength + BLOCK);
  const name = blocks === null ? `${kernel}_${out.BYTES_PER_ELEMENT}` : kernel;
  tasks.run(name, Math.ceil(out.length / drawChunk(kernel)), [from, to, out.length, ...rest]);
  heap.take(to, out);
}
