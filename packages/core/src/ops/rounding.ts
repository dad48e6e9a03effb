import { arithmetic, promote } from "../dtype.ts";
import { draw } from "../op.ts";
import type { Binary, SameUnary } from "../signatures.ts";
import type { AnyTensor } from "../tensor.ts";
import { div, neg } from "./arithmetic.ts";
import { defineBinary, defineUnary } from "./elementwise.ts";

// Rounding is constant between its steps: no gradient, and the step is the decision.

const itself = (_: AnyTensor, y: AnyTensor): AnyTensor => y;

const between = [
  { args: [draw([2, 3], { low: -3, high: 3, avoid: [-3, -2, -1, 0, 1, 2, 3] })] },
  { args: [draw([0, 2])] },
];

/**
 * Largest whole number that is not above x. The gradient is 0.
 * @example
 * floor(tensor([1.5, -1.5])).toArray(); // [1, -2]
 */
export const floor: SameUnary = defineUnary<SameUnary>({
  name: "floor",
  dtype: arithmetic,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.floor(x[i]!);
  },
  branch: itself,
  samples: between,
});

/**
 * Smallest whole number that is not below x. The gradient is 0.
 * @example
 * ceil(tensor([1.5, -1.5])).toArray(); // [2, -1]
 */
export const ceil: SameUnary = defineUnary<SameUnary>({
  name: "ceil",
  dtype: arithmetic,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.ceil(x[i]!);
  },
  branch: itself,
  samples: between,
});

/**
 * x without its fraction. The gradient is 0.
 * @example
 * trunc(tensor([1.5, -1.5])).toArray(); // [1, -1]
 */
export const trunc: SameUnary = defineUnary<SameUnary>({
  name: "trunc",
  dtype: arithmetic,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.trunc(x[i]!);
  },
  branch: itself,
  samples: between,
});

/**
 * Nearest whole number, the even one of two (IEEE 754's roundTiesToEven, as in NumPy). The gradient is 0.
 * @example
 * round(tensor([0.5, 1.5, 2.5, -0.4])).toArray(); // [0, 2, 2, -0]
 */
export const round: SameUnary = defineUnary<SameUnary>({
  name: "round",
  dtype: arithmetic,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) {
      const value = x[i]!;
      const down = Math.floor(value);
      const rest = value - down;
      const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0);
      // The sign stays with a zero, as in round(−0.4) = −0.
      out[i] = rest === 0 ? value : up ? down + 1 || 0 * value : down;
    }
  },
  branch: itself,
  samples: [
    { args: [draw([2, 3], { low: -3, high: 3, avoid: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] })] },
    { args: [draw([0, 2])] },
  ],
});

/**
 * Rest of a division, with the sign of the dividend, with broadcasting: JavaScript's `%`.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * fmod(tensor([5, -5]), 3).toArray(); // [2, -2]
 */
export const fmod: Binary<"fmod"> = defineBinary<Binary<"fmod">>({
  name: "fmod",
  dtype: (operation, a, b) => arithmetic(promote(operation, a, b)),
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! % y[j]!;
  },
  // x − y·trunc(x/y), where the quotient is a constant between its steps.
  partials: [() => 1, (x, y) => neg(trunc(div(x, y)))],
  branches: (x, y) => [trunc(div(x, y))],
  samples: [
    { args: [draw([2, 3], { low: 4.1, high: 5.9 }), draw([3], { low: 3.1, high: 3.9 })] },
    // Quotients that differ, by the dividend (4, and 5) and by the divisor (2, and 1).
    { args: [draw([2, 3], { low: 4.1, high: 5.9, avoid: [5] }), draw([3], { low: 0.995, high: 1.005 })] },
    { args: [draw([2, 3], { low: 5.2, high: 5.3 }), draw([3], { low: 1.8, high: 5.1, avoid: [2.625] })] },
    { args: [draw([4], { low: 0.1, high: 0.9 }), 1] },
  ],
});

/**
 * Rest of a division, with the sign of the divisor, with broadcasting: Python's `%`.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * remainder(tensor([5, -5]), 3).toArray(); // [2, 1]
 */
export const remainder: Binary<"remainder"> = defineBinary<Binary<"remainder">>({
  name: "remainder",
  dtype: (operation, a, b) => arithmetic(promote(operation, a, b)),
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) {
      const divisor = y[j]!;
      const rest = x[i]! % divisor;
      out[o] = rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
    }
  },
  partials: [() => 1, (x, y) => neg(floor(div(x, y)))],
  branches: (x, y) => [floor(div(x, y))],
  samples: [
    { args: [draw([2, 3], { low: -3.9, high: -3.1 }), draw([3], { low: 2.1, high: 2.9 })] },
    // Quotients that differ, by the dividend (-6, and -5) and by the divisor (-3, and -2).
    { args: [draw([2, 3], { low: -5.9, high: -4.1, avoid: [-5] }), draw([3], { low: 0.995, high: 1.005 })] },
    { args: [draw([2, 3], { low: -5.3, high: -5.2 }), draw([3], { low: 1.8, high: 5.1, avoid: [2.625] })] },
    { args: [draw([4], { low: -0.9, high: -0.1 }), 1] },
  ],
});
