import type { DType } from "../dtype.ts";
import { arithmetic, promote, toFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { draw } from "../op.ts";
import type { Binary, FloatBinary, SameBinary, SameUnary } from "../signatures.ts";
import type { AnyTensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { equal, greater, less } from "./comparison.ts";
import { defineBinary, defineUnary } from "./elementwise.ts";
import { log } from "./exponential.ts";
import { where } from "./where.ts";

/** Shapes that every broadcasting operation is tried on. */
const broadcasting = [
  { args: [draw([2, 3]), draw([2, 3])] },
  { args: [draw([2, 3]), draw([3])] },
  { args: [draw([2, 1]), draw([1, 3])] },
  { args: [draw([]), draw([2, 2])] },
  { args: [draw([2, 3]), 2] },
  { args: [draw([0, 3]), draw([1, 3])] },
];

const mismatches = (name: string) => [
  { args: [draw([2]), draw([3])], error: ShapeError, message: RegExp(`${name}: \\[2\\] and \\[3\\] do not broadcast`) },
  {
    args: [draw([2]), draw([2], { dtype: "float32" })],
    error: DTypeError,
    message: RegExp(`${name}: float64 and float32 do not mix; cast one`),
  },
];

const arithmeticDType = (operation: string, a: DType, b: DType): DType => arithmetic(promote(operation, a, b));

/**
 * Elementwise sum, with broadcasting.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * add(tensor([1, 2]), 10).toArray(); // [11, 12]
 */
export const add: Binary<"add"> = defineBinary<Binary<"add">>({
  name: "add",
  dtype: arithmeticDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! + y[j]!;
  },
  partials: [() => 1, () => 1],
  samples: broadcasting,
  errors: mismatches("add"),
});

/**
 * Elementwise difference, with broadcasting.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * sub(10, tensor([1, 2])).toArray(); // [9, 8]
 */
export const sub: Binary<"sub"> = defineBinary<Binary<"sub">>({
  name: "sub",
  dtype: arithmeticDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! - y[j]!;
  },
  partials: [() => 1, () => -1],
  samples: broadcasting,
  errors: mismatches("sub"),
});

/**
 * Elementwise product, with broadcasting.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * mul(tensor([1, 2]), tensor([[1], [10]])).toArray(); // [[1, 2], [10, 20]]
 */
export const mul: Binary<"mul"> = defineBinary<Binary<"mul">>({
  name: "mul",
  dtype: arithmeticDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! * y[j]!;
  },
  partials: [(_, y) => y, (x) => x],
  samples: broadcasting,
  errors: mismatches("mul"),
});

/**
 * Elementwise product in which 0 is strong: it gives 0 even beside NaN or infinity. The chain rule multiplies with this,
 * so that a branch which `where` did not select contributes 0, not NaN, at every order.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * mulStrongZero(tensor([0, 1]), Infinity).toArray(); // [0, Infinity]
 */
export const mulStrongZero: Binary<"mulStrongZero"> = defineBinary<Binary<"mulStrongZero">>({
  name: "mulStrongZero",
  dtype: arithmeticDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) {
      const [a, b] = [x[i]!, y[j]!];
      out[o] = a === 0 || b === 0 ? 0 : a * b;
    }
  },
  partials: [(_, y) => y, (x) => x],
  samples: broadcasting,
  errors: mismatches("mulStrongZero"),
});

/**
 * Elementwise quotient, with broadcasting; integers give float32.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * div(tensor([1, 3]), 2).toArray(); // [0.5, 1.5]
 */
export const div: FloatBinary<"div"> = defineBinary<FloatBinary<"div">>({
  name: "div",
  dtype: (operation, a, b) => toFloat(promote(operation, a, b)),
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! / y[j]!;
  },
  partials: [(_, y) => div(1, y), (_, y, z) => neg(div(z, y))],
  samples: [
    { args: [draw([2, 3]), draw([3], { low: 0.5, high: 2 })] },
    { args: [draw([2, 1]), draw([1, 3], { low: -2, high: -0.5 })] },
    { args: [1, draw([2, 2], { low: 0.5, high: 2 })] },
    { args: [draw([2], { dtype: "int32", low: 1, high: 9 }), draw([2], { dtype: "int32", low: 1, high: 9 })] },
  ],
  errors: mismatches("div"),
});

/**
 * Elementwise power aᵇ, with broadcasting; within 2 units in the last place. As in PyTorch, 0⁰ is 1 and d(0ᵇ)/db is 0 for b ≥ 0.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * power(tensor([1, 2, 3]), 2).toArray(); // [1, 4, 9]
 */
