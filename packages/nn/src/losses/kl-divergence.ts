import {
  type AnyTensor,
  ArgumentError,
  checkOptions,
  div,
  equal,
  exp,
  log,
  mean,
  mul,
  type OperandShape,
  ShapeError,
  sub,
  sum,
  where,
} from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import { checkSome, type Loss, type Reduction, reduceBy, targetsLike } from "./reduction.ts";

/** `batchMean` divides the sum by the size of the first axis, which is the divergence per example. */
export type DivergenceReduction = Reduction | "batchMean";

export interface DivergenceOptions<R extends DivergenceReduction = DivergenceReduction> {
  /** The mean over all elements if not given, as in PyTorch; the divergence itself is summed over classes. */
  readonly reduction?: R;
  /** Whether the targets are logarithms too; not if not given. */
  readonly logTarget?: boolean;
}

/**
 * q (log q − log p), the elements of the divergence of p from q (Kullback and Leibler, "On information and sufficiency",
 * 1951). Where q is 0 the element is 0, and has no gradient with respect to q.
 * @param logProbabilities log p, floats of any shape, as of `logSoftmax`.
 * @param targets q, of the same shape; log q with `logTarget`.
 * @throws ShapeError for another shape, or the mean of an empty batch; DTypeError for logarithms that are no floats;
 * ArgumentError for an unknown reduction or option.
 * @example
 * const p = tensor([[0.5, 0.5]]);
 * klDivergence(log(p), tensor([[1, 0]]), { reduction: "batchMean" }).item(); // 0.6931471824645996
 */
export function klDivergence<P extends AnyTensor, Q extends AnyTensor, R extends DivergenceReduction = "mean">(
  logProbabilities: P,
  targets: Q & Demand<SameShapeVerdict<"klDivergence", OperandShape<P>, OperandShape<Q>>>,
  options: DivergenceOptions<R> = {},
): Loss<P, R extends Reduction ? R : "sum"> {
  const name = "klDivergence";
  checkOptions(name, options, "reduction", "logTarget");
  const logP: AnyTensor = logProbabilities;
  const q = targetsLike(name, "logarithms", logP, targets);
  const losses = options.logTarget ? fromLogarithms(logP, q) : fromProbabilities(logP, q);
  return reduce(name, losses, options.reduction) as Loss<P, R extends Reduction ? R : "sum">;
}

/** Another value stands in for a q of 0 before the logarithm, so that nothing infinite is multiplied by 0. */
function fromProbabilities(logP: AnyTensor, q: AnyTensor): AnyTensor {
  const isZero = equal(q, 0);
  return where(isZero, 0, mul(q, sub(log(where(isZero, 1, q)), where(isZero, 0, logP))));
}

function fromLogarithms(logP: AnyTensor, logQ: AnyTensor): AnyTensor {
  const isZero = equal(logQ, Number.NEGATIVE_INFINITY);
  const known = where(isZero, 0, logQ);
  return where(isZero, 0, mul(exp(known), sub(known, where(isZero, 0, logP))));
}

function reduce(name: string, losses: AnyTensor, reduction: DivergenceReduction = "mean"): AnyTensor {
  if (reduction === "batchMean") {
    if (losses.rank === 0) throw new ShapeError(name, "a scalar has no batch", 'use reduction "sum"');
    checkSome(name, losses);
    return div(sum(losses), losses.shape[0]!);
  }
  if (!["mean", "sum", "none"].includes(reduction)) {
    throw new ArgumentError(name, `"${reduction}" is no reduction`, "use mean, sum, none or batchMean");
  }
  return reduceBy(name, losses, reduction, mean);
}
