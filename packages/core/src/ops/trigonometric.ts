import { promote, toFloat } from "../dtype.ts";
import { draw } from "../op.ts";
import type { FloatBinary, FloatUnary } from "../signatures.ts";
import type { AnyTensor } from "../tensor.ts";
import { add, div, mul, neg, sub } from "./arithmetic.ts";
import { less, logicalAnd } from "./comparison.ts";
import { defineBinary, defineUnary } from "./elementwise.ts";
import { sqrt } from "./exponential.ts";

const anywhere = [{ args: [draw([2, 3], { low: -3, high: 3 })] }, { args: [draw([])] }, { args: [draw([0, 2])] }];
/** Where arcsine and arccosine are defined and smooth. */
const within = { low: -0.9, high: 0.9 } as const;
const inside = [{ args: [draw([2, 3], within)] }, { args: [draw([], within)] }];

/**
 * Sine of an angle in radians, within 2 units in the last place.
 * @example
 * sin(tensor([0])).toArray(); // [0]
 */
export const sin: FloatUnary = defineUnary<FloatUnary>({
  name: "sin",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sin(x[i]!);
  },
  partial: (x) => cos(x),
  samples: anywhere,
});

/**
 * Cosine of an angle in radians, within 2 units in the last place.
 * @example
 * cos(tensor([0])).toArray(); // [1]
 */
export const cos: FloatUnary = defineUnary<FloatUnary>({
  name: "cos",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.cos(x[i]!);
  },
  partial: (x) => neg(sin(x)),
  samples: anywhere,
});

/**
 * Tangent of an angle in radians.
 * @example
 * tan(tensor([0])).toArray(); // [0]
 */
export const tan: FloatUnary = defineUnary<FloatUnary>({
  name: "tan",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.tan(x[i]!);
  },
  partial: (_, y) => add(1, mul(y, y)),
  samples: [{ args: [draw([2, 3], { low: -1.2, high: 1.2 })] }],
});

/**
 * Angle in [−π/2, π/2] whose sine is x; NaN outside [−1, 1].
 * @example
 * asin(tensor([0, 2])).toArray(); // [0, NaN]
 */
export const asin: FloatUnary = defineUnary<FloatUnary>({
  name: "asin",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.asin(x[i]!);
  },
  partial: (x) => div(1, sqrt(mul(sub(1, x), add(1, x)))),
  samples: inside,
});

/**
 * Angle in [0, π] whose cosine is x; NaN outside [−1, 1].
 * @example
 * acos(tensor([1, 2])).toArray(); // [0, NaN]
 */
export const acos: FloatUnary = defineUnary<FloatUnary>({
  name: "acos",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.acos(x[i]!);
  },
  partial: (x) => div(-1, sqrt(mul(sub(1, x), add(1, x)))),
  samples: inside,
});

/**
 * Angle in [−π/2, π/2] whose tangent is x.
 * @example
 * atan(tensor([0])).toArray(); // [0]
 */
export const atan: FloatUnary = defineUnary<FloatUnary>({
  name: "atan",
  dtype: toFloat,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.atan(x[i]!);
  },
  partial: (x) => div(1, add(1, mul(x, x))),
  samples: anywhere,
});

/**
 * Angle of the point (x, y) from the first axis, in [−π, π], with broadcasting: `atan2(y, x)`.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * atan2(tensor([0, 0]), tensor([1, -1])).toArray(); // [0, 3.1415927410125732]
 */
export const atan2: FloatBinary<"atan2"> = defineBinary<FloatBinary<"atan2">>({
  name: "atan2",
  dtype: (operation, a, b) => toFloat(promote(operation, a, b)),
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = Math.atan2(x[i]!, y[j]!);
  },
  partials: [(y, x) => div(x, squaredLength(x, y)), (y, x) => neg(div(y, squaredLength(x, y)))],
  // The angle jumps from π to −π.
  branches: (y, x) => [logicalAnd(less(y, 0), less(x, 0))],
  samples: [
    { args: [draw([2, 3], { low: 0.2, high: 1 }), draw([3])] },
    { args: [draw([2, 1]), draw([1, 3], { low: 0.3, high: 1 })] },
  ],
});

const squaredLength = (x: AnyTensor, y: AnyTensor): AnyTensor => add(mul(x, x), mul(y, y));
