import type { Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import { bytesFor, chunksOf, type GatheredProduct, numbersOf } from "./convolution-task.ts";
import { sumParts, turn } from "./convolution-weights.ts";
import { ROWS } from "./kind.ts";
import type { Machine } from "./machine.ts";
import type { Padded } from "./padding.ts";
import { WINOGRAD_TASK, winogradScratch } from "./winograd-chunks.ts";
import { KERNELS } from "./winograd-weights.ts";

// Convolutions of 3×3 kernels by Winograd's minimal filtering F(2×2, 3×3) (Lavin and Gray, "Fast algorithms for convolutional neural
// networks", 2016): y = Aᵀ·[(G·w·Gᵀ) ⊙ (Bᵀ·d·B)]·A for each 2×2 tile of y, with 16 products instead of 36. Sums over channels make products
// of matrices of the ⊙. The transpose by x is such a convolution, too; that by w is Gᵀ·[Σ (A·g·Aᵀ) ⊙ (Bᵀ·d·B)]·G over all tiles.

/** Channels of x, and of y, from which on the products are worth the transforms. */
const CHANNELS = 8;
/** So deep a product adds up more than its panels in the cache hold. */
const DEEPEST = 512;
/** Numbers of a block of tiles and its products: half a megabyte, for the second cache. */
const BLOCK = 8192;

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

/**
 * A convolution of x with w, which is turned round before if a plan says how, for so many places.
 * @param product the same convolution, the direct way: what is not finite is left to it.
 */
export function winograd(
  machine: Machine,
  x: Storage,
  w: Storage,
  out: Storage,
  product: GatheredProduct,
  places: readonly number[],
  turned: ConvolutionPlan | null,
): void {
  const { heap, tasks } = machine;
  const { sizes, channels } = product;
  const size = sizes.m * channels;
  const own = tilesOf(product, places, 8);
  begin(machine, product, own, x.byteLength + out.byteLength + 2 * w.byteLength + 64 * size);
  const weights = heap.place(w);
  const a = turned === null ? weights : turn(machine, weights, 4, turned);
  const minimal = heap.reserve(64 * size);
  const perChunk = ROWS * Math.ceil(KERNELS / channels / ROWS);
  // As SPREAD_TASK names them.
  tasks.run("winogradSpread_4", Math.ceil(sizes.m / perChunk), [a, minimal, sizes.m, channels, perChunk]);
  const c = heap.reserve(out.byteLength);
  const numbers = place(machine, product, own, places, { a, x: heap.place(x), c });
  tasks.run(
    "winograd_4",
    sizes.images,
    inOrder({ ...numbers, minimal, minimalPart: 0, flag: 0 }),
    tasks.count,
    out.length / sizes.images,
  );
  heap.take(c, out);
}

/** The transpose by w. */
export function winogradKernel(
  machine: Machine,
  x: Storage,
  y: Storage,
  out: Storage,
  product: GatheredProduct,
  places: readonly number[],
): void {
  const { heap, tasks } = machine;
  const chunks = chunksOf(product);
  const size = product.sizes.m * product.channels;
  const own = tilesOf(product, places, 1);
  begin(machine, product, own, x.byteLength + y.byteLength + out.byteLength + chunks * 64 * size);
  const to = heap.reserve(out.byteLength);
  const flag = heap.reserve(4);
  heap.clear(flag, 4);
  const minimal = heap.reserve(chunks * 64 * size);
  // The direct way needs the sums no longer.
  const c = chunks === 1 ? to : minimal;
  const numbers = place(machine, product, own, places, { a: heap.place(y), x: heap.place(x), c });
  const task = inOrder({ ...numbers, minimal, minimalPart: 64 * size, flag });
  tasks.run("winogradKernel_4", chunks, task, tasks.count);
  // As GATHER_TASK names them.
  tasks.run("winogradGather_4", Math.ceil(size / KERNELS), [minimal, chunks, size, to, flag]);
  tasks.run("winogradOtherwise_4", chunks, task, tasks.count);
  if (chunks > 1) sumParts(machine, c, chunks, 9 * size, to, 4, flag);
  heap.take(to, out);
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

/** Tiles, how many are done at once, and what a thread needs for them. */
interface Tiles {
  readonly tables: Tables;
  readonly block: number;
  readonly scratch: number;
}

function tilesOf(
  { sizes: { m: rows }, channels, padded }: GatheredProduct,
  places: readonly number[],
  grain: number,
): Tiles {
  const tables = tablesOf(padded, places, grain);
  // Blocks of about the same size.
  const blocks = Math.ceil(tables.count / Math.max(8, BLOCK / (channels + rows)));
  const block = Math.ceil(tables.count / blocks / 8) * 8;
  return { tables, block, scratch: winogradScratch(block, channels, rows) };
}

/** Begins a call for which arrays of so many bytes are placed. */
function begin(machine: Machine, product: GatheredProduct, { tables, scratch }: Tiles, bytes: number): void {
  const { heap, tasks } = machine;
  heap.begin(14, bytes + 24 * tables.count + bytesFor(machine, product, 4, tasks.count, scratch));
}

function place(
  machine: Machine,
  product: GatheredProduct,
  { tables, block, scratch }: Tiles,
  places: readonly number[],
  addresses: Readonly<Record<"a" | "x" | "c", number>>,
) {
  const { heap, tasks } = machine;
  const { size } = product.padded;
  return {
    ...numbersOf(machine, product, addresses, 4, tasks.count, scratch),
    tiles: tables.count,
    block,
    patches: heap.place(tables.patches),
    places: heap.place(tables.places),
    masks: heap.place(tables.masks),
    channelX: sizeOf(size) * 4,
    rowX: size[2] * 4,
    channelY: sizeOf(places) * 4,
    rowY: places[2]! * 4,
  };
}

const inOrder = (numbers: Record<(typeof WINOGRAD_TASK)[number], number>): number[] =>
  WINOGRAD_TASK.map((name) => numbers[name]);
