import { allocateUnfilled } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import { checkOptions } from "../options.ts";
import { normalizeAxis, sizeOf } from "../shape.ts";
import type { AlongAxis } from "../signatures.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";

export interface CumulativeOptions {
  /** Begin at the end of the axis. */
  readonly reverse?: boolean;
}

/**
 * Running sums along an axis: `out[i] = x[0] + ... + x[i]`. bool and uint8 add up in int32.
 * @param axis the first if not given.
 * @throws ShapeError for an unknown axis.
 * @example
 * cumsum(tensor([1, 2, 3])).toArray(); // [1, 3, 6]
 */
export const cumsum: AlongAxis<"cumsum", CumulativeOptions> = defineOp<
  AlongAxis<"cumsum", CumulativeOptions>,
  { readonly axis: number; readonly reverse: boolean }
>({
  name: "cumsum",
  parse: (x: AnyTensor, axis = 0, options: CumulativeOptions = {}) => {
    checkTensor("cumsum", x, 0);
    checkOptions("cumsum", options, "reverse");
    const { reverse = false } = options;
    return { inputs: [x], attributes: { axis: normalizeAxis("cumsum", axis, x.shape), reverse } };
  },
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype === "bool" || x!.dtype === "uint8" ? "int32" : x!.dtype }),
  forward: ([x], { axis, reverse }, [result]) => {
    const { shape, dtype } = result!;
    const out = allocateUnfilled(dtype, sizeOf(shape));
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    kernels.cumulativeSum(storageOf(x!), outer, shape[axis]!, inner, reverse, out);
    return out;
  },
  vjp: [([g], { attributes: { axis, reverse } }) => cumsum(g!, axis, { reverse: !reverse })],
  jvp: "linear",
  batch: ([x], { attributes: { axis, reverse } }) => cumsum(x!, axis + 1, { reverse }),
  samples: [
    { args: [draw([4])] },
    { args: [draw([2, 3, 2]), 1] },
    { args: [draw([2, 3]), -1, { reverse: true }] },
    { args: [draw([0, 2])] },
    { args: [draw([3], { dtype: "bool" })] },
  ],
  errors: [{ args: [draw([2]), 1], error: ShapeError, message: /cumsum: \[2\] has no axis 1/ }],
});
