import { toFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { checkTensor, draw, type ErrorSample, type Sample } from "../op.ts";
import { cast } from "../ops/cast.ts";
import { type Axes, normalizeAxes } from "../shape.ts";
import type { AnyTensor } from "../tensor.ts";

// What the families of reductions share; not part of the public interface.

/** Calls that every reduction is tried on. */
export const overAxes: readonly Sample[] = [
  { args: [draw([2, 3])] },
  { args: [draw([2, 3]), 0] },
  { args: [draw([2, 3, 2]), [0, -1], { keepdims: true }] },
];

/** What every reduction refuses. */
export const unknownAxis = (name: string): readonly ErrorSample[] => [
  { args: [draw([2, 3]), 2], error: ShapeError, message: RegExp(`${name}: \\[2, 3\\] has no axis 2`) },
];

/** How many elements each result of a reduction stands for. */
export function countOf(name: string, x: AnyTensor, axis: Axes): number {
  return normalizeAxes(name, axis, x.shape).reduce((count, i) => count * x.shape[i]!, 1);
}

/** x in a float dtype, checked. */
export function floats(name: string, x: AnyTensor, axis: Axes): AnyTensor {
  checkTensor(name, x, 0);
  normalizeAxes(name, axis, x.shape);
  const dtype = toFloat(x.dtype);
  return x.dtype === dtype ? x : cast(x, dtype);
}
