import { arange } from "../create.ts";
import { isFloat } from "../dtype.ts";
import type { FloatOf, Promote } from "../dtype-types.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { equal, lessEqual, logicalAnd } from "../ops/comparison.ts";
import { reshape } from "../ops/movement.ts";
import { max } from "../ops/reduce.ts";
import { softmax } from "../ops/softmax.ts";
import { where } from "../ops/where.ts";
import { checkOptions } from "../options.ts";
import { broadcastShapes, type Shape, sameShape, showShape } from "../shape.ts";
import type { MatmulShape, OperandDType } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { floats } from "./reducing.ts";

export interface AttentionOptions {
  /** Bool, true where a query may attend to a key, or floats to be added to the scores; broadcast to [..., L, S]. */
  readonly mask?: AnyTensor;
  /** Whether query i may attend to keys 0 to i only; not, if not given. */
  readonly causal?: boolean;
  /** What scores are multiplied by, 1/√E if not given. */
  readonly scale?: number;
}

/** Signature of `scaledDotProductAttention`. */
export type Attention = <Q extends AnyTensor, K extends AnyTensor, V extends AnyTensor>(
  query: Q,
  key: K,
  value: V,
  options?: AttentionOptions,
) => Tensor<
  MatmulShape<Tensor<MatmulShape<Q, K, false, true>>, V, false, false>,
  FloatOf<Promote<OperandDType<Q>, Promote<OperandDType<K>, OperandDType<V>>>>
>;

type Bool = Tensor<Shape, "bool">;

/** Scores where a query may attend to a key, else −∞. */
function masked(name: string, scores: AnyTensor, mask: AnyTensor | undefined, causal: boolean): AnyTensor {
  let allowed: AnyTensor | undefined;
  let now = scores;
  if (mask !== undefined) {
    checkTensor(name, mask, 3);
    if (!sameShape(broadcastShapes(name, mask.shape, scores.shape), scores.shape)) {
      throw new ShapeError(
        name,
        `a mask of ${showShape(mask.shape)} does not stretch to the scores, ${showShape(scores.shape)}`,
        "give [..., queries, keys]",
      );
    }
    if (mask.dtype === "bool") allowed = mask;
    else if (isFloat(mask.dtype)) now = add(scores, mask) as AnyTensor;
    else {
      throw new DTypeError(
        name,
        `a mask of ${mask.dtype} is neither bool nor float`,
        'compare it, as in notEqual(mask, 0), or cast it to "float32" if it is to be added',
      );
    }
  }
  if (causal) {
    const [queries, keys] = scores.shape.slice(-2) as [number, number];
    const positions = (count: number): AnyTensor => arange(0, count, 1, { dtype: "int32" }) as AnyTensor;
    const past = lessEqual(positions(keys), reshape(positions(queries), [queries, 1]));
    allowed = allowed === undefined ? past : (logicalAnd(allowed as Bool, past as Bool) as AnyTensor);
  }
  return allowed === undefined ? now : (where(allowed as Bool, now, Number.NEGATIVE_INFINITY) as AnyTensor);
}

function checkScores(name: string, q: AnyTensor, k: AnyTensor): void {
  const shapes = `queries of ${showShape(q.shape)} and keys of ${showShape(k.shape)}`;
  if (Math.min(q.rank, k.rank) < 2) {
    throw new ShapeError(name, `${shapes} are not all matrices`, "give queries of [..., L, E] and keys of [..., S, E]");
  }
  if (q.shape.at(-1) !== k.shape.at(-1)) {
    const advice = "both must have the same number of features";
    throw new ShapeError(name, `${shapes} differ in their last axis`, advice);
  }
  if (k.shape.at(-2) === 0)
    throw new ShapeError(name, `there are no keys in ${showShape(k.shape)}`, "give at least one");
}

function checkValues(name: string, k: AnyTensor, v: AnyTensor): void {
  if (v.rank >= 2 && (k.rank < 2 || k.shape.at(-2) === v.shape.at(-2))) return;
  throw new ShapeError(
    name,
    `keys of ${showShape(k.shape)} and values of ${showShape(v.shape)} do not come in pairs`,
    "give keys of [..., S, E] and values of [..., S, V], with the same number of rows",
  );
}

const operandsOf = (name: string, operands: readonly AnyTensor[]): AnyTensor[] =>
  operands.map((operand, i) => {
    checkTensor(name, operand, i);
    return floats(name, operand, null);
  });

/** Signature of `attentionWeights`. */
export type AttentionWeights = <Q extends AnyTensor, K extends AnyTensor>(
  query: Q,
  key: K,
  options?: AttentionOptions,
) => Tensor<MatmulShape<Q, K, false, true>, FloatOf<Promote<OperandDType<Q>, OperandDType<K>>>>;

function weightsOf(name: string, q: AnyTensor, k: AnyTensor, options: AttentionOptions): AnyTensor {
  checkOptions(name, options, "mask", "causal", "scale");
  checkScores(name, q, k);
  const { mask, causal = false, scale = 1 / Math.sqrt(Math.max(q.shape.at(-1)!, 1)) } = options;
  const scores = mul(matmul(q, k, { transposeB: true }), scale) as AnyTensor;
  if (mask === undefined && !causal) return softmax(scores);
  const open = masked(name, scores, mask, causal);
  const isEmpty = equal(max(open, -1, { keepdims: true }), Number.NEGATIVE_INFINITY) as Bool;
  return where(isEmpty, 0, softmax(where(isEmpty, 0, open))) as AnyTensor;
}

