import { allocate, checkDType, type DType } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import { checkOptions } from "../options.ts";
import { checkShape, sizeOf } from "../shape.ts";
import type { OneHot } from "../signatures.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { refuseClass } from "./index-checks.ts";

/**
 * Vectors of zeros with a 1 at each index, in a new last axis.
 * @throws DTypeError for indices that are not int32; ArgumentError for one outside [0, classes).
 * @example
 * oneHot(tensor([1, 0], { dtype: "int32" }), 3).toArray(); // [[0, 1, 0], [1, 0, 0]]
 */
export const oneHot: OneHot = defineOp<OneHot, { readonly classes: number; readonly dtype: DType }>({
  name: "oneHot",
  parse: (index: AnyTensor, classes: number, options: { readonly dtype?: DType } = {}) => {
    checkTensor("oneHot", index, 0);
    checkShape("oneHot", [classes]);
    checkOptions("oneHot", options, "dtype");
    const { dtype = "float32" } = options;
    checkDType("oneHot", dtype);
    return { inputs: [index], attributes: { classes, dtype } };
  },
  infer: ([index], { classes, dtype }) => {
    if (index!.dtype !== "int32") {
      throw new DTypeError("oneHot", `indices are ${index!.dtype}`, 'cast them, as in cast(x, "int32")');
    }
    return { shape: [...index!.shape, classes], dtype };
  },
  forward: ([index], { classes, dtype }, [result]) => {
    const out = allocate(dtype, sizeOf(result!.shape));
    refuseClass(kernels.oneHot(storageOf(index!), classes, out), classes);
    return out;
  },
  flops: () => 0,
  batch: "same",
  samples: [
    { args: [draw([2, 3], { dtype: "int32", low: 0, high: 3 }), 4, { dtype: "float64" }] },
    { args: [draw([], { dtype: "int32", low: 0, high: 1 }), 2] },
  ],
  errors: [
    { args: [draw([2]), 3], error: DTypeError, message: /oneHot: indices are float64/ },
    {
      args: [draw([1], { dtype: "int32", low: 3, high: 3 }), 3],
      error: ArgumentError,
      message: /oneHot: index 3 is none of 3 classes; use 0 to 2/,
    },
    {
      args: [draw([1], { dtype: "int32", low: -1, high: -1 }), 3],
      error: ArgumentError,
      message: /oneHot: index -1 is none of 3/,
    },
    {
      args: [draw([1], { dtype: "int32", low: 1, high: 1 }), -1],
      error: ShapeError,
      message: /oneHot: \[-1\] is no shape/,
    },
  ],
});
