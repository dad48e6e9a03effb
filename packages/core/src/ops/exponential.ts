import { toFloat } from "../dtype.ts";
import { draw } from "../op.ts";
import type { FloatUnary } from "../signatures.ts";
import { add, div, mul, neg } from "./arithmetic.ts";
import { defineUnary } from "./elementwise.ts";

const anywhere = [
  { args: [draw([2, 3])] },
  { args: [draw([])] },
  { args: [draw([0, 2])] },
  { args: [draw([2], { dtype: "int32" })] },
];
const positive = [{ args: [draw([2, 3], { low: 0.2, high: 3 })] }, { args: [draw([], { low: 0.2, high: 3 })] }];

/**
 * eˣ, within 1 unit in the last place.
 * @example
 * exp(tensor([0, 1], { dtype: "float64" })).toArray(); // [1, 2.718281828459045]
 */
export const exp: FloatUnary = defineUnary<FloatUnary>({
  name: "exp",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.exp(x[i]!);
  },
  partial: (_, y) => y,
  samples: anywhere,
});

/**
 * eˣ − 1, exact for small x; within 2 units in the last place.
 * @example
 * expm1(tensor([0, 1e-20], { dtype: "float64" })).toArray(); // [0, 1e-20]
 */
export const expm1: FloatUnary = defineUnary<FloatUnary>({
  name: "expm1",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.expm1(x[i]!);
  },
  partial: (_, y) => add(y, 1),
  samples: anywhere,
});

/**
 * Natural logarithm, within 1 unit in the last place; −∞ at 0 and NaN below.
 * @example
 * log(tensor([1, 0])).toArray(); // [0, -Infinity]
 */
export const log: FloatUnary = defineUnary<FloatUnary>({
  name: "log",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.log(x[i]!);
  },
  partial: (x) => div(1, x),
  samples: positive,
});

/**
 * log(1 + x), exact for small x; within 2 units in the last place.
 * @example
 * log1p(tensor([0, 1e-20], { dtype: "float64" })).toArray(); // [0, 1e-20]
 */
export const log1p: FloatUnary = defineUnary<FloatUnary>({
  name: "log1p",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.log1p(x[i]!);
  },
  partial: (x) => div(1, add(x, 1)),
  samples: [{ args: [draw([2, 3], { low: -0.7, high: 3 })] }],
});

/**
 * Square root; NaN below 0.
 * @example
 * sqrt(tensor([4, 9])).toArray(); // [2, 3]
 */
export const sqrt: FloatUnary = defineUnary<FloatUnary>({
  name: "sqrt",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i]!);
  },
  partial: (_, y) => div(0.5, y),
  samples: positive,
});

/**
 * Logarithm to base 2.
 * @example
 * log2(tensor([8, 1])).toArray(); // [3, 0]
 */
export const log2: FloatUnary = defineUnary<FloatUnary>({
  name: "log2",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.log2(x[i]!);
  },
  partial: (x) => div(Math.LOG2E, x),
  samples: positive,
});

/**
 * Logarithm to base 10.
 * @example
 * log10(tensor([1000, 1])).toArray(); // [3, 0]
 */
export const log10: FloatUnary = defineUnary<FloatUnary>({
  name: "log10",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.log10(x[i]!);
  },
  partial: (x) => div(Math.LOG10E, x),
  samples: positive,
});

/**
 * 1 / √x.
 * @example
 * rsqrt(tensor([4, 0.25])).toArray(); // [0.5, 2]
 */
export const rsqrt: FloatUnary = defineUnary<FloatUnary>({
  name: "rsqrt",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = 1 / Math.sqrt(x[i]!);
  },
  partial: (x, y) => div(mul(y, -0.5), x),
  samples: positive,
});

/**
 * 1 / x.
 * @example
 * reciprocal(tensor([4, -0.5])).toArray(); // [0.25, -2]
 */
export const reciprocal: FloatUnary = defineUnary<FloatUnary>({
  name: "reciprocal",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = 1 / x[i]!;
  },
  partial: (_, y) => neg(mul(y, y)),
  samples: [{ args: [draw([2, 3], { low: 0.4, high: 2 })] }, { args: [draw([2], { low: -2, high: -0.4 })] }],
});
