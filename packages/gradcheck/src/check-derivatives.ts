import type { AnyTensor, Key } from "@tapegrad/core";
import type { Multivariate } from "./derivative-checks.ts";
import type { Mode } from "./engine/context.ts";
import { isCovered } from "./engine/coverage.ts";
import type { Examination } from "./engine/examine.ts";
import { examineOrders, type OrdersOptions } from "./engine/orders.ts";
import { Thrown } from "./engine/runs.ts";
import { blocksOf } from "./engine/subject.ts";

/** Takes note of a check; the message is asked for if it does not hold. */
export type Expect = (holds: boolean, message: () => string) => void;

export interface DerivativesOptions {
  readonly key: Key;
  /** Highest order of derivatives. */
  readonly order: number;
  /** References that must agree, all three if not given. */
  readonly modes?: readonly Mode[];
}

/** Evaluations of a function of one operation after which nothing more is looked for. */
const BUDGET = 400;

/**
 * Checks a function of tensors of float64 at each order: at order 2 and above its pull-back is checked in the same way, as a function of
 * the arguments and of the cotangents.
 */
export function checkDerivatives(
  f: Multivariate,
  xs: readonly AnyTensor[],
  { key, order, modes = ["numeric", "forward", "reverse"] }: DerivativesOptions,
  expect: Expect,
): void {
  if (xs.every(({ size }) => size === 0)) return;
  const paths = xs.map((_, i) => String(i));
  const subject = { inputs: blocksOf(xs, paths), at: xs, run: f, outputPaths: () => [] };
  const options: OrdersOptions = {
    order,
    directions: 1,
    modes: new Set(modes),
    budget: BUDGET,
    key,
    explain: true,
    cotangents: null,
    gradient: null,
  };
  const examinations: Examination[] = [];
  let thrown: Thrown | null = null;
  try {
    examineOrders(subject, options, examinations);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    thrown = error;
  }
  examinations.forEach((examination, i) => {
    expectRight(examination, " of the pull-back".repeat(i), expect);
  });
  if (thrown !== null) expect(false, () => `${thrown.during} threw: ${thrown.message}`);
}

function expectRight(found: Examination, of: string, expect: Expect): void {
  const { problems } = found.context;
  expect(problems.length === 0, () => problems.map(({ kind, message }) => `${kind}${of}: ${message}`).join("; "));
  if (problems.length > 0) return;
  found.findings.forEach((finding, argument) => {
    expect(finding.wrong === null, () => wrongText(found, argument, of));
    expect(
      isCovered(found.context, finding),
      () => `argument ${argument}: the differences${of} are too coarse to tell`,
    );
  });
}

function wrongText({ findings, judged }: Examination, argument: number, of: string): string {
  const { wrong, worst, multiple, diagnosis } = findings[argument]!;
  // Without differences nobody knows which mode is wrong: forward mode is held against reverse mode.
  const [first] = judged.flatMap(({ disagreements }) => disagreements);
  const values =
    worst !== null
      ? `: expected ${worst.numeric.value}, got ${worst.analytic}`
      : `: expected ${first?.expected.value}, got ${first?.actual.value}`;
  const cause = diagnosis === null ? "" : `; ${diagnosis}`;
  const mode = wrong === "modes" ? "forward" : wrong;
  return `${mode}${of}, argument ${argument}${values} (${multiple.toExponential(1)} times what is allowed${cause})`;
}
