import { type AnyTensor, checkOptions, isTensor, type Key, key as keyOf, treeLeaves, treeMap } from "@tapegrad/core";
import { compareDerivatives } from "./derivative-checks.ts";
import { formatGradientReport } from "./format-gradient-report.ts";
import { GradientCheckError, type GradientReport } from "./gradient-report.ts";

export interface CheckOptions {
  /** Highest order of derivatives, 1 if not given. */
  readonly order?: 1 | 2;
  /** How many random directions, or each element by itself. */
  readonly directions?: number | "elementwise";
  /** Random numbers of the check: a key, or a seed; 1 if not given. */
  readonly key?: Key | number;
}

/** Checks the gradient of a function of a tree of tensors. */
export function checkGradients<T>(f: (at: T) => unknown, at: T, options: CheckOptions = {}): GradientReport {
  checkOptions("checkGradients", options, "order", "directions", "key");
  const { order = 1, key = 1 } = options;
  const xs = treeLeaves(at).flatMap(({ kind, value }) => (kind === "parameter" && isTensor(value) ? [value] : []));
  const flat = (tensors: readonly AnyTensor[]): AnyTensor[] => {
    const tree = treeMap(at, ({ value }) => tensors[xs.indexOf(value as AnyTensor)] ?? value) as T;
    return treeLeaves(f(tree)).flatMap(({ value }) => (isTensor(value) ? [value] : []));
  };
  const comparisons = compareDerivatives(flat, xs, typeof key === "number" ? keyOf(key) : key, order);
  const wrong = comparisons.filter(({ error, tolerance }) => !(error <= tolerance));
  return {
    verdict: wrong.length > 0 ? "fail" : "pass",
    order,
    paths: [],
    worst: null,
    kinks: [],
    resolvingPower: 0,
    evaluations: 0,
    problems: [],
  };
}

/**
 * As `checkGradients`, for tests.
 * @throws GradientCheckError, which holds the report, unless the verdict is "pass".
 */
export function assertGradients<T>(f: (at: T) => unknown, at: T, options: CheckOptions = {}): GradientReport {
  const report = checkGradients(f, at, options);
  if (report.verdict !== "pass") throw new GradientCheckError("assertGradients", report, formatGradientReport(report));
  return report;
}
