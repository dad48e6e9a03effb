import { defineComposite, draw } from "../op.ts";
import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { stopGradient } from "../ops/cast.ts";
import { isFinite } from "../ops/comparison.ts";
import { exp, log } from "../ops/exponential.ts";
import { reshape } from "../ops/movement.ts";
import { max, type ReduceOptions, sum } from "../ops/reduce.ts";
import { where } from "../ops/where.ts";
import { type Axes, normalizeAxes, reducedShape } from "../shape.ts";
import type { FloatReduction, Mean } from "../signatures.ts";
import type { AnyTensor } from "../tensor.ts";
import { countOf, floats, overAxes, unknownAxis } from "./reducing.ts";

/**
 * Arithmetic mean over axes; of nothing it is NaN, as in NumPy. Integers give float32.
 * @throws ShapeError for an unknown axis.
 * @example
 * mean(tensor([[1, 2], [3, 4]]), 0).toArray(); // [2, 3]
 */
export const mean: Mean = defineComposite<Mean>(
  { name: "mean", samples: overAxes, errors: unknownAxis("mean") },
  (x: AnyTensor, axis?: Axes, options?: ReduceOptions) =>
    div(sum(floats("mean", x, axis), axis, options), countOf("mean", x, axis)),
);

/** What `variance` takes besides `keepdims`. */
export interface VarianceOptions {
  /** Subtracted from the count that is divided by: 0, if not given, for the population, 1 for the unbiased estimate. */
  readonly correction?: number;
}

/**
 * Mean squared distance from the mean, over axes, in two passes. Of a single element with `correction` 1 it is NaN.
 * @throws ShapeError for an unknown axis.
 * @example
 * variance(tensor([1, 2, 3]), null, { correction: 1 }).item(); // 1
 */
export const variance: FloatReduction<"variance", VarianceOptions> = defineComposite<
  FloatReduction<"variance", VarianceOptions>
>(
  {
    name: "variance",
    samples: [...overAxes, { args: [draw([2, 3]), 1, { correction: 1 }] }],
    errors: unknownAxis("variance"),
  },
  (x: AnyTensor, axis?: Axes, { correction = 0, keepdims = false }: VarianceOptions & ReduceOptions = {}) => {
    const centered = sub(floats("variance", x, axis), mean(x, axis, { keepdims: true }));
    const divisor = Math.max(countOf("variance", x, axis) - correction, 0);
    return div(sum(mul(centered, centered), axis, { keepdims }), divisor);
  },
);

/**
 * log Σ eˣ over axes, without overflow: the largest element is taken out first.
 * @throws ShapeError for an unknown axis, or when there is no element.
 * @example
 * logsumexp(tensor([1000, 1000])).item(); // 1000.6931762695312
 */
export const logsumexp: FloatReduction<"logsumexp"> = defineComposite<FloatReduction<"logsumexp">>(
  { name: "logsumexp", samples: overAxes, errors: unknownAxis("logsumexp") },
  (x: AnyTensor, axis?: Axes, { keepdims = false }: ReduceOptions = {}) => {
    const input = floats("logsumexp", x, axis);
    const top = largestOf(input, axis);
    const result = add(log(sum(exp(sub(input, top)), axis, { keepdims: true })), top);
    return keepdims ? result : reshape(result, reducedShape(x.shape, normalizeAxes("logsumexp", axis, x.shape), false));
  },
);

/** The largest finite element over axes, as a constant to differentiation, with the axes kept. */
function largestOf(x: AnyTensor, axis: Axes): AnyTensor {
  const top = stopGradient(max(x, axis, { keepdims: true }));
  return where(isFinite(top), top, 0);
}
