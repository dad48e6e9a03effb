import { toFloat } from "../dtype.ts";
import { draw } from "../op.ts";
import type { FloatUnary } from "../signatures.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { defineUnary } from "./elementwise.ts";
import { sqrt } from "./exponential.ts";

const anywhere = [{ args: [draw([2, 3], { low: -2, high: 2 })] }, { args: [draw([])] }, { args: [draw([0, 2])] }];

/**
 * Hyperbolic sine.
 * @example
 * sinh(tensor([0])).toArray(); // [0]
 */
export const sinh: FloatUnary = defineUnary<FloatUnary>({
  name: "sinh",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sinh(x[i]!);
  },
  partial: (x) => cosh(x),
  samples: anywhere,
});

/**
 * Hyperbolic cosine.
 * @example
 * cosh(tensor([0])).toArray(); // [1]
 */
export const cosh: FloatUnary = defineUnary<FloatUnary>({
  name: "cosh",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.cosh(x[i]!);
  },
  partial: (x) => sinh(x),
  samples: anywhere,
});

/**
 * Inverse of `sinh`.
 * @example
 * asinh(tensor([0])).toArray(); // [0]
 */
export const asinh: FloatUnary = defineUnary<FloatUnary>({
  name: "asinh",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.asinh(x[i]!);
  },
  partial: (x) => div(1, sqrt(add(mul(x, x), 1))),
  samples: anywhere,
});

/**
 * Inverse of `cosh`, 0 or more; NaN below 1.
 * @example
 * acosh(tensor([1, 0])).toArray(); // [0, NaN]
 */
export const acosh: FloatUnary = defineUnary<FloatUnary>({
  name: "acosh",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.acosh(x[i]!);
  },
  // Roots of both factors, so that x² does not overflow and x < 1 stays NaN.
  partial: (x) => div(1, mul(sqrt(sub(x, 1)), sqrt(add(x, 1)))),
  samples: [{ args: [draw([2, 3], { low: 1.2, high: 3 })] }],
});

/**
 * Inverse of `tanh`; infinite at ±1 and NaN beyond.
 * @example
 * atanh(tensor([0, 1])).toArray(); // [0, Infinity]
 */
export const atanh: FloatUnary = defineUnary<FloatUnary>({
  name: "atanh",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.atanh(x[i]!);
  },
  partial: (x) => div(1, mul(sub(1, x), add(1, x))),
  samples: [{ args: [draw([2, 3], { low: -0.9, high: 0.9 })] }],
});
