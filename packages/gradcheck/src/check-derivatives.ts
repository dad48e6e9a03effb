import { type AnyTensor, foldIn, type Key } from "@tapegrad/core";
import type { Multivariate } from "./derivative-checks.ts";
import type { Mode } from "./engine/context.ts";
import { isCovered } from "./engine/coverage.ts";
import { type Examination, type ExamineOptions, examine } from "./engine/examine.ts";
import { Thrown } from "./engine/runs.ts";
import { checkSymmetry, secondOrderOf } from "./engine/second-order.ts";
import { blocksOf, lengthOf, type Subject } from "./engine/subject.ts";

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
  const options: Omit<ExamineOptions, "key"> = {
    directions: 1,
    modes: new Set(modes),
    budget: BUDGET,
    explain: true,
    cotangents: null,
    gradient: null,
  };
  let subject: Subject = {
    inputs: blocksOf(
      xs,
      xs.map((_, i) => String(i)),
    ),
    at: xs,
    run: f,
    outputPaths: () => [],
  };
  for (let at = 1; at <= order; at++) {
    const found = examined(subject, { ...options, key: foldIn(key, at) });
    if (found instanceof Thrown) {
      expect(false, () => `${found.during} threw: ${found.message}`);
      return;
    }
    if (at === 2 && modes.includes("forward") && modes.includes("reverse")) {
      checkSymmetry(found.context, lengthOf(blocksOf(xs, [])));
    }
    const of = " of the pull-back".repeat(at - 1);
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
    if (found.findings.some(({ wrong }) => wrong !== null)) return;
    subject = secondOrderOf(found);
  }
}

function examined(subject: Subject, options: ExamineOptions): Examination | Thrown {
  try {
    return examine(subject, options);
  } catch (error) {
    if (error instanceof Thrown) return error;
    throw error;
  }
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