export const power: Binary<"power"> = defineBinary<Binary<"power">>({
  name: "power",
  dtype: arithmeticDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! ** y[j]!;
  },
  partials: [
    // b·a^(b-1), where b = 0 must not reach 0·0⁻¹ at this or any higher order.
    (a, b) => mulStrongZero(b, power(a, where(equal(b, 0), 1, sub(b, 1)))),
    (a, _, z) => mulStrongZero(z, log(where(equal(a, 0), 1, a))),
  ],
  samples: [
    { args: [draw([2, 3], { low: 0.3, high: 2 }), draw([3], { low: -2, high: 2 })] },
    { args: [draw([2, 1], { low: 0.3, high: 2 }), draw([1, 3])] },
    { args: [draw([4]), 2] },
    { args: [draw([4]), 3] },
    { args: [draw([4]), 0] },
    { args: [2, draw([3])] },
  ],
  errors: mismatches("power"),
});

/** 1 where `wins`, 1/2 where equal, else 0: what a maximum hands to one of two operands. */
const shared = (wins: AnyTensor, tie: AnyTensor, like: AnyTensor): AnyTensor =>
  where(tie as never, 0.5, cast(wins, like.dtype));

/** Which of two operands is the larger, or neither. */
const sides = (x: AnyTensor, y: AnyTensor): AnyTensor[] => [greater(x, y), less(x, y)];

/**
 * The larger of two elements, with broadcasting; NaN wins. At a tie each operand receives half of the gradient.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * maximum(tensor([1, -2]), 0).toArray(); // [1, 0]
 */
export const maximum: SameBinary<"maximum"> = defineBinary<SameBinary<"maximum">>({
  name: "maximum",
  dtype: promote,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) {
      const a = x[i]!;
      const b = y[j]!;
      out[o] = a > b || Number.isNaN(a) ? a : b;
    }
  },
  partials: [(x, y, z) => shared(greater(x, y), equal(x, y), z), (x, y, z) => shared(less(x, y), equal(x, y), z)],
  branches: sides,
  samples: [
    { args: [draw([2, 3], { distinct: true }), draw([3], { distinct: true })] },
    { args: [draw([2, 1], { distinct: true }), draw([1, 3], { distinct: true })] },
    { args: [draw([4], { avoid: [0] }), 0] },
  ],
  errors: mismatches("maximum"),
});

/**
 * The smaller of two elements, with broadcasting; NaN wins. At a tie each operand receives half of the gradient.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * minimum(tensor([1, -2]), 0).toArray(); // [0, -2]
 */
export const minimum: SameBinary<"minimum"> = defineBinary<SameBinary<"minimum">>({
  name: "minimum",
  dtype: promote,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) {
      const a = x[i]!;
      const b = y[j]!;
      out[o] = a < b || Number.isNaN(a) ? a : b;
    }
  },
  partials: [(x, y, z) => shared(less(x, y), equal(x, y), z), (x, y, z) => shared(greater(x, y), equal(x, y), z)],
  branches: sides,
  samples: [
    { args: [draw([2, 3], { distinct: true }), draw([3], { distinct: true })] },
    { args: [draw([2, 1], { distinct: true }), draw([1, 3], { distinct: true })] },
    { args: [draw([4], { avoid: [0] }), 0] },
  ],
  errors: mismatches("minimum"),
});

const anySign = [
  { args: [draw([2, 3], { avoid: [0] })] },
  { args: [draw([], { avoid: [0] })] },
  { args: [draw([0, 2])] },
];

/**
 * −x.
 * @example
 * neg(tensor([1, -2])).toArray(); // [-1, 2]
 */
export const neg: SameUnary = defineUnary<SameUnary>({
  name: "neg",
  dtype: arithmetic,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = -x[i]!;
  },
  partial: () => -1,
  samples: anySign,
});

/**
 * |x|. The gradient at 0 is 0.
 * @example
 * abs(tensor([1, -2])).toArray(); // [1, 2]
 */
export const abs: SameUnary = defineUnary<SameUnary>({
  name: "abs",
  dtype: arithmetic,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i]!);
  },
  partial: (x) => sign(x),
  branch: (x) => sign(x),
  samples: anySign,
});

/**
 * −1, 0 or 1; NaN stays. The gradient is 0.
 * @example
 * sign(tensor([3, 0, -2])).toArray(); // [1, 0, -1]
 */
export const sign: SameUnary = defineUnary<SameUnary>({
  name: "sign",
  dtype: arithmetic,
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sign(x[i]!);
  },
  branch: (_, y) => y,
  samples: anySign,
});
