import {
  type AnyTensor,
  ArgumentError,
  add,
  clamp,
  div,
  log,
  mul,
  type OperandShape,
  ShapeError,
  sameShape,
  square,
  stopGradient,
  sub,
} from "@tapegrad/core/functions";
import type { Demand, SameShapeVerdict } from "../layer-types.ts";
import {
  checkNumber,
  dtypeLike,
  type Loss,
  type LossOptions,
  type Reduction,
  reduceLosses,
  targetsLike,
} from "./reduction.ts";

export interface GaussianOptions<R extends Reduction = Reduction> extends LossOptions<R> {
  /** Whether the constant log(2π)/2 is added; not if not given. */
  readonly full?: boolean;
  /** The least variance, 1e-6 if not given. */
  readonly eps?: number;
}

/**
 * (log v + (y − μ)²/v)/2 for a normal distribution of mean μ and variance v (Nix and Weigend, "Estimating the mean and
 * variance of the target probability distribution", 1994). The value takes a variance below eps for eps, the gradient
 * passes as if it had not been raised, as in PyTorch: a variance of 0 can still grow.
 * @param means μ, floats of any shape.
 * @param targets y, of the same shape.
 * @param variances v, of the same shape, or with a last axis of 1 for one variance per example.
 * @throws ShapeError for another shape, or the mean of an empty batch; DTypeError for means that are no floats;
 * ArgumentError for a variance below 0, or an eps that is not above 0.
 * @example
 * gaussianNegativeLogLikelihood(tensor([0, 1]), tensor([2, 1]), tensor([1, 1])).item(); // 1
 */
export function gaussianNegativeLogLikelihood<
  X extends AnyTensor,
  Y extends AnyTensor,
  V extends AnyTensor,
  R extends Reduction = "mean",
>(
  means: X,
  targets: Y & Demand<SameShapeVerdict<"gaussianNegativeLogLikelihood", OperandShape<X>, OperandShape<Y>>>,
  variances: V,
  options: GaussianOptions<R> = {},
): Loss<X, R> {
  const name = "gaussianNegativeLogLikelihood";
  const x: AnyTensor = means;
  const y = targetsLike(name, "means", x, targets);
  const v = dtypeLike(name, "means", x, variances, "variances");
  checkVariances(name, x, v);
  const eps = options?.eps ?? 1e-6;
  checkNumber(name, "eps", eps, eps > 0, "a number above 0");
  const raised = add(v, stopGradient(sub(clamp(v, eps, null), v)));
  const losses = mul(add(log(raised), div(square(sub(x, y)), raised)), 0.5);
  const shifted = options?.full ? add(losses, Math.log(2 * Math.PI) / 2) : losses;
  return reduceLosses(name, shifted, options, "full", "eps") as Loss<X, R>;
}

function checkVariances(name: string, means: AnyTensor, variances: AnyTensor): void {
  const onePerExample = [...means.shape.slice(0, -1), ...(means.rank > 0 ? [1] : [])];
  if (!sameShape(variances.shape, means.shape) && !sameShape(variances.shape, onePerExample)) {
    const problem = `means are [${means.shape.join(", ")}], variances [${variances.shape.join(", ")}]`;
    throw new ShapeError(name, problem, `give variances of the same shape, or of [${onePerExample.join(", ")}]`);
  }
  if (variances.isAbstract) return;
  for (const variance of variances.data()) {
    if (variance < 0) throw new ArgumentError(name, `a variance is ${variance}`, "give softplus or exp of the output");
  }
}
