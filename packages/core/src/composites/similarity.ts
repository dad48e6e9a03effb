import type { AxisVerdict, Reduced } from "../axis-types.ts";
import type { FloatOf } from "../dtype-types.ts";
import { ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { div, maximum, mul } from "../ops/arithmetic.ts";
import { broadcastTo } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { checkOptions } from "../options.ts";
import { broadcastShapes, normalizeAxis } from "../shape.ts";
import type { Demand } from "../shape-types.ts";
import type { BinaryCheck, BinaryDType, BinaryShape, OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { floats } from "./reducing.ts";
import { norm } from "./reductions.ts";

export interface NormalizeOptions {
  /** The power of the norm, 2 if not given; see `norm`. */
  readonly p?: number;
  /** The least that is divided by, 1e-12 if not given. */
  readonly eps?: number;
}

/** Signature of `normalize`. */
export type Normalize = <X extends AnyTensor, A extends number = -1>(
  x: X,
  axis?: A & Demand<AxisVerdict<"normalize", OperandShape<X>, A>>,
  options?: NormalizeOptions,
) => Tensor<OperandShape<X>, FloatOf<OperandDType<X>>>;

/**
 * x / max(‖x‖, eps) along an axis (the last if not given): vectors of length 1, and 0 where they were.
 * @throws ShapeError for an unknown axis; ArgumentError when p is NaN.
 * @example
 * normalize(tensor([[3, 4], [0, 0]])).toArray(); // [[0.6000000238418579, 0.800000011920929], [0, 0]]
 */
export const normalize: Normalize = defineComposite<Normalize>(
  {
    name: "normalize",
    samples: [
      { args: [draw([2, 3])] },
      { args: [draw([2, 3], { avoid: [0] }), 0, { p: 1 }] },
      { args: [draw([3, 2], { avoid: [0] }), -1, { p: 3, eps: 0.01 }] },
    ],
    errors: [{ args: [draw([2]), 1], error: ShapeError, message: /normalize: \[2\] has no axis 1/ }],
  },
  (x: AnyTensor, axis = -1, options: NormalizeOptions = {}) => {
    const input = floats("normalize", x, axis);
    checkOptions("normalize", options, "p", "eps");
    const { p = 2, eps = 1e-12 } = options;
    return div(input, maximum(norm(input, axis, { p, keepdims: true }), eps));
  },
);

/** Signature of `cosineSimilarity`. */
export type CosineSimilarity = <A extends AnyTensor, B extends AnyTensor, Axis extends number = -1>(
  a: A,
  b: B & BinaryCheck<"cosineSimilarity", A, B>,
  axis?: Axis,
  options?: { readonly eps?: number },
) => Tensor<Reduced<BinaryShape<A, B>, Axis, false>, FloatOf<BinaryDType<A, B>>>;

/**
 * Cosine of the angle between vectors along an axis (the last if not given), a·b / (max(‖a‖, eps)·max(‖b‖, eps)), where a
 * and b broadcast and eps is 1e-8 if not given. Beside a vector of 0 it is 0.
 * @throws ShapeError when the shapes do not broadcast, or for an unknown axis.
 * @example
 * cosineSimilarity(tensor([1, 0]), tensor([[3, 4], [0, 2]])).toArray(); // [0.6000000238418579, 0]
 */
export const cosineSimilarity: CosineSimilarity = defineComposite<CosineSimilarity>(
  {
    name: "cosineSimilarity",
    samples: [
      { args: [draw([2, 3]), draw([2, 3])] },
      { args: [draw([3, 2]), draw([3, 1]), 0] },
      { args: [draw([3]), draw([2, 3]), -1, { eps: 0.01 }] },
    ],
    errors: [
      {
        args: [draw([2]), draw([3])],
        error: ShapeError,
        message: /cosineSimilarity: \[2\] and \[3\] do not broadcast/,
      },
      { args: [draw([2]), draw([2]), 1], error: ShapeError, message: /cosineSimilarity: \[2\] has no axis 1/ },
    ],
  },
  (a: AnyTensor, b: AnyTensor, axis = -1, options: { readonly eps?: number } = {}) => {
    checkTensor("cosineSimilarity", a, 0);
    checkTensor("cosineSimilarity", b, 1);
    checkOptions("cosineSimilarity", options, "eps");
    const { eps = 1e-8 } = options;
    const shape = broadcastShapes("cosineSimilarity", a.shape, b.shape);
    const at = normalizeAxis("cosineSimilarity", axis, shape);
    const [x, y] = [a, b].map((one) => normalize(broadcastTo(one, shape) as AnyTensor, at, { eps }));
    return sum(mul(x!, y!), at);
  },
);
