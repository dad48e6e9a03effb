import { ArgumentError, type Key } from "@tapegrad/core";
import { checkAllFinite } from "./anomalies.ts";
import { Context, type Mode } from "./context.ts";
import { cover } from "./coverage.ts";
import { drawCotangents, drawDirection } from "./directions.ts";
import { examineElements } from "./elementwise.ts";
import { type Finding, findingsOf } from "./findings.ts";
import { flatCotangents } from "./given.ts";
import type { Judged } from "./judge.ts";
import { checkUntouched, pullBackAll } from "./protocol.ts";
import { Reverse } from "./references.ts";
import { Runs, Thrown } from "./runs.ts";
import { type Subject, unflatten } from "./subject.ts";

export interface ExamineOptions {
  /** As many as fit the size of the function if `null`. */
  readonly directions: number | "elementwise" | null;
  readonly modes: ReadonlySet<Mode>;
  readonly budget: number;
  readonly key: Key;
  /** Whether to look for the place and the kind of a mistake. */
  readonly explain: boolean;
  /** In the structure of the results; drawn if `null`. */
  readonly cotangents: unknown;
  /** A gradient to be judged in place of the one of reverse mode, flat. */
  readonly gradient: Float64Array | null;
}

/** What one order of derivatives came to. */
export interface Examination {
  readonly context: Context;
  readonly findings: readonly Finding[];
  readonly judged: readonly Judged[];
  /** Whether another point was looked at, off the kinks that the one given lies on. */
  readonly isBeside: boolean;
}

/** Compares the derivatives of a function by all references. */
export function examine(subject: Subject, options: ExamineOptions): Examination {
  const found = examineAt(subject, options);
  const { context } = found;
  if (!context.isCrowded || options.gradient !== null) return found;
  // Where the point lies on more kinks than can be told apart, one beside it shows whether the rules are right.
  const beside = examineAt(besideOf(context), { ...options, key: context.nextKey() });
  beside.context.runs.count += context.runs.count;
  for (const problem of context.problems) beside.context.report(problem);
  beside.context.kinks.unshift(...context.kinks);
  return { ...beside, isBeside: true };
}

/** How far a point is moved off its kinks, relatively. */
const BESIDE = 2 ** -6;

function besideOf(context: Context): Subject {
  const { given, x } = context.runs;
  const moves = drawDirection(x, context.scales, context.precision, context.nextKey());
  return {
    ...given,
    at: unflatten(
      x.map((value, i) => value + BESIDE * moves[i]!),
      given.inputs,
    ),
  };
}

function examineAt(subject: Subject, options: ExamineOptions): Examination {
  const context = new Context(new Runs(subject), options.modes, options.budget, options.key);
  try {
    return examineIn(context, options);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    context.report({ kind: "throws", message: `${error.during} threw: ${error.message}` });
    return nothingIn(context);
  }
}

function examineIn(
  context: Context,
  { directions, modes, explain, gradient, cotangents }: ExamineOptions,
): Examination {
  const { runs } = context;
  const { length } = runs.values;
  const [drawn, spanning] = drawCotangents(runs.values, runs.outputs, context.nextKey(), runs.subject.sizes);
  const given = cotangents === null ? null : flatCotangents(cotangents, runs.outputs);
  if (gradient === null) {
    // Of a scalar the derivatives are shown as they are.
    const own = length === 1 ? Float64Array.of(1) : drawn;
    context.cotangents = length > 1 ? [given ?? own, spanning] : [given ?? own];
  } else {
    refuseUnlessScalar(length);
    context.cotangents = [Float64Array.of(1)];
    context.gradients = [gradient];
  }
  const reverse = modes.has("reverse") && gradient === null ? new Reverse(runs) : null;
  if (reverse !== null) pullBackAll(context, reverse);
  const isHopeless = context.problems.some(({ kind }) => kind === "randomness" || kind === "mutation");
  if (isHopeless || !checkAllFinite(context)) return nothingIn(context);

  const isElementwise = directions === "elementwise" && context.gradients.length > 0;
  const { covered, judged } = cover(
    context,
    typeof directions === "number" ? directions : isElementwise || context.isLarge ? 1 : 2,
  );
  const findings = isElementwise
    ? examineElements(context, judged)
    : findingsOf(context, covered, judged, reverse, explain);
  checkUntouched(context);
  return { context, findings, judged, isBeside: false };
}

function refuseUnlessScalar(length: number): void {
  if (length === 1) return;
  const problem = `a gradient was given for results of ${length} elements`;
  throw new ArgumentError("checkGradients", problem, "check the gradient of a scalar");
}

/** Nothing is known of any input. */
function nothingIn(context: Context): Examination {
  const findings = context.runs.subject.inputs.map((block) => ({
    block,
    resolving: Number.POSITIVE_INFINITY,
    vanishes: false,
    multiple: 0,
    relativeError: 0,
    wrong: null,
    diagnosis: null,
    worst: null,
  }));
  return { context, findings, judged: [], isBeside: false };
}
