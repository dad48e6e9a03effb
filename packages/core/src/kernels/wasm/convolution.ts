import type { Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { ConvolutionPlan } from "../kernels.ts";
import {
  bytesFor,
  chunksOf,
  type GatheredProduct,
  inOrder,
  inputProductOf,
  kernelProductOf,
  numbersOf,
  productOf,
} from "./convolution-task.ts";
import { sumParts, turn } from "./convolution-weights.ts";
import type { Machine } from "./machine.ts";
import { isWinograd, winograd, winogradKernel } from "./winograd.ts";

// Convolutions are products of matrices, of which one is not there: its element for a place of the kernel and a place of the result is found
// in the image by two tables, and goes straight into the panels that the product reads.

const isMinimal = (out: Storage, plan: ConvolutionPlan): boolean => out instanceof Float32Array && isWinograd(plan);

/** y = conv(x, w) */
export function convolve(machine: Machine, x: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void {
  const product = productOf(plan, out.BYTES_PER_ELEMENT);
  if (isMinimal(out, plan)) winograd(machine, x, w, out, product, plan.output, null);
  else forward(machine, x, w, out, product, null);
}

/** The transpose by x. */
export function convolveInput(machine: Machine, y: Storage, w: Storage, out: Storage, plan: ConvolutionPlan): void {
  const product = inputProductOf(plan, out.BYTES_PER_ELEMENT);
  if (isMinimal(out, plan)) winograd(machine, y, w, out, product, plan.input, plan);
  else forward(machine, y, w, out, product, plan);
}

/** A convolution with w, which is turned round before if a plan says how. */
function forward(
  machine: Machine,
  x: Storage,
  w: Storage,
  out: Storage,
  product: GatheredProduct,
  turned: ConvolutionPlan | null,
): void {
  const { heap, tasks } = machine;
  const bytes = out.BYTES_PER_ELEMENT as 4 | 8;
  const threads = tasks.count;
  const placed = x.byteLength + 2 * w.byteLength + out.byteLength;
  heap.begin(8, placed + bytesFor(machine, product, bytes, threads, 0));
  const weights = heap.place(w);
  const a = turned === null ? weights : turn(machine, weights, bytes, turned);
  const c = heap.reserve(out.byteLength);
  const numbers = numbersOf(machine, product, { a, x: heap.place(x), c }, bytes, threads);
  const chunks = chunksOf(product);
  const each = out.length % chunks === 0 && product.sizes.perChunk === 1 ? out.length / chunks : undefined;
  tasks.run(`convolve_${bytes}`, chunks, inOrder(numbers), threads, each);
  heap.take(c, out);
}

/** The transpose by w. */
export function convolveKernel(machine: Machine, x: Storage, y: Storage, out: Storage, plan: ConvolutionPlan): void {
  const product = kernelProductOf(plan, out.BYTES_PER_ELEMENT);
  if (isMinimal(out, plan)) {
    winogradKernel(machine, x, y, out, product, plan.output);
    return;
  }
  const { heap, tasks } = machine;
  const bytes = out.BYTES_PER_ELEMENT as 4 | 8;
  const [threads, chunks] = [tasks.count, chunksOf(product)];
  const placed = x.byteLength + y.byteLength + (1 + chunks) * out.byteLength;
  heap.begin(8, placed + bytesFor(machine, product, bytes, threads, 0));
  const to = heap.reserve(out.byteLength);
  const c = chunks === 1 ? to : heap.reserve(chunks * out.byteLength);
  const numbers = numbersOf(machine, product, { a: heap.place(y), x: heap.place(x), c }, bytes, threads);
  tasks.run(`convolveKernel_${bytes}`, chunks, inOrder(numbers), threads);
  if (chunks > 1) sumParts(machine, c, chunks, sizeOf([plan.groups, product.sizes.m, product.sizes.n]), to, bytes);
  heap.take(to, out);
}
