import { type DType, promote, requireBool } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { draw, type ErrorSample, type Sample } from "../op.ts";
import type { Comparison, Logical, LogicalUnary, Predicate } from "../signatures.ts";
import { defineBinary, defineUnary } from "./elementwise.ts";

// Comparisons have no partial derivatives: their results are bool, and a cotangent that reaches them stops.

const pairs: readonly Sample[] = [
  { args: [draw([2, 3]), draw([3])] },
  { args: [draw([2, 1], { dtype: "int32", low: 0, high: 2 }), draw([1, 3], { dtype: "int32", low: 0, high: 2 })] },
  { args: [draw([3]), 0] },
];

const comparedDType = (operation: string, a: DType, b: DType): DType => {
  promote(operation, a, b);
  return "bool";
};

const incomparable = (name: string): readonly ErrorSample[] => [
  { args: [draw([2]), draw([3])], error: ShapeError, message: RegExp(`${name}: \\[2\\] and \\[3\\] do not broadcast`) },
  { args: [draw([2]), draw([2], { dtype: "float32" })], error: DTypeError, message: RegExp(`${name}: float64 and`) },
];

/**
 * x = y, elementwise with broadcasting; a tensor of bool. NaN equals nothing.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * equal(tensor([1, 2]), 2).toArray(); // [false, true]
 */
export const equal: Comparison<"equal"> = defineBinary<Comparison<"equal">>({
  name: "equal",
  dtype: comparedDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! === y[j]! ? 1 : 0;
  },
  samples: pairs,
  errors: incomparable("equal"),
});

/**
 * x ≠ y, elementwise with broadcasting; a tensor of bool.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * notEqual(tensor([1, 2]), 2).toArray(); // [true, false]
 */
export const notEqual: Comparison<"notEqual"> = defineBinary<Comparison<"notEqual">>({
  name: "notEqual",
  dtype: comparedDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! !== y[j]! ? 1 : 0;
  },
  samples: pairs,
  errors: incomparable("notEqual"),
});

/**
 * x < y, elementwise with broadcasting; a tensor of bool.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * less(tensor([1, 2]), 2).toArray(); // [true, false]
 */
export const less: Comparison<"less"> = defineBinary<Comparison<"less">>({
  name: "less",
  dtype: comparedDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! < y[j]! ? 1 : 0;
  },
  samples: pairs,
  errors: incomparable("less"),
});

/**
 * x ≤ y, elementwise with broadcasting; a tensor of bool.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * lessEqual(tensor([1, 2]), 1).toArray(); // [true, false]
 */
export const lessEqual: Comparison<"lessEqual"> = defineBinary<Comparison<"lessEqual">>({
  name: "lessEqual",
  dtype: comparedDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! <= y[j]! ? 1 : 0;
  },
  samples: pairs,
  errors: incomparable("lessEqual"),
});

/**
 * x > y, elementwise with broadcasting; a tensor of bool.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * greater(tensor([1, 2]), 1).toArray(); // [false, true]
 */
export const greater: Comparison<"greater"> = defineBinary<Comparison<"greater">>({
  name: "greater",
  dtype: comparedDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! > y[j]! ? 1 : 0;
  },
  samples: pairs,
  errors: incomparable("greater"),
});

/**
 * x ≥ y, elementwise with broadcasting; a tensor of bool.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * greaterEqual(tensor([1, 2]), 2).toArray(); // [false, true]
 */
export const greaterEqual: Comparison<"greaterEqual"> = defineBinary<Comparison<"greaterEqual">>({
  name: "greaterEqual",
  dtype: comparedDType,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! >= y[j]! ? 1 : 0;
  },
  samples: pairs,
  errors: incomparable("greaterEqual"),
});

const truth = { dtype: "bool" } as const;
const truths: readonly Sample[] = [
  { args: [draw([2, 3], truth), draw([3], truth)] },
  { args: [draw([2], truth), true] },
];

const untrue = (name: string): readonly ErrorSample[] => [
  { args: [draw([2], truth), draw([3], truth)], error: ShapeError, message: RegExp(`${name}: \\[2\\] and \\[3\\]`) },
  { args: [draw([2]), draw([2], truth)], error: DTypeError, message: RegExp(`${name}: expected bool, got float64`) },
];

/**
 * Both, elementwise on tensors of bool, with broadcasting.
 * @throws ShapeError when the shapes do not broadcast; DTypeError when an operand is not bool.
 * @example
 * logicalAnd(tensor([true, false]), true).toArray(); // [true, false]
 */
export const logicalAnd: Logical<"logicalAnd"> = defineBinary<Logical<"logicalAnd">>({
  name: "logicalAnd",
  dtype: requireBool,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! & y[j]!;
  },
  samples: truths,
  errors: untrue("logicalAnd"),
});

/**
 * Either or both, elementwise on tensors of bool, with broadcasting.
 * @throws ShapeError when the shapes do not broadcast; DTypeError when an operand is not bool.
 * @example
 * logicalOr(tensor([true, false]), false).toArray(); // [true, false]
 */
export const logicalOr: Logical<"logicalOr"> = defineBinary<Logical<"logicalOr">>({
  name: "logicalOr",
  dtype: requireBool,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! | y[j]!;
  },
  samples: truths,
  errors: untrue("logicalOr"),
});

/**
 * Exactly one, elementwise on tensors of bool, with broadcasting.
 * @throws ShapeError when the shapes do not broadcast; DTypeError when an operand is not bool.
 * @example
 * logicalXor(tensor([true, false]), true).toArray(); // [false, true]
 */
export const logicalXor: Logical<"logicalXor"> = defineBinary<Logical<"logicalXor">>({
  name: "logicalXor",
  dtype: requireBool,
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = x[i]! ^ y[j]!;
  },
  samples: truths,
  errors: untrue("logicalXor"),
});

/**
 * Not, elementwise on a tensor of bool.
 * @throws DTypeError when the operand is not bool.
 * @example
 * logicalNot(tensor([true, false])).toArray(); // [false, true]
 */
export const logicalNot: LogicalUnary<"logicalNot"> = defineUnary<LogicalUnary<"logicalNot">>({
  name: "logicalNot",
  dtype: (dtype) => requireBool("logicalNot", dtype),
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = 1 - x[i]!;
  },
  samples: [{ args: [draw([2, 3], truth)] }],
  errors: [{ args: [draw([2])], error: DTypeError, message: /logicalNot: expected bool, got float64/ }],
});

/**
 * Which elements are NaN.
 * @example
 * isNaN(tensor([1, NaN])).toArray(); // [false, true]
 */
export const isNaN: Predicate = defineUnary<Predicate>({
  name: "isNaN",
  dtype: () => "bool",
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Number.isNaN(x[i]) ? 1 : 0;
  },
  samples: [{ args: [draw([2, 3])] }, { args: [draw([2], { dtype: "int32" })] }],
});

/**
 * Which elements are neither NaN nor infinite.
 * @example
 * isFinite(tensor([1, Infinity])).toArray(); // [true, false]
 */
export const isFinite: Predicate = defineUnary<Predicate>({
  name: "isFinite",
  dtype: () => "bool",
  loop: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Number.isFinite(x[i]) ? 1 : 0;
  },
  samples: [{ args: [draw([2, 3])] }, { args: [draw([2], { dtype: "int32" })] }],
});
