import type { Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import type { Machine } from "./machine.ts";
import { isPlain, type Padded, paddedInput, paddedOutput, placementOf } from "./padding.ts";
import { WINOGRAD_TASK, winogradScratch } from "./winograd-chunks.ts";

// Convolutions of 3×3 kernels by Winograd's minimal filtering F(2×2, 3×3) (Lavin and Gray, "Fast algorithms for convolutional neural
// networks", 2016): y = Aᵀ·[(G·w·Gᵀ) ⊙ (Bᵀ·d·B)]·A for each 2×2 tile of y, with 16 products instead of 36. Sums over channels make products
// of matrices of the ⊙. The transpose by x is such a convolution, too; that by w is Gᵀ·[Σ (A·g·Aᵀ) ⊙ (Bᵀ·d·B)]·G over all tiles.

/** Channels of x, and of y, from which on the products are worth the transforms. */
const CHANNELS = 8;
/** So deep a product adds up more than its panels in the cache hold. */
const DEEPEST = 512;
/** Numbers of a block of tiles and its products: half a megabyte, for the second cache. */
const BLOCK = 8192;
/** Images that one chunk of the transpose by w adds up. */
const IMAGES = 8;

/** G, from three numbers that lie `step` apart to four that lie `outStep` apart. */
function spreadTaps(x: Storage, at: number, step: number, out: Storage, to: number, outStep: number): void {
  const [a, b, c] = [x[at]!, x[at + step]!, x[at + 2 * step]!];
  out[to] = a;
  out[to + outStep] = (a + b + c) / 2;
  out[to + 2 * outStep] = (a - b + c) / 2;
  out[to + 3 * outStep] = c;
}

/** Gᵀ, from four numbers to three. */
function gatherTaps(x: Storage, at: number, step: number, out: Storage, to: number, outStep: number): void {
  const [a, b, c, d] = [x[at]!, x[at + step]!, x[at + 2 * step]!, x[at + 3 * step]!];
  out[to] = a + (b + c) / 2;
  out[to + outStep] = (b - c) / 2;
  out[to + 2 * outStep] = (b + c) / 2 + d;
}

/** Whether a convolution of floats of 32 bits, or a transpose of it, is done here. */
export function isWinograd({
  groups,
  inChannels,
  outChannels,
  input,
  kernel,
  output,
  strides,
  dilation,
  before,
}: ConvolutionPlan): boolean {
  const isOnes = (values: readonly number[]): boolean => values.every((value) => value === 1);
  const isFlat = kernel[0] === 1 && input[0] === 1 && output[0] === 1 && before[0] === 0;
  const isSquare = kernel[1] === 3 && kernel[2] === 3 && isOnes(strides) && isOnes(dilation);
  const fits = (channels: number): boolean => channels >= CHANNELS && channels <= DEEPEST && channels % 4 === 0;
  const hasTiles = [input, output].every((sizes) => sizes[1]! > 1 && sizes[2]! > 1);
  return groups === 1 && isFlat && isSquare && hasTiles && fits(inChannels) && fits(outChannels);
}

/** Kernels of [rows, channels] as 16 matrices, each in the panels of four rows that a product reads: `tap(row, channel)` is where one begins. */
function transformed(
  w: Storage,
  rows: number,
  channels: number,
  tap: (row: number, channel: number) => number,
  step: 1 | -1,
): Float32Array {
  const size = rows * channels;
  const out = new Float32Array(16 * size);
  const lines = new Float64Array(12);
  for (let row = 0; row < rows; row++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = tap(row, channel);
      for (let i = 0; i < 3; i++) spreadTaps(w, from + 3 * i * step, step, lines, 4 * i, 1);
      const to = (row >> 2) * 4 * channels + channel * 4 + (row & 3);
      for (let j = 0; j < 4; j++) spreadTaps(lines, j, 4, out, j * size + to, 4 * size);
    }
  }
  return out;
}

/** y = conv(x, w); `false` where a result is not finite: what is not reaches a whole tile here. */
export function winograd(machine: Machine, x: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): boolean {
  const { inChannels, outChannels, output } = plan;
  const u = transformed(w, outChannels, inChannels, (row, channel) => (row * inChannels + channel) * 9, 1);
  return forward(machine, x, u, out, plan.batch, inChannels, outChannels, paddedInput(plan), output);
}

/** The transpose by x: with the kernels turned round, and their channels exchanged. */
export function winogradInput(machine: Machine, y: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): boolean {
  const { inChannels, outChannels, input } = plan;
  const u = transformed(w, inChannels, outChannels, (row, channel) => (channel * inChannels + row) * 9 + 8, -1);
  return forward(machine, y, u, out, plan.batch, outChannels, inChannels, paddedOutput(plan), input);
}

function forward(
  machine: Machine,
  x: Storage,
  u: Float32Array,
  out: Storage,
  batch: number,
  channels: number,
  rows: number,
  padded: Padded,
  places: readonly number[],
): boolean {
  const tables = tablesOf(padded, places, 8);
  const flags = new Int32Array(batch);
  run(machine, "winograd_4", {
    a: u,
    aPart: 0,
    x,
    out,
    batch,
    perChunk: 1,
    channels,
    rows,
    padded,
    places,
    tables,
    flags,
  });
  return flags.every((flag) => flag === 0);
}

