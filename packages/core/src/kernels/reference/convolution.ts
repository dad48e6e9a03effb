import { allocate, type DType, dtypeOfArray, type Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import { multiplyMatrices } from "./matmul.ts";
import { copyRow } from "./movement.ts";

// Convolutions as products of matrices (Chellapilla et al., "High performance convolutional neural networks for document
// processing", 2006): the columns of one image hold, in the order of the outputs, what each tap of the kernel reads.

/** Sizes of the matrices of one image and group. */
function measure({ inChannels, input, kernel, output }: ConvolutionPlan) {
  const taps = sizeOf(kernel);
  return { image: sizeOf(input), taps, rows: inChannels * taps, columns: sizeOf(output) };
}

/** Whether the columns of an image are the image itself. */
function isPointwise({ kernel, strides, before, input, output }: ConvolutionPlan): boolean {
  return (
    sizeOf(kernel) === 1 &&
    strides.every((stride) => stride === 1) &&
    before.every((width) => width === 0) &&
    output.every((size, axis) => size === input[axis])
  );
}

/** How many numbers describe a run: its position in the image, its position in the columns, and its length. */
const RUN = 3;

/**
 * What one channel of the columns takes from one channel of the image, as runs along the last axis. What is not in a run
 * is padding.
 */
function runsOf({ input, kernel, output, strides, dilation, before }: ConvolutionPlan): Int32Array {
  const runs = new Int32Array(RUN * sizeOf(kernel) * output[0]! * output[1]!);
  const [height, width] = [input[1]!, input[2]!];
  const [step, row] = [strides[2]!, output[2]!];
  let end = 0;
  let to = 0;
  for (let i = 0; i < kernel[0]!; i++) {
    for (let j = 0; j < kernel[1]!; j++) {
      for (let k = 0; k < kernel[2]!; k++) {
        const offset = k * dilation[2]! - before[2]!;
        const first = Math.max(0, Math.ceil(-offset / step));
        const last = Math.min(row - 1, Math.floor((width - 1 - offset) / step));
        for (let a = 0; a < output[0]!; a++) {
          const plane = a * strides[0]! + i * dilation[0]! - before[0]!;
          for (let b = 0; b < output[1]!; b++, to += row) {
            const line = b * strides[1]! + j * dilation[1]! - before[1]!;
            if (plane < 0 || plane >= input[0]! || line < 0 || line >= height || last < first) continue;
            runs[end++] = (plane * height + line) * width + first * step + offset;
            runs[end++] = to + first;
            runs[end++] = last - first + 1;
          }
        }
      }
    }
  }
  return runs.subarray(0, end);
}

/** Fills the columns from the image at `start`. Padding is the same in every image: it stays 0 from the beginning. */
function toColumns(x: Storage, start: number, plan: ConvolutionPlan, runs: Int32Array, columns: Storage): void {
  const { image, taps, columns: width } = measure(plan);
  const step = plan.strides[2]!;
  for (let c = 0, from = start, to = 0; c < plan.inChannels; c++, from += image, to += taps * width) {
    for (let r = 0; r < runs.length; r += RUN) {
      copyRow(x, from + runs[r]!, step, columns, to + runs[r + 1]!, 1, runs[r + 2]!);
    }
  }
}

/** The transpose of `toColumns`: adds the columns to the image. */
function fromColumns(columns: Float64Array, plan: ConvolutionPlan, runs: Int32Array, x: Float64Array): void {
  const { image, taps, columns: width } = measure(plan);
  const step = plan.strides[2]!;
  for (let c = 0, to = 0, from = 0; c < plan.inChannels; c++, to += image, from += taps * width) {
    for (let r = 0; r < runs.length; r += RUN) {
      let i = to + runs[r]!;
      const start = from + runs[r + 1]!;
      const end = start + runs[r + 2]!;
      for (let o = start; o < end; o++, i += step) x[i]! += columns[o]!;
    }
  }
}

/** Scratch of the same kind as x. */
const like = (x: Storage, size: number): Storage => allocate(dtypeOfArray(x) as DType, size);

export function convolve(x: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void {
  const { batch, groups, inChannels, outChannels } = plan;
  const { image, rows, columns } = measure(plan);
  const direct = isPointwise(plan);
  const scratch = direct ? x : like(x, rows * columns);
  const runs = direct ? null : runsOf(plan);
  for (let n = 0, part = 0; n < batch; n++) {
    for (let g = 0; g < groups; g++, part++) {
      const start = part * inChannels * image;
      if (runs !== null) toColumns(x, start, plan, runs, scratch);
      const [weights, to] = [g * outChannels * rows, part * outChannels * columns];
      multiplyMatrices(w, weights, scratch, direct ? start : 0, out, to, outChannels, columns, rows, false, false);
    }
  }
}

export function convolveInput(y: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void {
  const { batch, groups, inChannels, outChannels } = plan;
  const { image, rows, columns } = measure(plan);
  const direct = isPointwise(plan);
  const scratch = new Float64Array(direct ? 0 : rows * columns);
  const sums = new Float64Array(direct ? 0 : inChannels * image);
  const runs = direct ? null : runsOf(plan);
  for (let n = 0, part = 0; n < batch; n++) {
    for (let g = 0; g < groups; g++, part++) {
      const to = part * inChannels * image;
      const [weights, from] = [g * outChannels * rows, part * outChannels * columns];
      const [target, at] = runs === null ? [out, to] : [scratch, 0];
      multiplyMatrices(w, weights, y, from, target, at, rows, columns, outChannels, true, false);
      if (runs === null) continue;
      sums.fill(0);
      fromColumns(scratch, plan, runs, sums);
      out.set(sums, to);
    }
  }
}

export function convolveKernel(x: Storage, y: Storage, out: Storage, plan: ConvolutionPlan): void {
  const { batch, groups, inChannels, outChannels } = plan;
  const { image, rows, columns } = measure(plan);
  const direct = isPointwise(plan);
  const scratch = direct ? x : like(x, rows * columns);
  const runs = direct ? null : runsOf(plan);
  const product = new Float64Array(outChannels * rows);
  const sums = new Float64Array(groups * product.length);
  for (let n = 0, part = 0; n < batch; n++) {
    for (let g = 0; g < groups; g++, part++) {
      const start = part * inChannels * image;
      if (runs !== null) toColumns(x, start, plan, runs, scratch);
      const from = part * outChannels * columns;
      multiplyMatrices(y, from, scratch, direct ? start : 0, product, 0, outChannels, rows, columns, false, true);
      const to = g * product.length;
      for (let i = 0; i < product.length; i++) sums[to + i]! += product[i]!;
    }
  }
  out.set(sums);
}