/**
 * softmax(query·keyᵀ·scale): how much each query attends to each key, [..., L, S]; see `scaledDotProductAttention`, which sums
 * values by it. Rows sum to 1, but for those of a query that may attend to nothing, which are 0.
 * @throws ShapeError when the shapes do not fit; DTypeError for a mask of integers, or float32 with float64.
 * @example
 * attentionWeights(tensor([[0], [0]]), tensor([[1], [2]]), { causal: true }).toArray(); // [[1, 0], [0.5, 0.5]]
 */
export const attentionWeights: AttentionWeights = defineComposite<AttentionWeights>(
  {
    name: "attentionWeights",
    samples: [
      { args: [draw([2, 3]), draw([4, 3])] },
      { args: [draw([2, 3, 2]), draw([2, 4, 2]), { mask: draw([3, 4], { dtype: "bool" }), scale: 0.3 }] },
      { args: [draw([3, 2]), draw([3, 2]), { mask: draw([3, 3]), causal: true }] },
    ],
    errors: [
      {
        args: [draw([2, 3]), draw([4, 2])],
        error: ShapeError,
        message: /attentionWeights: queries of \[2, 3\] and keys of \[4, 2\] differ in their last axis/,
      },
      { args: [draw([2, 3]), draw([0, 3])], error: ShapeError, message: /there are no keys in \[0, 3\]/ },
    ],
  },
  (query: AnyTensor, key: AnyTensor, options: AttentionOptions = {}) => {
    const [q, k] = operandsOf("attentionWeights", [query, key]) as [AnyTensor, AnyTensor];
    return weightsOf("attentionWeights", q, k, options);
  },
);

/**
 * softmax(query·keyᵀ·scale)·value, for queries of [..., L, E], keys of [..., S, E] and values of [..., S, V], over batches that
 * broadcast (Vaswani et al., "Attention is all you need", 2017, equation 1). Mask and `causal` may be given together. A query
 * that may attend to nothing gives zeros, with a gradient of 0: the mean of no values would be NaN, which spreads to all
 * weights with the first gradient.
 * @throws ShapeError when the shapes do not fit; DTypeError for a mask of integers, or float32 with float64.
 * @example
 * const [q, k, v] = [tensor([[0], [0]]), tensor([[1], [2]]), tensor([[4], [8]])];
 * scaledDotProductAttention(q, k, v).toArray(); // [[6], [6]]
 * scaledDotProductAttention(q, k, v, { causal: true }).toArray(); // [[4], [6]]
 * scaledDotProductAttention(q, k, v, { mask: tensor([[false, true], [false, false]]) }).toArray(); // [[8], [0]]
 */
export const scaledDotProductAttention: Attention = defineComposite<Attention>(
  {
    name: "scaledDotProductAttention",
    samples: [
      { args: [draw([2, 3]), draw([4, 3]), draw([4, 2])] },
      { args: [draw([2, 3, 2]), draw([2, 4, 2]), draw([2, 4, 2]), { mask: draw([3, 4], { dtype: "bool" }) }] },
      { args: [draw([3, 2]), draw([2, 2]), draw([2, 1]), { mask: draw([3, 2]), causal: true, scale: 0.3 }] },
    ],
    errors: [
      {
        args: [draw([2, 3]), draw([4, 2]), draw([4, 2])],
        error: ShapeError,
        message: /scaledDotProductAttention: queries of \[2, 3\] and keys of \[4, 2\] differ in their last axis/,
      },
      {
        args: [draw([2, 3]), draw([4, 3]), draw([5, 2])],
        error: ShapeError,
        message: /scaledDotProductAttention: keys of \[4, 3\] and values of \[5, 2\] do not come in pairs/,
      },
      { args: [draw([3]), draw([4, 3]), draw([4, 3])], error: ShapeError, message: /are not all matrices/ },
      {
        args: [draw([2, 3]), draw([4, 3]), draw([4, 2]), { mask: draw([5, 2, 4], { dtype: "bool" }) }],
        error: ShapeError,
        message: /a mask of \[5, 2, 4\] does not stretch to the scores, \[2, 4\]/,
      },
      {
        args: [draw([2, 3]), draw([4, 3]), draw([4, 2]), { mask: draw([2, 4], { dtype: "int32" }) }],
        error: DTypeError,
        message: /a mask of int32 is neither bool nor float; compare it/,
      },
      {
        args: [draw([2, 3]), draw([4, 3]), draw([4, 2]), { isCausal: true }],
        error: ArgumentError,
        message: /there is no option "isCausal"; use mask, causal, scale/,
      },
    ],
  },
  (query: AnyTensor, key: AnyTensor, value: AnyTensor, options: AttentionOptions = {}) => {
    const name = "scaledDotProductAttention";
    const [q, k, v] = operandsOf(name, [query, key, value]) as [AnyTensor, AnyTensor, AnyTensor];
    checkValues(name, k, v);
    return matmul(weightsOf(name, q, k, options), v);
  },
);
