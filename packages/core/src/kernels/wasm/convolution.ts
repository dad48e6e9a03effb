import { allocate, type Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import { CONVOLUTION_TASK, type PLACEMENT } from "./convolution-chunks.ts";
import { gemmScratch } from "./gemm.ts";
import type { Machine } from "./machine.ts";

// Convolutions are products of matrices, of which one is not there: its element for a place of the kernel and a place of the result is found
// in the image by two tables, and goes straight into the panels that the product reads. Images lie in the middle of zeros, so that every
// place of the kernel is inside.

type Triple = readonly [number, number, number];
const triple = (of: (axis: number) => number): Triple => [of(0), of(1), of(2)];

/** An image with zeros around it, and between its elements. */
interface Padded {
  /** Sizes of the image in memory. */
  readonly input: readonly number[];
  /** Sizes with the zeros. */
  readonly size: Triple;
  /** Where its first element lies; negative where elements are left out. */
  readonly before: Triple;
  /** How far apart neighbours lie. */
  readonly spread: Triple;
}

const isPlain = ({ input, size, before, spread }: Padded): boolean =>
  [0, 1, 2].every((i) => before[i] === 0 && spread[i] === 1 && size[i] === input[i]);

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

/** How the elements of an image whose place is inside get there. */
function placementOf(
  { input, size, before, spread }: Padded,
  channels: number,
  bytes: number,
): Record<(typeof PLACEMENT)[number], number> {
  const first = triple((i) => Math.max(0, Math.ceil(-before[i]! / spread[i]!)));
  const last = triple((i) => Math.min(input[i]! - 1, Math.floor((size[i]! - 1 - before[i]!) / spread[i]!)));
  const [planes, rows, width] = triple((i) => Math.max(0, last[i]! - first[i]! + 1));
  const [, height, row] = input as [number, number, number];
  const target = triple((i) => before[i]! + first[i]! * spread[i]!);
  return {
    channels,
    planes,
    rows,
    length: width * bytes,
    fromFirst: ((first[0] * height + first[1]) * row + first[2]) * bytes,
    toFirst: ((target[0] * size[1] + target[1]) * size[2] + target[2]) * bytes,
    fromRow: row * bytes,
    toRow: spread[1] * size[2] * bytes,
    step: spread[2] * bytes,
    fromPlane: height * row * bytes,
    toPlane: spread[0] * size[1] * size[2] * bytes,
    fromChannel: sizeOf(input) * bytes,
    toChannel: sizeOf(size) * bytes,
  };
}

/** y = conv(x, w): rows are channels of y, steps the weights of one, columns its places. */
export function convolve(machine: Machine, x: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void {
  const { inChannels, outChannels, output, strides } = plan;
  forward(
    machine,
    x,
    w,
    out,
    plan,
    inChannels,
    outChannels,
    paddedInput(plan),
    output,
    triple((i) => strides[i]!),
  );
}

/** The transpose by x: a convolution of y, spread out by the strides, with the kernel turned round and its channels exchanged. */
export function convolveInput(machine: Machine, y: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void {
  const { groups, inChannels, outChannels, input, kernel, output, strides, dilation, before } = plan;
  const taps = sizeOf(kernel);
  const turned = w.slice();
  for (let g = 0, from = 0; g < groups; g++) {
    for (let o = 0; o < outChannels; o++) {
      for (let c = 0; c < inChannels; c++) {
        const to = ((g * inChannels + c) * outChannels + o + 1) * taps - 1;
        for (let t = 0; t < taps; t++) turned[to - t] = w[from++]!;
      }
    }
  }
  const padded: Padded = {
    input: output,
    size: triple((i) => input[i]! + (kernel[i]! - 1) * dilation[i]!),
    before: triple((i) => (kernel[i]! - 1) * dilation[i]! - before[i]!),
    spread: triple((i) => strides[i]!),
  };
  forward(machine, y, turned, out, plan, outChannels, inChannels, padded, input, [1, 1, 1]);
}

/** The image of a convolution, as large as its kernels reach. */
const paddedInput = ({ input, kernel, output, strides, dilation, before }: ConvolutionPlan): Padded => ({
  input,
  size: triple((i) => (output[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilation[i]! + 1),
  before: triple((i) => before[i]!),
  spread: [1, 1, 1],
});

/** A convolution of images of `channels` with weights of [rows, channels, ...kernel] for places that lie `steps` apart. */
function forward(
  machine: Machine,
  x: Storage,
  w: Storage,
  out: Storage,
  { batch, groups, kernel, dilation }: ConvolutionPlan,
  channels: number,
  rows: number,
  padded: Padded,
  places: readonly number[],
  steps: Triple,
): void {
  const bytes = out.BYTES_PER_ELEMENT as 4 | 8;
  const [columns, depth] = [sizeOf(places), channels * sizeOf(kernel)];
  const lanes = table(1, places, steps, padded.size, bytes);
  const taps = table(
    channels,
    kernel,
    triple((i) => dilation[i]!),
    padded.size,
    bytes,
  );
  const sizes = { m: rows, n: columns, k: depth, groups, images: batch, perChunk: 1 };
  run(machine, { kernel: "forward", sizes, a: w, x, channels, padded, lanes, steps: taps, out });
}

/** Images whose products are added up one after another; the sums of such chunks are added up in their order. */
const IMAGES = 8;

/** The transpose by w: rows are channels of y, steps its places, columns the weights of one; images are added up. */
export function convolveKernel(machine: Machine, x: Storage, y: Storage, out: Storage, plan: ConvolutionPlan): void {
  const { batch, groups, inChannels, outChannels, kernel, output, strides, dilation } = plan;
  const bytes = out.BYTES_PER_ELEMENT as 4 | 8;
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
  const chunks = Math.ceil(batch / IMAGES);
  const target = chunks === 1 ? out : allocate(bytes === 4 ? "float32" : "float64", chunks * out.length);
  run(machine, { kernel: "kernel", sizes, a: y, x, channels: inChannels, padded, lanes, steps, out: target });
  if (target === out) return;
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let chunk = 0; chunk < chunks; chunk++) sum += target[chunk * out.length + i]!;
    out[i] = sum;
  }
}

interface Task {
  readonly kernel: "forward" | "kernel";
  readonly sizes: Readonly<Record<"m" | "n" | "k" | "groups" | "images" | "perChunk", number>>;
  readonly a: Storage;
  readonly x: Storage;
  readonly channels: number;
  readonly padded: Padded;
  readonly lanes: Int32Array;
  readonly steps: Int32Array;
  readonly out: Storage;
}

function run({ heap, tasks }: Machine, { kernel, sizes, a, x, channels, padded, lanes, steps, out }: Task): void {
  const bytes = out.BYTES_PER_ELEMENT as 4 | 8;
  const threads = tasks.count;
  const scratch = heap.rounded(gemmScratch(sizes.n, sizes.k, bytes));
  const image = isPlain(padded) ? 0 : heap.rounded(channels * sizeOf(padded.size) * bytes);
  const placed = [a, x, lanes, steps, out].reduce((sum, { byteLength }) => sum + byteLength, 0);
  heap.begin(8, placed + threads * (scratch + image));
  const numbers = {
    ...sizes,
    a: heap.place(a),
    aPart: sizes.m * sizes.k * bytes,
    x: heap.place(x),
    xPart: channels * sizeOf(padded.input) * bytes,
    steps: heap.place(steps),
    lanes: heap.place(lanes),
    c: heap.reserve(out.byteLength),
    cPart: sizes.m * sizes.n * bytes,
    work: heap.reserve(threads * scratch),
    workBytes: scratch,
    padded: heap.reserve(threads * image),
    paddedBytes: image,
    ...placementOf(padded, channels, bytes),
  };
  if (image > 0) heap.clear(numbers.padded, threads * image);
  const name = kernel === "forward" ? `convolve_${bytes}` : `convolveKernel_${bytes}`;
  const chunks = Math.ceil(sizes.images / sizes.perChunk);
  tasks.run(
    name,
    chunks,
    CONVOLUTION_TASK.map((field) => numbers[field]),
    threads,
  );
  heap.take(numbers.c, out);
}
