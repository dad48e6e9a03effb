import { type CheckOptions, completeOptions } from "./check-options.ts";
import { blame } from "./engine/blame.ts";
import type { Examination } from "./engine/examine.ts";
import { flatGradient } from "./engine/given.ts";
import { inDouble } from "./engine/in-double.ts";
import { examineOrders } from "./engine/orders.ts";
import { Thrown } from "./engine/runs.ts";
import { subjectOf } from "./engine/subject.ts";
import { type Culprit, GradientCheckError, type GradientReport, type Problem } from "./gradient-report.ts";
import { reportOf } from "./report-of.ts";

export type { CheckOptions } from "./check-options.ts";

/**
 * Checks the gradient of any function of a tree of tensors: a model and its loss, an operation, a custom gradient. Difference quotients,
 * forward mode and reverse mode must agree along random directions within bounds that follow from truncation and rounding, measured on the
 * spot; a wrong gradient is tracked down to the parameter and the element. Results other than a scalar get random cotangents. The point
 * should not be special: gradients at random parameters show more than those at zeros.
 * @param f a function of the tree; returns a tensor, or a tree of tensors. It draws random numbers from keys in the tree only.
 * @param at where to check.
 * @returns a report, which prints as text: `pass`, `fail`, or `inconclusive` where the function is too noisy to tell.
 * @throws ArgumentError when there is nothing to check, or for unknown options; GradientError when the function returns no tensor of floats.
 * @example
 * const at = { w: tensor([[0.1, 0.2], [0.3, 0.4]], { dtype: "float64" }), b: tensor([1, 2], { dtype: "float64" }) };
 * const report = checkGradients(({ w, b }) => tanh(add(matmul(w, b), b)), at);
 * report.verdict; // "pass"
 * report.paths.map(({ path }) => path); // ["w", "b"]
 * report.resolvingPower < 1e-9; // true
 */
export function checkGradients<T>(f: (at: T) => unknown, at: T, options: CheckOptions = {}): GradientReport {
  const complete = completeOptions("checkGradients", options);
  const given = subjectOf(f, at, complete.frozen);
  const examinations: Examination[] = [];
  const problems: Problem[] = [];
  const culprits: Culprit[] = [];
  let [note, evaluations]: [string | null, number] = [null, 0];
  try {
    const double = complete.dtype === "float64" ? inDouble(given) : { subject: given, note: null, evaluations: 0 };
    ({ note, evaluations } = double);
    const gradient = complete.gradient === null ? null : flatGradient(complete.gradient, double.subject);
    examineOrders(double.subject, { ...complete, gradient }, examinations);
    if (complete.explain && complete.gradient === null) culprits.push(...culpritsIn(examinations));
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    problems.push({ kind: "throws", message: `${error.during} threw: ${error.message}` });
  }
  return reportOf({
    order: complete.order,
    modes: complete.modes,
    examinations,
    problems,
    culprits,
    note,
    evaluations,
  });
}

/** Operations to blame for a wrong gradient, by the order at which it is wrong. */
function culpritsIn(examinations: readonly Examination[]): Culprit[] {
  const at = examinations.findIndex(({ findings }) => findings.some(({ wrong }) => wrong !== null));
  return at === -1 ? [] : blame(examinations[0]!.context, at === 0 ? 1 : 2);
}

/**
 * As `checkGradients`, for tests.
 * @throws GradientCheckError, which holds the report and prints it, unless the verdict is "pass".
 * @example
 * assertGradients((x: Tensor) => mul(x, sin(x)), tensor([1, 2], { dtype: "float64" }), { order: 2 }).verdict; // "pass"
 */
export function assertGradients<T>(f: (at: T) => unknown, at: T, options: CheckOptions = {}): GradientReport {
  const report = checkGradients(f, at, options);
  if (report.verdict !== "pass") throw new GradientCheckError("assertGradients", report);
  return report;
}
