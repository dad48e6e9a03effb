import { foldIn, type Key, uniform } from "@tapegrad/core";
import type { Block } from "./subject.ts";

/** Properties of a float dtype that tolerances follow from. */
export interface Precision {
  readonly name: "float64" | "float32";
  /** The unit roundoff. */
  readonly unit: number;
  /** Bits that a direction may have, so that points at steps down to `smallest` are exact. */
  readonly bits: number;
  /** Steps, relative to the size of what is moved; powers of two, so that halving is exact. */
  readonly step: number;
  readonly smallest: number;
  readonly largest: number;
  /** The relative error that a check should see where that costs no more than a few evaluations. */
  readonly aim: number;
  /** The largest relative tolerance with which a gradient can pass. */
  readonly limit: number;
  /** A tolerance relative to the size of the results below which a derivative that is smaller still counts as 0. */
  readonly vanishing: number;
}

/** Where truncation and rounding of an extrapolated central difference meet: near the fifth root of the roundoff. */
const PRECISIONS: Readonly<Record<Block["dtype"], Precision>> = {
  float64: {
    name: "float64",
    unit: 2 ** -53,
    bits: 24,
    step: 2 ** -8,
    smallest: 2 ** -25,
    largest: 2 ** -3,
    aim: 1e-5,
    limit: 1e-4,
    vanishing: 1e-8,
  },
  float32: {
    name: "float32",
    unit: 2 ** -24,
    bits: 10,
    step: 2 ** -5,
    smallest: 2 ** -11,
    largest: 2 ** -2,
    aim: 1e-3,
    limit: 1e-2,
    vanishing: 1e-3,
  },
};

/** The coarser one, where dtypes are mixed. */
export function precisionOf(blocks: readonly Block[]): Precision {
  return PRECISIONS[blocks.some(({ dtype }) => dtype === "float32") ? "float32" : "float64"];
}

/** Below this size a step cannot be halved often enough to differ from 0. */
const TINY = 2 ** -1000;

/** √(mean of squares), and 1 for nothing but zeros, or next to nothing. */
function scaleOf(x: Float64Array, { start, size }: Block): number {
  let largest = 0;
  for (let i = start; i < start + size; i++) largest = Math.max(largest, Math.abs(x[i]!));
  if (!(largest > TINY && largest < Number.POSITIVE_INFINITY)) return 1;
  let sum = 0;
  for (let i = start; i < start + size; i++) sum += (x[i]! / largest) ** 2;
  return largest * Math.sqrt(sum / size);
}

/**
 * How far each element is moved by a step of 1: the larger of its own size and that of its block.
 * @returns one number per element.
 */
export function scalesOf(x: Float64Array, blocks: readonly Block[]): Float64Array {
  const scales = new Float64Array(x.length);
  for (const block of blocks) {
    const common = scaleOf(x, block);
    for (let i = block.start; i < block.start + block.size; i++) scales[i] = Math.max(Math.abs(x[i]!), common);
  }
  return scales;
}

/** How far each element is moved where the common size of its block is too far: by its own, so that it keeps its sign. */
export const ownScalesOf = (x: Float64Array): Float64Array => x.map(Math.abs);

/** Numbers of both signs from 0.5 to 1.5 in size, so that swapped elements show. */
export function signedSizes(length: number, key: Key): Float64Array {
  const sizes = uniform(key, [length], { dtype: "float64" }).data() as Float64Array;
  for (let i = 0; i < length; i++) {
    // The first bit is the sign, the rest the size.
    const u = sizes[i]!;
    sizes[i] = u < 0.5 ? -0.5 - 2 * u : 2 * u - 0.5;
  }
  return sizes;
}

/** A random direction, in proportion to the scales, of few enough bits that x ± h·v has no rounding error. */
export function drawDirection(x: Float64Array, scales: Float64Array, { bits }: Precision, key: Key): Float64Array {
  const direction = signedSizes(x.length, key);
  for (let i = 0; i < x.length; i++) direction[i] = shortened(direction[i]! * scales[i]!, bits);
  return direction;
}

/** A number rounded to so many bits (Veltkamp, 1968). */
export function shortened(value: number, bits: number): number {
  const shifted = value * (2 ** (53 - bits) + 1);
  return shifted - (shifted - value);
}

/** The direction with 0 outside of the given ranges. */
export function restricted(
  direction: Float64Array,
  ranges: readonly { readonly start: number; readonly size: number }[],
): Float64Array {
  const part = new Float64Array(direction.length);
  for (const { start, size } of ranges) part.set(direction.subarray(start, start + size), start);
  return part;
}

/**
 * Cotangents for results: the first of sizes around 1 over the size of each result, so that a large one does not hide a small one; the
 * second with the same signs but sizes that span scales, 0 among them.
 * @param sizes how large results are at least taken to be.
 */
export function drawCotangents(
  values: Float64Array,
  outputs: readonly Block[],
  key: Key,
  sizes?: Float64Array,
): [Float64Array, Float64Array] {
  const first = signedSizes(values.length, foldIn(key, 0));
  const spans = uniform(foldIn(key, 1), [values.length], { dtype: "float64" }).data();
  const large = sizes === undefined ? values : values.map((value, j) => Math.max(Math.abs(value), sizes[j]!));
  for (const output of outputs) {
    const over = 1 / scaleOf(large, output);
    for (let i = output.start; i < output.start + output.size; i++) first[i]! *= over;
  }
  return [first, first.map((w, i) => w * (spans[i]! < 0.3 ? 0 : spans[i]! < 0.5 ? 1e-6 : 1))];
}
