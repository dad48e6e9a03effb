import type { AnyTensor } from "@tapegrad/core/functions";
import { absoluteError } from "../../losses/absolute-error.ts";
import { targetsLike } from "../../losses/reduction.ts";
import { defineMetric, type Metric, meanOver, type Total, total } from "./metric.ts";

/**
 * The mean of |x − y| over all elements; see `absoluteError`.
 * @throws as `absoluteError`, but for empty batches.
 * @example
 * const metric = meanAbsoluteError();
 * metric.result(metric.update(metric.init(), tensor([1, 2]), tensor([1, 4]))); // 1
 */
export function meanAbsoluteError(): Metric<Total> {
  return meanOver("meanAbsoluteError", (predictions, targets) => {
    const errors = absoluteError(predictions, targets, { reduction: "none" }).data();
    return { sum: total(errors), count: errors.length };
  });
}

/** Targets and what is left of them. */
export interface Explained {
  readonly count: number;
  /** Of the targets. */
  readonly mean: number;
  /** Σ (y − mean)² */
  readonly spread: number;
  /** Σ (y − x)² */
  readonly residual: number;
}

/** Means and squares of two parts (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm", 1979). */
function merge(a: Explained, b: Explained): Explained {
  const count = a.count + b.count;
  if (a.count === 0 || b.count === 0) return a.count === 0 ? b : a;
  const apart = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (apart * b.count) / count,
    spread: a.spread + b.spread + (apart ** 2 * a.count * b.count) / count,
    residual: a.residual + b.residual,
  };
}

/**
 * The coefficient of determination; see `r2`.
 * @throws as `r2`.
 * @example
 * const metric = r2();
 * metric.result(metric.update(metric.init(), tensor([1, 2, 3]), tensor([1, 2, 4]))).toFixed(4); // "0.7857"
 */
export function r2(): Metric<Explained> {
  return defineMetric("r2", {
    init: () => ({ count: 0, mean: 0, spread: 0, residual: 0 }),
    update: (state, predictions: AnyTensor, targets: AnyTensor) => {
      const y = Array.from(targetsLike("r2", "predictions", predictions, targets).data());
      const x = predictions.data();
      const mean = total(y) / Math.max(y.length, 1);
      const spread = total(y.map((value) => (value - mean) ** 2));
      const residual = total(y.map((value, i) => (value - x[i]!) ** 2));
      return merge(state, { count: y.length, mean, spread, residual });
    },
    merge,
    result: ({ count, spread, residual }) => {
      if (count === 0) return Number.NaN;
      return spread === 0 ? Number(residual === 0) : 1 - residual / spread;
    },
  });
}
