import { allocateUnfilled, checkDType, type DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import type { Cast, Identity } from "../signatures.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";

/**
 * The same values in another dtype. Floats truncate towards 0 and saturate as integers, NaN becomes 0; a bool is x ≠ 0.
 * Gradients flow between floats only.
 * @throws ArgumentError for an unknown dtype.
 * @example
 * cast(tensor([1.7, -1.7]), "int32").toArray(); // [1, -1]
 */
export const cast: Cast = defineOp<Cast, { readonly dtype: DType }>({
  name: "cast",
  parse: (x: AnyTensor, dtype: DType) => {
    checkTensor("cast", x, 0);
    checkDType("cast", dtype);
    return { inputs: [x], attributes: { dtype } };
  },
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  forward: ([x], { dtype }) => {
    const input = storageOf(x!);
    if (x!.dtype === dtype) return input;
    const out = allocateUnfilled(dtype, input.length);
    kernels.cast(input, out, dtype);
    return out;
  },
  vjp: [([g], { inputs: [x] }) => cast(g!, x!.dtype)],
  jvp: "linear",
  flops: () => 0,
  batch: "same",
  samples: [
    { args: [draw([2, 3]), "float64"] },
    { args: [draw([2, 3]), "int32"] },
    { args: [draw([2], { dtype: "int32" }), "bool"] },
    { args: [draw([2], { dtype: "bool" }), "float64"] },
  ],
  errors: [
    { args: [draw([2]), "float16"], error: ArgumentError, message: /cast: "float16" is no dtype; use one of bool/ },
  ],
});

/**
 * The same values under a new identity: a tape tells tensors apart by identity, so a transform begins with this.
 * @example
 * alias(tensor([1])).toArray(); // [1]
 */
export const alias: Identity = defineOp<Identity>({
  name: "alias",
  infer: ([x]) => x!,
  forward: ([x]) => storageOf(x!),
  vjp: [([g]) => g!],
  jvp: "linear",
  isView: true,
  flops: () => 0,
  batch: "same",
  samples: [{ args: [draw([2, 3])] }, { args: [draw([2], { dtype: "int32" })] }],
});

/**
 * The same values, as a constant: no gradient flows through.
 * @example
 * grad((x) => mul(x, stopGradient(x)))(tensor(3)).item(); // 3
 */
export const stopGradient: Identity = defineOp<Identity>({
  name: "stopGradient",
  infer: ([x]) => x!,
  forward: ([x]) => storageOf(x!),
  constant: true,
  isView: true,
  flops: () => 0,
  batch: "same",
  samples: [{ args: [draw([2, 3])] }],
});
