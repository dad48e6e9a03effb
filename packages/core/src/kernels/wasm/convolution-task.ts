import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import { CONVOLUTION_TASK } from "./convolution-chunks.ts";
import { gemmScratch } from "./gemm.ts";
import type { Machine } from "./machine.ts";
import { isPlain, type Padded, paddedInput, paddedOutput, placementOf, type Triple, triple } from "./padding.ts";

/** A convolution as a product of matrices, of which the right one is found in images by two tables, of its columns and of its rows. */
export interface GatheredProduct {
  readonly sizes: Readonly<Record<"m" | "n" | "k" | "groups" | "images" | "perChunk", number>>;
  readonly channels: number;
  readonly padded: Padded;
  readonly lanes: Int32Array;
  readonly steps: Int32Array;
}

/** Images whose products are added up one after another; the sums of such chunks are added up in their order. */
export const IMAGES = 8;

/** Offsets, in bytes, of places of [channels, ...counts] whose neighbours are so many elements apart. */
function table(channels: number, counts: readonly number[], steps: Triple, size: Triple, bytes: number): Int32Array {
  const out = new Int32Array(channels * sizeOf(counts));
  const volume = sizeOf(size);
  let next = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < counts[0]!; i++) {
      for (let j = 0; j < counts[1]!; j++) {
        const start = c * volume + (i * steps[0] * size[1] + j * steps[1]) * size[2];
        for (let k = 0; k < counts[2]!; k++) out[next++] = (start + k * steps[2]) * bytes;
      }
    }
  }
  return out;
}

/** A convolution of images of `channels` with weights of [rows, channels, ...kernel] for places that lie `apart`. */
function forward(
  { batch, groups, kernel, dilation }: ConvolutionPlan,
  channels: number,
  rows: number,
  padded: Padded,
  places: readonly number[],
  apart: Triple,
  bytes: number,
): GatheredProduct {
  const sizes = { m: rows, n: sizeOf(places), k: channels * sizeOf(kernel), groups, images: batch, perChunk: 1 };
  const lanes = table(1, places, apart, padded.size, bytes);
  const steps = table(
    channels,
    kernel,
    triple((i) => dilation[i]!),
    padded.size,
    bytes,
  );
  return { sizes, channels, padded, lanes, steps };
}

/** y = conv(x, w): rows are channels of y, steps the weights of one, columns its places. */
export const productOf = (plan: ConvolutionPlan, bytes: number): GatheredProduct =>
  forward(
    plan,
    plan.inChannels,
    plan.outChannels,
    paddedInput(plan),
    plan.output,
    triple((i) => plan.strides[i]!),
    bytes,
  );

/** The transpose by x: a convolution of y, spread out by the strides, with the kernel turned round and its channels exchanged. */
export const inputProductOf = (plan: ConvolutionPlan, bytes: number): GatheredProduct =>
  forward(plan, plan.outChannels, plan.inChannels, paddedOutput(plan), plan.input, [1, 1, 1], bytes);

/** The transpose by w: rows are channels of y, steps its places, columns the weights of one; images are added up. */
export function kernelProductOf(plan: ConvolutionPlan, bytes: number): GatheredProduct {
  const { batch, groups, inChannels, outChannels, kernel, output, strides, dilation } = plan;
  const padded = paddedInput(plan);
  const lanes = table(
    inChannels,
    kernel,
    triple((i) => dilation[i]!),
    padded.size,
    bytes,
  );
  const steps = table(
    1,
    output,
    triple((i) => strides[i]!),
    padded.size,
    bytes,
  );
  const sizes = { m: outChannels, n: lanes.length, k: steps.length, groups, images: batch, perChunk: IMAGES };
  return { sizes, channels: inChannels, padded, lanes, steps };
}

export const chunksOf = ({ sizes: { images, perChunk } }: GatheredProduct): number => Math.ceil(images / perChunk);

/** Bytes of an image with its zeros; 0 where it needs none. */
const imageBytes = ({ padded, channels }: GatheredProduct, bytes: number): number =>
  isPlain(padded) ? 0 : channels * sizeOf(padded.size) * bytes;

/** Bytes of the tables, and of what so many threads need for themselves, if one needs no more than `work` for anything else. */
export function bytesFor(
  { heap }: Machine,
  product: GatheredProduct,
  bytes: number,
  threads: number,
  work: number,
): number {
  const { sizes, lanes, steps } = product;
  const own = heap.rounded(Math.max(work, gemmScratch(sizes.n, sizes.k, bytes)));
  return lanes.byteLength + steps.byteLength + threads * (own + heap.rounded(imageBytes(product, bytes)));
}

type Numbers = Record<(typeof CONVOLUTION_TASK)[number], number>;

/** The numbers of a task whose A, images and result are at these addresses. The result has been made room for, as `bytesFor` says. */
export function numbersOf(
  { heap }: Machine,
  product: GatheredProduct,
  { a, x, c }: Readonly<Record<"a" | "x" | "c", number>>,
  bytes: number,
  threads: number,
  work = 0,
): Numbers {
  const { sizes, channels, padded, lanes, steps } = product;
  const scratch = heap.rounded(Math.max(work, gemmScratch(sizes.n, sizes.k, bytes)));
  const image = imageBytes(product, bytes) === 0 ? 0 : heap.rounded(imageBytes(product, bytes));
  const numbers = {
    ...sizes,
    a,
    aPart: sizes.m * sizes.k * bytes,
    x,
    xPart: channels * sizeOf(padded.input) * bytes,
    c,
    cPart: sizes.m * sizes.n * bytes,
    steps: heap.place(steps),
    lanes: heap.place(lanes),
    work: heap.reserve(threads * scratch),
    workBytes: scratch,
    padded: heap.reserve(threads * image),
    paddedBytes: image,
    ...placementOf(padded, channels, bytes),
  };
  if (image > 0) heap.clear(numbers.padded, threads * image);
  return numbers;
}

/** The numbers in the order of a task's. */
export const inOrder = (numbers: Numbers): number[] => CONVOLUTION_TASK.map((name) => numbers[name]);
