import { ShapeError } from "../errors.ts";
import { checkTensors, defineComposite, draw } from "../op.ts";
import { add } from "../ops/arithmetic.ts";
import { gemm, type MatmulOptions } from "../ops/gemm.ts";
import { reshape } from "../ops/movement.ts";
import { checkOptions } from "../options.ts";
import { showShape } from "../shape.ts";
import type { Linear, Matmul } from "../signatures.ts";
import type { AnyTensor } from "../tensor.ts";

/**
 * Matrix product of the last two axes; the axes before them are a batch and broadcast. A vector counts as a row on the
 * left and as a column on the right, and its axis goes, as in NumPy.
 * @param options `transposeA` and `transposeB` swap the last two axes of a matrix first, without a copy.
 * @throws ShapeError when the inner dimensions differ or the batches do not broadcast.
 * @example
 * matmul(tensor([[1, 2]]), tensor([3, 4])).toArray(); // [11]
 */
export const matmul: Matmul<"matmul"> = defineComposite<Matmul<"matmul">>(
  {
    name: "matmul",
    samples: [
      { args: [draw([2, 3]), draw([3, 4])] },
      { args: [draw([3]), draw([3])] },
      { args: [draw([3]), draw([3, 2])] },
      { args: [draw([2, 3]), draw([3])] },
      { args: [draw([4, 2, 3]), draw([3])] },
      { args: [draw([4, 2, 3]), draw([3, 2])] },
      { args: [draw([4, 2, 3]), draw([2, 3]), { transposeB: true }] },
      { args: [draw([2, 3]), draw([4, 3, 2])] },
    ],
    errors: [
      {
        args: [draw([2, 3]), draw([5, 4])],
        error: ShapeError,
        message: /matmul: inner dimensions of \[2, 3\] and \[5, 4\] differ/,
      },
      { args: [draw([]), draw([2, 2])], error: ShapeError, message: /matmul: \[\] and \[2, 2\] have no product/ },
      {
        args: [draw([1]), draw([1, 2]), { transposeA: true }],
        error: ShapeError,
        message: /matmul: a vector of \[1\] has no transpose/,
      },
    ],
  },
  (a: AnyTensor, b: AnyTensor, options: MatmulOptions = {}) => {
    checkTensors("matmul", [a, b]);
    checkOptions("matmul", options, "transposeA", "transposeB");
    if (a.rank === 0 || b.rank === 0) {
      throw new ShapeError(
        "matmul",
        `${showShape(a.shape)} and ${showShape(b.shape)} have no product`,
        "use mul for scalars",
      );
    }
    if ((options.transposeA && a.rank === 1) || (options.transposeB && b.rank === 1)) {
      throw new ShapeError(
        "matmul",
        `a vector of ${showShape(options.transposeA ? a.shape : b.shape)} has no transpose`,
        "leave out the option",
      );
    }
    const x = a.rank === 1 ? reshape(a, [1, a.size]) : a;
    const y = b.rank === 1 ? reshape(b, [b.size, 1]) : b;
    const product = rowsAtOnce(x, y, options);
    if (a.rank > 1 && b.rank > 1) return product;
    const { shape } = product;
    const batch = shape.slice(0, -2);
    return reshape(product, [...batch, ...(a.rank > 1 ? [shape.at(-2)!] : []), ...(b.rank > 1 ? [shape.at(-1)!] : [])]);
  },
);

/** A batch of matrices times one matrix is one product, of all their rows: that also keeps its gradient one product. */
function rowsAtOnce(x: AnyTensor, y: AnyTensor, options: MatmulOptions): AnyTensor {
  const fits = x.shape.at(-1) === y.shape.at(options.transposeB ? -1 : -2);
  if (x.rank === 2 || y.rank !== 2 || options.transposeA || !fits) return gemm(x, y, options);
  const rows = x.shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const product = gemm(reshape(x, [rows, x.shape.at(-1)!]), y, options);
  return reshape(product, [...x.shape.slice(0, -1), product.shape[1]!]);
}

/**
 * x·Wᵀ + b, for weights stored as [out, in] and any number of batch axes in front of x.
 * @throws ShapeError when the last axis of x is not that of the weight.
 * @example
 * linear(tensor([[1, 2]]), tensor([[3, 4], [5, 6]]), tensor([0, 1])).toArray(); // [[11, 18]]
 */
export const linear: Linear = defineComposite<Linear>(
  {
    name: "linear",
    samples: [
      { args: [draw([2, 3]), draw([4, 3]), draw([4])] },
      { args: [draw([2, 2, 3]), draw([4, 3])] },
      { args: [draw([3]), draw([4, 3]), draw([4])] },
    ],
    errors: [{ args: [draw([2, 3]), draw([4, 2])], error: ShapeError, message: /linear: the last axis of \[2, 3\]/ }],
  },
  (x: AnyTensor, weight: AnyTensor, bias?: AnyTensor) => {
    checkTensors("linear", [x, weight]);
    if (weight.rank !== 2 || x.shape.at(-1) !== weight.shape[1]) {
      throw new ShapeError(
        "linear",
        `the last axis of ${showShape(x.shape)} does not match a weight of ${showShape(weight.shape)}`,
        "a weight is [out, in]",
      );
    }
    const product = x.rank === 1 ? matmul(weight, x) : matmul(x, weight, { transposeB: true });
    return bias === undefined ? product : add(product, bias);
  },
);
