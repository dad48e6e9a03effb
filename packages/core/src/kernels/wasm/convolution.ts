import { allocate, type Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import { CONVOLUTION_TASK } from "./convolution-chunks.ts";
import { gemmScratch } from "./gemm.ts";
import type { Machine } from "./machine.ts";
import { isPlain, type Padded, paddedInput, paddedOutput, placementOf, type Triple, triple } from "./padding.ts";
import { isWinograd, winograd, winogradInput, winogradKernel } from "./winograd.ts";

// Convolutions are products of matrices, of which one is not there: its element for a place of the kernel and a place of the result is found
// in the image by two tables, and goes straight into the panels that the product reads.

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

const isMinimal = (out: Storage, plan: ConvolutionPlan): boolean => out instanceof Float32Array && isWinograd(plan);

/** y = conv(x, w): rows are channels of y, steps the weights of one, columns its places. */
export function convolve(machine: Machine, x: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void {
  const { inChannels, outChannels, output, strides } = plan;
  if (isMinimal(out, plan) && winograd(machine, x, w, out, plan)) return;
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
  if (isMinimal(out, plan) && winogradInput(machine, y, w, out, plan)) return;
  const { groups, inChannels, outChannels, input, kernel } = plan;
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
  forward(machine, y, turned, out, plan, outChannels, inChannels, paddedOutput(plan), input, [1, 1, 1]);
}

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
  if (isMinimal(out, plan) && winogradKernel(machine, x, y, out, plan)) return;
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
