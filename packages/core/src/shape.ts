import { ShapeError } from "./errors.ts";

/** Sizes per axis, outermost first. `[]` is a scalar. */
export type Shape = readonly number[];

/**
 * How many elements a tensor of this shape has; 1 for a scalar.
 * @example
 * sizeOf([2, 3]); // 6
 */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i]!;
  return size;
}

/**
 * A shape as it is written in code.
 * @example
 * showShape([2, 3]); // "[2, 3]"
 */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Whether two shapes have the same axes.
 * @example
 * sameShape([2, 3], [2, 1]); // false
 */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, stride = 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** The largest number of elements that a typed array of any dtype can hold here. */
const LARGEST = 2 ** 32;

/**
 * A shape of one's own: a frozen copy, which later changes of the caller's array cannot reach.
 * @throws ShapeError when it is no list of whole numbers that are 0 or more, or has too many elements for memory.
 */
export function checkShape(operation: string, shape: Shape): Shape {
  if (!Array.isArray(shape)) {
    const found = shape === null || shape === undefined ? String(shape) : `${typeof shape} ${String(shape)}`;
    throw new ShapeError(operation, `${found} is no shape`, "give an array of sizes, as in [2, 3]");
  }
  let size = 1;
  for (let i = 0; i < shape.length; i++) {
    const dimension: unknown = shape[i];
    if (!Number.isSafeInteger(dimension) || (dimension as number) < 0) {
      throw new ShapeError(operation, `${showShape(shape)} is no shape`, "give whole numbers that are 0 or more");
    }
    size *= dimension as number;
  }
  if (size > LARGEST) {
    throw new ShapeError(
      operation,
      `${showShape(shape)} has ${size} elements`,
      `${LARGEST} is the most that memory can hold`,
    );
  }
  return Object.freeze([...shape]);
}

/**
 * The shape of two operands that broadcast as in NumPy: shapes align at their last axis, and a dimension of 1 stretches.
 * @throws ShapeError when they do not.
 * @example
 * broadcastShapes("add", [2, 1], [3]); // [2, 3]
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        operation,
        `${showShape(a)} and ${showShape(b)} do not broadcast`,
        `dimensions must be equal or 1, counted from the last, but ${x} meets ${y}`,
      );
    }
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

/**
 * An axis counted from the front; a negative one counts from the end.
 * @throws ShapeError when the tensor has no such axis.
 */
export function normalizeAxis(operation: string, axis: number, shape: Shape): number {
  const rank = shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const range = rank === 0 ? "a scalar has no axes" : `use ${-rank} to ${rank - 1}`;
    throw new ShapeError(operation, `${showShape(shape)} has no axis ${axis}`, range);
  }
  return axis < 0 ? axis + rank : axis;
}

/** One axis, several, or all of them (`null` or left out). */
export type Axes = number | readonly number[] | null | undefined;

/**
 * Axes counted from the front, ascending; all of them for `null` or `undefined`.
 * @throws ShapeError for an unknown or repeated axis.
 */
export function normalizeAxes(operation: string, axes: Axes, shape: Shape): readonly number[] {
  if (axes === null || axes === undefined) return Array.from(shape, (_, i) => i);
  if (typeof axes !== "number" && !Array.isArray(axes)) {
    throw new ShapeError(
      operation,
      `${JSON.stringify(axes)} is no axis`,
      "give a number, an array of numbers, or null for all",
    );
  }
  if (typeof axes === "number") return [normalizeAxis(operation, axes, shape)];
  const out = axes.map((axis) => normalizeAxis(operation, axis, shape)).sort((a, b) => a - b);
  const twice = out.find((axis, i) => axis === out[i - 1]);
  if (twice !== undefined) {
    throw new ShapeError(operation, `axis ${twice} of ${showShape(shape)} is named twice`, "name each axis once");
  }
  return out;
}

/** The shape after reducing `axes` (counted from the front): without them, or with 1 in their place. */
export function reducedShape(shape: Shape, axes: readonly number[], keepdims: boolean): Shape {
  const out: number[] = [];
  for (let i = 0; i < shape.length; i++) {
    if (!axes.includes(i)) out.push(shape[i]!);
    else if (keepdims) out.push(1);
  }
  return out;
}
