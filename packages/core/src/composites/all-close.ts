import { ShapeError } from "../errors.ts";
import { sameShape, showShape } from "../shape.ts";
import type { AnyTensor } from "../tensor.ts";

export interface Tolerance {
  /** Relative to the second tensor; 1e-5 if not given. */
  readonly rtol?: number;
  /** Absolute; 1e-8 if not given. */
  readonly atol?: number;
  /** Whether NaN counts as equal to NaN; not, if not given. */
  readonly equalNaN?: boolean;
}

/**
 * Whether |a − b| ≤ atol + rtol·|b| for every pair of elements, as in NumPy. Any two dtypes compare. A JavaScript
 * boolean, not an operation: it reads both tensors.
 * @throws ShapeError when the shapes differ.
 * @example
 * allClose(tensor([1, 2]), tensor([1, 2.000001])); // true
 */
export function allClose(
  a: AnyTensor,
  b: AnyTensor,
  { rtol = 1e-5, atol = 1e-8, equalNaN = false }: Tolerance = {},
): boolean {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(
      "allClose",
      `${showShape(a.shape)} and ${showShape(b.shape)} differ`,
      "compare tensors of one shape",
    );
  }
  const y = b.data();
  return a.data().every((x, i) => {
    const other = y[i]!;
    if (x === other || (equalNaN && Number.isNaN(x) && Number.isNaN(other))) return true;
    return Math.abs(x - other) <= atol + rtol * Math.abs(other) && Math.abs(other) !== Infinity;
  });
}
