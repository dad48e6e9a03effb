import { type Shape, sizeOf } from "../../shape.ts";
import type { OperandKind } from "../kernels.ts";
import type { Extent } from "./elementwise.ts";

/** How operands lie along a result. */
export interface Layout {
  readonly extent: Extent;
  readonly kinds: readonly OperandKind[];
}

/** One operand that is neither full nor a scalar: the axes that it has are neighbours, and stand between two numbers of places. */
interface Part {
  readonly outer: number;
  readonly own: number;
  readonly inner: number;
}

function partOf(own: Shape, shape: Shape): Part | null {
  const missing = shape.length - own.length;
  const has = shape.map((size, axis) => size !== 1 && axis >= missing && own[axis - missing] === size);
  const [first, last] = [has.indexOf(true), has.lastIndexOf(true)];
  // Axes of length 1 are everybody's.
  if (shape.some((size, axis) => axis > first && axis < last && size !== 1 && !has[axis])) return null;
  return {
    outer: sizeOf(shape.slice(0, first)),
    own: sizeOf(shape.slice(first, last + 1)),
    inner: sizeOf(shape.slice(last + 1)),
  };
}

/**
 * The result as [outer, rows, length] so that every operand is full, a row, a column or a scalar; `null` where there is no such way.
 * @param shapes of operands that broadcast to `shape`, which has elements.
 */
export function layoutOf(shapes: readonly Shape[], shape: Shape): Layout | null {
  const size = sizeOf(shape);
  let extent: Extent = { outer: 1, rows: 1, length: size };
  let isSettled = false;
  const kinds: OperandKind[] = [];
  for (const own of shapes) {
    const count = sizeOf(own);
    if (count === size || count === 1) {
      kinds.push(count === size ? "full" : "scalar");
      continue;
    }
    const part = partOf(own, shape);
    if (part === null) return null;
    const isRow = part.inner === 1;
    const wanted: Extent = isRow
      ? { outer: 1, rows: part.outer, length: part.own }
      : { outer: part.outer, rows: part.own, length: part.inner };
    if (isSettled && (wanted.outer !== extent.outer || wanted.rows !== extent.rows || wanted.length !== extent.length))
      return null;
    [extent, isSettled] = [wanted, true];
    kinds.push(isRow ? "row" : "column");
  }
  return { extent, kinds };
}
