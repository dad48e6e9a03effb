import { allocate, allocateUnfilled } from "../dtype.ts";
import { kernels } from "../kernels/active.ts";
import type { PoolWindows } from "../kernels/kernels.ts";
import { defineOp, draw, type OpDef } from "../op.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { poolPlanOf } from "./pool-plan.ts";

// The operations under avgPool1d, adaptiveAvgPool2d and the others: what they check, these take as given.

interface Pooled {
  /** Windows along each of the last axes, of which there are one to three. */
  readonly windows: readonly PoolWindows[];
}

/** Signature of `poolSums`. */
export type PoolSums = (x: AnyTensor, windows: readonly PoolWindows[]) => AnyTensor;

/** The shape without its last axes. */
const lead = (shape: Shape, windows: readonly PoolWindows[]): Shape => shape.slice(0, shape.length - windows.length);

/** How many additions windows of one place each take. */
const additions = (shape: Shape, windows: readonly PoolWindows[]): number =>
  windows.reduce(
    (product, { starts, ends, step }) =>
      product * starts.reduce((sum, start, i) => sum + Math.ceil((ends[i]! - start) / step), 0),
    sizeOf(lead(shape, windows)),
  );

const span = (step: number, starts: readonly number[], ends: readonly number[]): PoolWindows => ({
  starts: Int32Array.from(starts),
  ends: Int32Array.from(ends),
  step,
});

/** The sum of each window over the last axes. */
export const poolSums: PoolSums & { readonly definition: OpDef<Pooled> } = defineOp<PoolSums, Pooled>({
  name: "poolSums",
  parse: (x: AnyTensor, windows: readonly PoolWindows[]) => ({ inputs: [x], attributes: { windows } }),
  infer: ([x], { windows }) => ({
    shape: [...lead(x!.shape, windows), ...windows.map(({ starts }) => starts.length)],
    dtype: x!.dtype,
  }),
  forward: ([x], { windows }, [result]) => {
    const out = allocateUnfilled(x!.dtype, sizeOf(result!.shape));
    kernels.sumPool(storageOf(x!), poolPlanOf(x!.shape, windows), out);
    return out;
  },
  vjp: [
    ([g], { inputs: [x], attributes: { windows } }) =>
      spreadSums(g!, windows, x!.shape.slice(x!.rank - windows.length)),
  ],
  jvp: "linear",
  flops: ({ inputs: [x], attributes: { windows } }) => additions(x!.shape, windows),
  batch: "same",
  samples: [
    { args: [draw([2, 2, 5]), [span(1, [0, 1], [2, 2]), span(2, [0, 1, 4], [3, 4, 5])]] },
    { args: [draw([0, 2]), [span(1, [0], [2])]] },
    { args: [draw([2, 2, 3, 2]), [span(1, [0], [2]), span(1, [0, 1], [2, 3]), span(1, [1, 0], [2, 1])]] },
  ],
});

interface Spread extends Pooled {
  readonly lengths: Shape;
}

/** Signature of `spreadSums`. */
export type SpreadSums = (y: AnyTensor, windows: readonly PoolWindows[], lengths: Shape) => AnyTensor;

/** The transpose of `poolSums`: each place of last axes of these lengths has the sum of all windows that hold it. */
export const spreadSums: SpreadSums & { readonly definition: OpDef<Spread> } = defineOp<SpreadSums, Spread>({
  name: "spreadSums",
  parse: (y: AnyTensor, windows: readonly PoolWindows[], lengths: Shape) => ({
    inputs: [y],
    attributes: { windows, lengths },
  }),
  infer: ([y], { windows, lengths }) => ({ shape: [...lead(y!.shape, windows), ...lengths], dtype: y!.dtype }),
  forward: ([y], { windows }, [result]) => {
    const out = allocate(y!.dtype, sizeOf(result!.shape));
    kernels.spreadPool(storageOf(y!), poolPlanOf(result!.shape, windows), out);
    return out;
  },
  vjp: [([g], { attributes: { windows } }) => poolSums(g!, windows)],
  jvp: "linear",
  flops: ({ inputs: [y], attributes: { windows } }) => additions(y!.shape, windows),
  batch: "same",
  samples: [
    { args: [draw([2, 2, 3]), [span(1, [0, 1], [2, 2]), span(2, [0, 1, 4], [3, 4, 5])], [2, 5]] },
    { args: [draw([0, 1]), [span(1, [0], [2])], [3]] },
    { args: [draw([2, 1, 2, 1]), [span(1, [0], [2]), span(1, [0, 1], [2, 3]), span(1, [1], [2])], [2, 3, 2]] },
  ],
});
