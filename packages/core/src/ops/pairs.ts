import { promote, toFloat } from "../dtype.ts";
import { draw } from "../op.ts";
import type { FloatBinary } from "../signatures.ts";
import type { AnyTensor } from "../tensor.ts";
import { sigmoid } from "./activation.ts";
import { div, sign, sub } from "./arithmetic.ts";
import { equal } from "./comparison.ts";
import { defineBinary } from "./elementwise.ts";
import { where } from "./where.ts";

const pairs = [{ args: [draw([2, 3]), draw([3])] }, { args: [draw([2, 1]), draw([1, 3])] }, { args: [draw([2]), 0.5] }];

/** x / y, and 0 where both are 0. */
const ratio = (x: AnyTensor, y: AnyTensor): AnyTensor => div(x, where(equal(y, 0), 1, y));

/**
 * √(x² + y²) without overflow, with broadcasting. The gradient at (0, 0) is 0.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * hypot(tensor([3]), tensor([4])).toArray(); // [5]
 */
export const hypot: FloatBinary<"hypot"> = defineBinary<FloatBinary<"hypot">>({
  name: "hypot",
  dtype: (operation, a, b) => toFloat(promote(operation, a, b)),
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) out[o] = Math.hypot(x[i]!, y[j]!);
  },
  partials: [(x, _, z) => ratio(x, z), (_, y, z) => ratio(y, z)],
  // |x| where y is 0, and the other way round.
  branches: (x, y) => [where(equal(y, 0), sign(x), 0), where(equal(x, 0), sign(y), 0)],
  samples: pairs,
});

/** x − y, and 0 for two infinities of one sign. */
const difference = (x: AnyTensor, y: AnyTensor): AnyTensor => where(equal(x, y), 0, sub(x, y));

/**
 * log(eˣ + eʸ) without overflow, with broadcasting.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for float32 with float64.
 * @example
 * logaddexp(tensor([-Infinity]), tensor([2])).toArray(); // [2]
 */
export const logaddexp: FloatBinary<"logaddexp"> = defineBinary<FloatBinary<"logaddexp">>({
  name: "logaddexp",
  dtype: (operation, a, b) => toFloat(promote(operation, a, b)),
  loop: (x, i, di, y, j, dj, out, o, end) => {
    for (; o < end; o++, i += di, j += dj) {
      const [a, b] = [x[i]!, y[j]!];
      out[o] = a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
    }
  },
  partials: [(x, y) => sigmoid(difference(x, y)), (x, y) => sigmoid(difference(y, x))],
  samples: pairs,
});