/** The transpose by w. */
export function winogradKernel(machine: Machine, x: Storage, y: Storage, out: Storage, plan: ConvolutionPlan): boolean {
  const { batch, inChannels, outChannels, output } = plan;
  const chunks = Math.ceil(batch / IMAGES);
  const size = outChannels * inChannels;
  const sums = new Float32Array(chunks * 16 * size);
  const padded = paddedInput(plan);
  const tables = tablesOf(padded, output, 1);
  const aPart = outChannels * sizeOf(output) * 4;
  run(machine, "winogradKernel_4", {
    a: y,
    aPart,
    x,
    out: sums,
    batch,
    perChunk: IMAGES,
    channels: inChannels,
    rows: outChannels,
    padded,
    places: output,
    tables,
    flags: new Int32Array(chunks),
  });
  const element = new Float64Array(16);
  const lines = new Float64Array(12);
  for (let i = 0; i < size; i++) {
    for (let e = 0; e < 16; e++) {
      let sum = 0;
      for (let chunk = 0; chunk < chunks; chunk++) sum += sums[(chunk * 16 + e) * size + i]!;
      if (!Number.isFinite(sum)) return false;
      element[e] = sum;
    }
    for (let j = 0; j < 4; j++) gatherTaps(element, j, 4, lines, j, 4);
    for (let r = 0; r < 3; r++) gatherTaps(lines, 4 * r, 1, out, i * 9 + r * 3, 1);
  }
  return true;
}

interface Tables {
  readonly count: number;
  readonly patches: Int32Array;
  readonly places: Int32Array;
  readonly masks: Int32Array;
}

/** Where the tiles are, as many as a multiple of `grain`: the last one again. At odd edges tiles overlap, and the masks leave what is another's. */
function tablesOf({ size }: Padded, places: readonly number[], grain: number): Tables {
  const [, height, width] = places as [number, number, number];
  const [high, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const count = Math.ceil((high * wide) / grain) * grain;
  const tables = {
    count,
    patches: new Int32Array(count),
    places: new Int32Array(count),
    masks: new Int32Array(4 * count),
  };
  for (let i = 0; i < count; i++) {
    const tile = Math.min(i, high * wide - 1);
    const [row, column] = [2 * Math.floor(tile / wide), 2 * (tile % wide)];
    const [top, left] = [Math.min(row, height - 2), Math.min(column, width - 2)];
    tables.patches[i] = (top * size[2] + left) * 4;
    tables.places[i] = (top * width + left) * 4;
    for (const r of [0, 1])
      for (const c of [0, 1]) tables.masks[4 * i + 2 * r + c] = top + r >= row && left + c >= column ? -1 : 0;
  }
  return tables;
}

interface Task {
  readonly a: Storage;
  readonly aPart: number;
  readonly x: Storage;
  readonly out: Storage;
  readonly batch: number;
  readonly perChunk: number;
  readonly channels: number;
  readonly rows: number;
  readonly padded: Padded;
  readonly places: readonly number[];
  readonly tables: Tables;
  readonly flags: Int32Array;
}

function run({ heap, tasks }: Machine, name: string, task: Task): void {
  const { a, aPart, x, out, batch, perChunk, channels, rows, padded, places, tables, flags } = task;
  const threads = tasks.count;
  // Blocks of about the same size.
  const blocks = Math.ceil(tables.count / Math.max(8, BLOCK / (channels + rows)));
  const block = Math.ceil(tables.count / blocks / 8) * 8;
  const scratch = heap.rounded(winogradScratch(block, channels, rows));
  const image = isPlain(padded) ? 0 : heap.rounded(channels * sizeOf(padded.size) * 4);
  const placed = [a, x, tables.patches, tables.places, tables.masks, flags, out];
  const bytes = placed.reduce((sum, { byteLength }) => sum + byteLength, 0);
  heap.begin(placed.length + 2, bytes + threads * (scratch + image));
  const chunks = Math.ceil(batch / perChunk);
  const numbers = {
    m: rows,
    n: 0,
    k: channels,
    groups: 1,
    images: batch,
    perChunk,
    a: heap.place(a),
    aPart,
    x: heap.place(x),
    xPart: channels * sizeOf(padded.input) * 4,
    c: heap.reserve(out.byteLength),
    cPart: out.byteLength / (name === "winograd_4" ? batch : chunks),
    steps: 0,
    lanes: 0,
    work: heap.reserve(threads * scratch),
    workBytes: scratch,
    padded: heap.reserve(threads * image),
    paddedBytes: image,
    ...placementOf(padded, channels, 4),
    tiles: tables.count,
    block,
    patches: heap.place(tables.patches),
    places: heap.place(tables.places),
    masks: heap.place(tables.masks),
    channelX: sizeOf(padded.size) * 4,
    rowX: padded.size[2] * 4,
    channelY: sizeOf(places) * 4,
    rowY: places[2]! * 4,
    flags: heap.reserve(flags.byteLength),
  };
  if (image > 0) heap.clear(numbers.padded, threads * image);
  tasks.run(
    name,
    chunks,
    WINOGRAD_TASK.map((field) => numbers[field]),
    threads,
  );
  heap.take(numbers.c, out);
  if (name === "winograd_4") heap.take(numbers.flags, flags);
}
