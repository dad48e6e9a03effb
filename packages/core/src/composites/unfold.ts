import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { permute } from "../ops/movement.ts";
import { countWindows, perAxis } from "../ops/spatial.ts";
import { windows } from "../ops/windows.ts";
import { normalizeAxis, type Shape, showShape } from "../shape.ts";
import type { OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";

/** Signature of `unfold`. */
export type Unfold = <X extends AnyTensor, Size extends number>(
  x: X,
  axis: number,
  size: Size,
  step?: number,
) => Tensor<Unfolded<OperandShape<X>, Size>, OperandDType<X>>;

/** The rank is known: the axis that is unfolded holds the windows, and one more is at the end. */
type Unfolded<S extends Shape, Size extends number> = number extends S["length"]
  ? Shape
  : readonly [...{ readonly [I in keyof S]: number }, Size];

/**
 * All windows of a length along an axis, `step` apart (1 if not given). The axis counts them, and a new last axis holds their
 * elements, as PyTorch's `Tensor.unfold` has it.
 * @throws ShapeError for an unknown axis, or when no window fits; ArgumentError for a size or step that is not whole and
 * positive.
 * @example
 * unfold(tensor([1, 2, 3, 4, 5]), 0, 2, 3).toArray(); // [[1, 2], [4, 5]]
 */
export const unfold: Unfold = defineComposite<Unfold>(
  {
    name: "unfold",
    samples: [{ args: [draw([5]), 0, 2] }, { args: [draw([2, 7, 2]), 1, 3, 2] }, { args: [draw([2, 3]), -1, 1] }],
    errors: [
      { args: [draw([2]), 1, 1], error: ShapeError, message: /unfold: \[2\] has no axis 1/ },
      { args: [draw([2, 2]), 0, 3], error: ShapeError, message: /unfold: axis 0 of \[2, 2\] is shorter than 3/ },
      {
        args: [draw([2]), 0, 1, 0],
        error: ArgumentError,
        message: /unfold: step is 0; give a whole number, 1 or more/,
      },
    ],
  },
  (x: AnyTensor, axis: number, size: number, step = 1) => {
    checkTensor("unfold", x, 0);
    const along = normalizeAxis("unfold", axis, x.shape);
    perAxis("unfold", "size", size, 1);
    perAxis("unfold", "step", step, 1);
    if (countWindows(x.shape[along]!, size, step, 1) < 1) {
      throw new ShapeError(
        "unfold",
        `axis ${along} of ${showShape(x.shape)} is shorter than ${size}`,
        "give a smaller size, or pad",
      );
    }
    const last = x.rank - 1;
    const others = x.shape.map((_, i) => i).filter((i) => i !== along);
    const moved = windows(permute(x, [...others, along]) as AnyTensor, [size], { strides: [step] });
    return permute(moved, [
      ...others.slice(0, along).map((_, i) => i),
      last,
      ...others.slice(along).map((_, i) => along + i),
      last + 1,
    ]);
  },
);
