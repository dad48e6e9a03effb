import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import { CHUNK } from "./convolution-weights-chunks.ts";
import type { Machine } from "./machine.ts";

// What happens to the weights of a convolution before, and to their gradients behind its products.

/** Turns each kernel round and exchanges its channels, for the transpose by x; where the result lies. */
export function turn(
  { heap, tasks }: Machine,
  w: number,
  bytes: 4 | 8,
  { groups, inChannels, outChannels, kernel }: ConvolutionPlan,
): number {
  const taps = sizeOf(kernel);
  const rows = groups * inChannels;
  const to = heap.reserve(rows * outChannels * taps * bytes);
  const perChunk = Math.ceil(CHUNK / (outChannels * taps));
  // As TURN_TASK names them.
  tasks.run(`turn_${bytes}`, Math.ceil(rows / perChunk), [rows, perChunk, inChannels, outChannels, taps, w, to]);
  return to;
}

/** Always: nothing lies at this address. */
const ALWAYS = 0;

/** Adds up so many arrays, of `size` floats each, that lie one after another, in their order; only if `condition`, the address of a word, is not 0. */
export function sumParts(
  { tasks }: Machine,
  from: number,
  parts: number,
  size: number,
  to: number,
  bytes: 4 | 8,
  condition: number = ALWAYS,
): void {
  // As SUM_TASK names them.
  tasks.run(`sumParts_${bytes}`, Math.ceil(size / CHUNK), [from, parts, size, to, condition]);
}
