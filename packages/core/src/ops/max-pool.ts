import { allocateUnfilled } from "../dtype.ts";
import { kernels } from "../kernels/active.ts";
import type { PoolWindows } from "../kernels/kernels.ts";
import { defineOp, draw, type OpDef } from "../op.ts";
import { sizeOf } from "../shape.ts";
import { type AnyTensor, emptyTensor, storageOf } from "../tensor.ts";
import { gather, scatterAdd } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { poolPlanOf } from "./pool-plan.ts";

// The operation under maxPool1d, adaptiveMaxPool2d and the others: what they check, it takes as given.

interface MaxPooled {
  /** Windows along each of the last axes, of which there are one to three. */
  readonly windows: readonly PoolWindows[];
}

/** Signature of `poolMaxima`. */
export type PoolMaxima = (x: AnyTensor, windows: readonly PoolWindows[]) => readonly [AnyTensor, AnyTensor];

/** A tensor as [planes, area], where the area is that of its last axes. */
function asPlanes(x: AnyTensor, axes: number): AnyTensor {
  const first = x.rank - axes;
  return reshape(x, [sizeOf(x.shape.slice(0, first)), sizeOf(x.shape.slice(first))]);
}

/**
 * The first largest element of each window over the last axes, and its int32 position in the flattened last axes. Each takes the whole
 * gradient of its window; NaN is the largest.
 */
export const poolMaxima: PoolMaxima & { readonly definition: OpDef<MaxPooled> } = defineOp<PoolMaxima, MaxPooled>({
  name: "poolMaxima",
  parse: (x: AnyTensor, windows: readonly PoolWindows[]) => ({ inputs: [x], attributes: { windows } }),
  infer: ([x], { windows }) => {
    const lead = x!.shape.slice(0, x!.shape.length - windows.length);
    const shape = [...lead, ...windows.map(({ starts }) => starts.length)];
    return [
      { shape, dtype: x!.dtype },
      { shape, dtype: "int32" },
    ];
  },
  forward: ([x], { windows }, [result]) => {
    const size = sizeOf(result!.shape);
    const [values, positions] = [allocateUnfilled(x!.dtype, size), new Int32Array(size)];
    kernels.maxPool(storageOf(x!), poolPlanOf(x!.shape, windows), values, positions);
    return [values, positions];
  },
  vjp: [
    ([g], { inputs: [x], outputs: [, positions], attributes: { windows } }) => {
      const axes = windows.length;
      const [index, source] = [asPlanes(positions!, axes), asPlanes(g!, axes)];
      const area = sizeOf(x!.shape.slice(x!.rank - axes));
      const [zeros] = emptyTensor([index.shape[0]!, area], g!.dtype);
      return reshape(scatterAdd(zeros, index as never, source, 1) as AnyTensor, x!.shape);
    },
  ],
  jvp: [
    (t, { outputs: [, positions], attributes: { windows } }) => {
      const axes = windows.length;
      const chosen = gather(asPlanes(t, axes), asPlanes(positions!, axes) as never, 1) as AnyTensor;
      return [reshape(chosen, positions!.shape), null];
    },
  ],
  // A comparison for each element of a window.
  flops: ({ outputs: [result], attributes: { windows } }) =>
    windows.reduce(
      (product, { starts, ends, step }) => product * Math.ceil((ends[0]! - starts[0]!) / step),
      sizeOf(result!.shape),
    ),
  batch: "same",
  samples: [
    {
      args: [
        draw([2, 2, 5], { distinct: true }),
        [
          { starts: Int32Array.of(0, 1), ends: Int32Array.of(2, 2), step: 1 },
          { starts: Int32Array.of(0, 1, 4), ends: Int32Array.of(3, 4, 5), step: 2 },
        ],
      ],
    },
    { args: [draw([0, 2], { distinct: true }), [{ starts: Int32Array.of(0), ends: Int32Array.of(2), step: 1 }]] },
  ],
});
