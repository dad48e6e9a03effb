import { isTensor, treeLeaves } from "@tapegrad/core";
import fc from "fast-check";
import { checkGradients } from "../check-gradients.ts";
import type { CheckOptions } from "../check-options.ts";
import { GradientCheckError } from "../gradient-report.ts";

/** A function and a point at which to check its gradient. */
export interface Checkable<T = unknown> {
  readonly f: (at: T) => unknown;
  readonly at: T;
}

/** Runs that may be inconclusive: this many, and this part of all. */
const SPARED = { count: 5, part: 0.1 } as const;

/**
 * The property that a function has the right gradient at all values of an arbitrary; or, for an arbitrary of functions with their points, as `tapes`,
 * `calls` and `models` are, that each has. For `fc.assert`, in any test runner; a failure is told by the report of `checkGradients`.
 * Where that is inconclusive the run is skipped, as long as this is rare.
 * @throws GradientCheckError (when it runs) for a wrong gradient, or when more than a tenth of the runs are inconclusive.
 * @example
 * fc.assert(gradientProperty((x) => sum(sin(x)), tensors()), { numRuns: 20 });
 * fc.assert(gradientProperty(tapes()), { numRuns: 20 });
 */
export function gradientProperty<T>(
  f: (at: T) => unknown,
  arbitrary: fc.Arbitrary<T>,
  options?: CheckOptions,
): fc.IProperty<[T]>;
export function gradientProperty<T>(
  arbitrary: fc.Arbitrary<Checkable<T>>,
  options?: CheckOptions,
): fc.IProperty<[Checkable<T>]>;
export function gradientProperty<T>(
  first: ((at: T) => unknown) | fc.Arbitrary<Checkable<T>>,
  second?: fc.Arbitrary<T> | CheckOptions,
  third?: CheckOptions,
): fc.IProperty<[T]> | fc.IProperty<[Checkable<T>]> {
  if (typeof first === "function") {
    const check = checker(third);
    return fc.property(second as fc.Arbitrary<T>, (at) => check(first, at));
  }
  const check = checker(second as CheckOptions | undefined);
  return fc.property(first, ({ f, at }) => check(f, at));
}

/** Checks one point after another, and keeps count of those that told nothing. */
function checker(options: CheckOptions | undefined): <T>(f: (at: T) => unknown, at: T) => void {
  let [runs, inconclusive, hasFailed] = [0, 0, false];
  return (f, at) => {
    if (!hasElements(at)) return;
    const report = checkGradients(f, at, options);
    runs++;
    if (report.verdict === "pass") return;
    if (report.verdict === "inconclusive") {
      inconclusive++;
      // Once a run has failed, fast-check looks for a simpler failure: one that tells nothing is none.
      const isRare = inconclusive <= Math.max(SPARED.count, SPARED.part * runs);
      if (isRare || hasFailed) fc.pre(false);
    }
    hasFailed = true;
    throw new GradientCheckError("gradientProperty", report);
  };
}

/** Whether there is anything to differentiate by: shapes may be empty. */
function hasElements(at: unknown): boolean {
  return treeLeaves(at).some(({ kind, value }) => kind === "parameter" && isTensor(value) && value.size > 0);
}
