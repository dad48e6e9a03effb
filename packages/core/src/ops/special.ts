import { allocateUnfilled, type DType, toFloat } from "../dtype.ts";
import type { FloatOf } from "../dtype-types.ts";
import { ArgumentError } from "../errors.ts";
import { erfc as erfcOf, erf as erfOf } from "../kernels/reference/error-function.ts";
import { logGamma, polygamma as polygammaOf } from "../kernels/reference/gamma.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { FloatUnary } from "../signatures.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";
import { mul, neg } from "./arithmetic.ts";
import { defineUnary } from "./elementwise.ts";
import { exp } from "./exponential.ts";

const anywhere = [{ args: [draw([2, 3], { low: -3, high: 3 })] }, { args: [draw([])] }, { args: [draw([0, 2])] }];

/** 2/√π, the derivative of erf at 0. */
const SLOPE = 2 / Math.sqrt(Math.PI);

/**
 * Error function 2/√π ∫₀ˣ e^(−t²) dt, within 4 units in the last place (plain loops within 1: fdlibm, s_erf.c).
 * @example
 * erf(tensor([0, Infinity])).toArray(); // [0, 1]
 */
export const erf: FloatUnary = defineUnary<FloatUnary>({
  name: "erf",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = erfOf(x[i]!);
  },
  partial: (x) => mul(exp(neg(mul(x, x))), SLOPE),
  samples: anywhere,
});

/**
 * Complementary error function 1 − erf(x), without its cancellation for large x; within 4 units in the last place of float32, 7 of float64.
 * @example
 * erfc(tensor([0, Infinity])).toArray(); // [1, 0]
 */
export const erfc: FloatUnary = defineUnary<FloatUnary>({
  name: "erfc",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = erfcOf(x[i]!);
  },
  partial: (x) => mul(exp(neg(mul(x, x))), -SLOPE),
  samples: anywhere,
});

/**
 * Natural logarithm of |Γ(x)|; infinite at 0, −1, −2, ... (Abramowitz and Stegun, 6.1.33 and 6.1.41).
 * @example
 * lgamma(tensor([1, 5], { dtype: "float64" })).toArray(); // [0, 3.1780538303479458]
 */
export const lgamma: FloatUnary = defineUnary<FloatUnary>({
  name: "lgamma",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = logGamma(x[i]!);
  },
  partial: (x) => polygamma(0, x),
  samples: [{ args: [draw([2, 3], { low: 0.3, high: 5 })] }, { args: [draw([3], { low: -0.8, high: -0.2 })] }],
});

/** Signature of `polygamma`. */
export type Polygamma = <S extends Shape, D extends DType>(n: number, x: Tensor<S, D>) => Tensor<S, FloatOf<D>>;

/**
 * The n-th derivative of the digamma function ψ = (log Γ)′; infinite at 0 and NaN at −1, −2, ... (Abramowitz and Stegun, 6.4.6
 * and 6.4.11).
 * @param n a whole number, 0 or more: 0 for ψ itself.
 * @throws ArgumentError for any other n.
 * @example
 * polygamma(1, tensor([1], { dtype: "float64" })).item(); // 1.6449340668482264
 */
export const polygamma: Polygamma = defineOp<Polygamma, { readonly n: number }>({
  name: "polygamma",
  parse: (n: number, x: AnyTensor) => {
    if (!Number.isInteger(n) || n < 0)
      throw new ArgumentError("polygamma", `${n} is no order`, "give a whole number, 0 or more");
    checkTensor("polygamma", x, 1);
    return { inputs: [x], attributes: { n } };
  },
  infer: ([x]) => ({ shape: x!.shape, dtype: toFloat(x!.dtype) }),
  forward: ([x], { n }, [result]) => {
    const input = storageOf(x!);
    const out = allocateUnfilled(result!.dtype, input.length);
    for (let i = 0; i < out.length; i++) out[i] = polygammaOf(n, input[i]!);
    return out;
  },
  vjp: [([g], { inputs: [x], attributes: { n } }) => mul(g!, polygamma(n + 1, x!))],
  jvp: [(t, { inputs: [x], attributes: { n } }) => mul(t, polygamma(n + 1, x!))],
  batch: "same",
  samples: [
    { args: [0, draw([2, 3], { low: 0.5, high: 5 })] },
    { args: [1, draw([3], { low: -0.7, high: -0.3 })] },
    { args: [2, draw([2], { low: 1, high: 3 })] },
  ],
  errors: [{ args: [-1, draw([2])], error: ArgumentError, message: /polygamma: -1 is no order/ }],
});
