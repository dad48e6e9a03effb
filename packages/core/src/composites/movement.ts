import { ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { permute, reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { normalizeAxes, normalizeAxis, type Shape, sameShape, showShape } from "../shape.ts";
import type { ExpandDims, JoinAxes, Squeeze, Transpose } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";

/**
 * Two axes exchanged; the last two if none are named.
 * @throws ShapeError for an unknown axis.
 * @example
 * transpose(tensor([[1, 2], [3, 4]])).toArray(); // [[1, 3], [2, 4]]
 */
export const transpose: Transpose = defineComposite<Transpose>(
  {
    name: "transpose",
    samples: [{ args: [draw([2, 3])] }, { args: [draw([2, 3, 4]), 0, -1] }],
    errors: [{ args: [draw([2])], error: ShapeError, message: /transpose: \[2\] has no axis -2/ }],
  },
  (x: AnyTensor, axis0 = -2, axis1 = -1) => {
    checkTensor("transpose", x, 0);
    const a = normalizeAxis("transpose", axis0, x.shape);
    const b = normalizeAxis("transpose", axis1, x.shape);
    return permute(
      x,
      x.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
    );
  },
);

/**
 * An axis of length 1 inserted; negative positions count from the end of the result.
 * @throws ShapeError for a position outside the result.
 * @example
 * expandDims(tensor([1, 2]), -1).shape; // [2, 1]
 */
export const expandDims: ExpandDims = defineComposite<ExpandDims>(
  {
    name: "expandDims",
    samples: [{ args: [draw([2, 3]), 0] }, { args: [draw([2, 3]), -1] }, { args: [draw([]), 0] }],
    errors: [{ args: [draw([2]), 3], error: ShapeError, message: /expandDims: \[2, 1\] has no axis 3/ }],
  },
  (x: AnyTensor, axis: number) => {
    checkTensor("expandDims", x, 0);
    const at = normalizeAxis("expandDims", axis, [...x.shape, 1]);
    return reshape(x, x.shape.toSpliced(at, 0, 1));
  },
);

/**
 * Axes of length 1 removed: those named, or all.
 * @throws ShapeError when a named axis is longer.
 * @example
 * squeeze(ones([1, 2, 1])).shape; // [2]
 */
export const squeeze: Squeeze = defineComposite<Squeeze>(
  {
    name: "squeeze",
    samples: [{ args: [draw([1, 2, 1])] }, { args: [draw([1, 2, 1]), -1] }],
    errors: [{ args: [draw([2, 1]), 0], error: ShapeError, message: /squeeze: axis 0 of \[2, 1\] is not of length 1/ }],
  },
  (x: AnyTensor, axis?: number | readonly number[] | null) => {
    checkTensor("squeeze", x, 0);
    const named = axis === undefined || axis === null ? null : normalizeAxes("squeeze", axis, x.shape);
    const wrong = named?.find((i) => x.shape[i] !== 1);
    if (wrong !== undefined) {
      throw new ShapeError(
        "squeeze",
        `axis ${wrong} of ${showShape(x.shape)} is not of length 1`,
        "name axes of length 1",
      );
    }
    return reshape(
      x,
      x.shape.filter((size, i) => (named === null ? size !== 1 : !named.includes(i))),
    );
  },
);

/**
 * The axes from `start` on (all if not given) joined into one.
 * @throws ShapeError for an unknown axis.
 * @example
 * flatten(ones([2, 3, 4]), 1).shape; // [2, 12]
 */
export const flatten: JoinAxes<"flatten"> = defineComposite<JoinAxes<"flatten">>(
  {
    name: "flatten",
    samples: [
      { args: [draw([2, 3])] },
      { args: [draw([2, 3, 2]), 1] },
      { args: [draw([0, 3, 2]), 1] },
      { args: [draw([])] },
    ],
    errors: [{ args: [draw([2]), 1], error: ShapeError, message: /flatten: \[2\] has no axis 1/ }],
  },
  (x: AnyTensor, start = 0) => {
    checkTensor("flatten", x, 0);
    const from = x.rank === 0 ? 0 : normalizeAxis("flatten", start, x.shape);
    return reshape(x, [...x.shape.slice(0, from), x.shape.slice(from).reduce((a, b) => a * b, 1)]);
  },
);

/**
 * The transpose of broadcasting: sums over the axes that stretching `shape` to the tensor's would repeat. Cotangents
 * pass through this, once and centrally.
 * @throws ShapeError when `shape` does not broadcast to the tensor's.
 * @example
 * unbroadcast(ones([2, 3]), [3]).toArray(); // [2, 2, 2]
 */
export const unbroadcast: Unbroadcast = defineComposite<Unbroadcast>(
  {
    name: "unbroadcast",
    samples: [{ args: [draw([2, 3]), [3]] }, { args: [draw([4, 2, 3]), [2, 1]] }, { args: [draw([2]), []] }],
    errors: [{ args: [draw([2]), [3]], error: ShapeError, message: /unbroadcast: \[3\] does not stretch to \[2\]/ }],
  },
  (x: AnyTensor, shape: Shape) => {
    checkTensor("unbroadcast", x, 0);
    const added = x.rank - shape.length;
    const axes = x.shape.map((_, i) => i).filter((i) => i < added || (shape[i - added] === 1 && x.shape[i] !== 1));
    const kept = sum(x, axes, { keepdims: true });
    if (added < 0 || !sameShape(kept.shape.slice(added), shape)) {
      throw new ShapeError(
        "unbroadcast",
        `${showShape(shape)} does not stretch to ${showShape(x.shape)}`,
        "only axes of length 1 stretch",
      );
    }
    return reshape(kept, shape);
  },
);

/** Signature of `unbroadcast`. */
export type Unbroadcast = <const S extends Shape>(x: AnyTensor, shape: S) => Tensor<S>;
