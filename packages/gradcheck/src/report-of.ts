import type { OpDef } from "@tapegrad/core";
import type { Context, Mode } from "./engine/context.ts";
import { isCovered } from "./engine/coverage.ts";
import type { Examination } from "./engine/examine.ts";
import type { Finding } from "./engine/findings.ts";
import type { Judged } from "./engine/judge.ts";
import type { Located } from "./engine/locate.ts";
import { taylorSlopeOf } from "./engine/taylor.ts";
import {
  type Culprit,
  type ElementReport,
  type GradientReport,
  type Kink,
  type PathReport,
  type Problem,
  printable,
  type Verdict,
} from "./gradient-report.ts";
import { positionOf } from "./position-of.ts";

interface Outcome {
  readonly order: 1 | 2;
  readonly modes: ReadonlySet<Mode>;
  /** One for each order that was come to. */
  readonly examinations: readonly Examination[];
  /** What was met beside them. */
  readonly problems: readonly Problem[];
  readonly culprits: readonly Culprit[];
  readonly note: string | null;
  /** Beside those of the examinations. */
  readonly evaluations: number;
}

/** What the examinations came to, as a report. */
export function reportOf({
  order,
  modes,
  examinations,
  problems,
  culprits,
  note,
  evaluations,
}: Outcome): GradientReport {
  const paths = examinations.flatMap(({ context, findings }, i) =>
    findings.map((finding) => pathReport(context, finding, i === 0 ? 1 : 2)),
  );
  const all = [...examinations.flatMap(({ context }) => context.problems), ...problems];
  const elements = paths.flatMap(({ worst }) => (worst === null ? [] : [worst]));
  const first = examinations[0];
  const trial = first?.judged[0]?.trial;
  const largest = (of: (path: PathReport) => number): number =>
    paths.reduce((most, path) => Math.max(most, of(path)), 0);
  return printable({
    verdict: verdictOf(paths, all),
    order,
    modes: [...modes],
    paths,
    worst: elements.reduce<ElementReport | null>(
      (most, one) => (most === null || timesOf(one) > timesOf(most) ? one : most),
      null,
    ),
    culprits,
    kinks: kinksIn(examinations),
    relativeError: examinations
      .flatMap(({ judged }) => judged)
      .reduce((most, one) => Math.max(most, relativeErrorOf(one)), 0),
    resolvingPower: largest(({ resolvingPower }) => resolvingPower),
    evaluations: examinations.reduce((sum, { context }) => sum + context.runs.count, evaluations),
    isReplayed: examinations.some(({ context }) => context.runs.isReplayed),
    problems: all,
    taylorSlope: first === undefined || trial === undefined ? null : taylorSlopeOf(first.context, trial),
    dtype: first?.context.precision.name ?? "float64",
    isBeside: examinations.some(({ isBeside }) => isBeside),
    dtypeNote: note,
    dependent: first === undefined ? [] : dependentOf(first.context),
  });
}

/** The kinks that were met first: those of the second order are mostly the same again, by their places on a longer tape. */
function kinksIn(examinations: readonly Examination[]): Kink[] {
  const at = examinations.findIndex(({ context }) => context.kinks.length > 0);
  return at === -1 ? [] : examinations[at]!.context.kinks.map((kink) => ({ order: at === 0 ? 1 : 2, ...kink }));
}

/** The error along one direction, relative to the norm of what was moved; 0 where that vanishes. */
function relativeErrorOf({ error, numeric, trial }: Judged): number {
  return error === 0 || trial.norm <= (numeric[0]?.tolerance ?? 0) ? 0 : error / trial.norm;
}

function verdictOf(paths: readonly PathReport[], problems: readonly Problem[]): Verdict {
  const has = (verdict: Verdict): boolean => paths.some((path) => path.verdict === verdict);
  if (problems.length > 0 || has("fail")) return "fail";
  return has("inconclusive") ? "inconclusive" : "pass";
}

const timesOf = ({ analytic, numeric, tolerance }: ElementReport): number => Math.abs(analytic - numeric) / tolerance;

function pathReport(context: Context, finding: Finding, order: 1 | 2): PathReport {
  const { block, wrong, multiple, relativeError, resolving, vanishes, diagnosis, worst } = finding;
  const verdict = wrong !== null ? "fail" : isCovered(context, finding) ? "pass" : "inconclusive";
  const modes =
    wrong === "forward" ? "forward mode is wrong, and reverse mode is right" : "forward and reverse mode differ";
  return {
    path: block.path,
    shape: block.shape,
    order,
    verdict,
    multiple,
    relativeError,
    resolvingPower: resolving,
    vanishes,
    wrong,
    diagnosis: wrong === null ? null : wrong === "reverse" ? diagnosis : modes,
    worst: worst === null ? null : elementReport(context, worst),
  };
}

function elementReport(context: Context, { coordinate, analytic, numeric }: Located): ElementReport {
  const { path, shape, start } = context.blockOf(coordinate);
  const { value, tolerance } = numeric;
  return {
    path,
    index: positionOf(coordinate - start, shape),
    analytic,
    numeric: value,
    tolerance,
    ratio: analytic / value,
  };
}

/** Operations on the tape with a reverse rule and no forward rule of their own. */
function dependentOf({ runs }: Context): string[] {
  const names = runs.tape.entries.flatMap(({ operation }) => {
    const { name, vjp, jvp } = operation as OpDef;
    return vjp !== undefined && jvp === undefined ? [name] : [];
  });
  return [...new Set(names)];
}
