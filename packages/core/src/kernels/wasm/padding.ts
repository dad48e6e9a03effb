import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import type { PLACEMENT } from "./convolution-chunks.ts";

// Images lie in the middle of zeros, so that every place of the kernel is inside.

export type Triple = readonly [number, number, number];
export const triple = (of: (axis: number) => number): Triple => [of(0), of(1), of(2)];

/** An image with zeros around it, and between its elements. */
export interface Padded {
  /** Sizes of the image in memory. */
  readonly input: readonly number[];
  /** Sizes with the zeros. */
  readonly size: Triple;
  /** Where its first element lies; negative where elements are left out. */
  readonly before: Triple;
  /** How far apart neighbours lie. */
  readonly spread: Triple;
}

export const isPlain = ({ input, size, before, spread }: Padded): boolean =>
  [0, 1, 2].every((i) => before[i] === 0 && spread[i] === 1 && size[i] === input[i]);

/** How the elements of an image whose place is inside get there. */
export function placementOf(
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

/** The image of a convolution, as large as its kernels reach. */
export const paddedInput = ({ input, kernel, output, strides, dilation, before }: ConvolutionPlan): Padded => ({
  input,
  size: triple((i) => (output[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilation[i]! + 1),
  before: triple((i) => before[i]!),
  spread: [1, 1, 1],
});

/** The result of a convolution, spread out by the strides, with as many zeros around it as kernels reach from its input. */
export const paddedOutput = ({ input, kernel, output, strides, dilation, before }: ConvolutionPlan): Padded => ({
  input: output,
  size: triple((i) => input[i]! + (kernel[i]! - 1) * dilation[i]!),
  before: triple((i) => (kernel[i]! - 1) * dilation[i]! - before[i]!),
  spread: triple((i) => strides[i]!),
});
