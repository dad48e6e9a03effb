import { TapegradError } from "@tapegrad/core";
import type { Mode } from "./engine/context.ts";
import { formatGradientReport } from "./format-gradient-report.ts";

/** `inconclusive`: the differences are too coarse to tell, which is never a pass. */
export type Verdict = "pass" | "fail" | "inconclusive";

/** What was found out about the gradient by one parameter. */
export interface PathReport {
  /** `layers.0.weight`; empty where the argument is the parameter itself. */
  readonly path: string;
  readonly shape: readonly number[];
  /** 1 for the gradient itself; 2 for its derivatives, by the parameters and by the cotangents that were pulled back. */
  readonly order: 1 | 2;
  readonly verdict: Verdict;
  /** The largest disagreement of two references, as a multiple of what truncation and rounding allow. */
  readonly multiple: number;
  /** The disagreement with the differences relative to the norm of this gradient; 0 where both vanish. */
  readonly relativeError: number;
  /** The smallest relative error of this gradient that would have been seen. */
  readonly resolvingPower: number;
  /** Whether the gradient is 0 as far as can be told. Its resolving power is then relative to the size of the results. */
  readonly vanishes: boolean;
  /** Which derivative is wrong by the differences; `"modes"` where forward and reverse mode differ and the differences cannot tell. */
  readonly wrong: "reverse" | "forward" | "modes" | null;
  /** What is wrong, in words, where that could be told. */
  readonly diagnosis: string | null;
  /** The element found to be wrong, where the gradient is. */
  readonly worst: ElementReport | null;
}

/** One element of a gradient, with both derivatives. */
export interface ElementReport {
  readonly path: string;
  /** Position along each axis. */
  readonly index: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  /** What `numeric` may be off by. */
  readonly tolerance: number;
  /** `analytic / numeric`. */
  readonly ratio: number;
}

/** A discrete decision that was taken otherwise beside the point than at it. */
export interface Kink {
  /** 2 for one of the pull-back only, which its entry is on the tape of. */
  readonly order: 1 | 2;
  /**
   * Position on the tape that the function records, from 0: of `record(f)(...).tape.entries`. What happens in a function with a gradient of its own has the
   * position of that.
   */
  readonly entry: number;
  readonly operation: string;
  /** Position along each axis of the decision. */
  readonly index: readonly number[];
  /** Whether the point itself lies on the kink. */
  readonly isTie: boolean;
}

/** An operation on the tape whose derivatives are wrong by itself, at the values that it was given. */
export interface Culprit {
  /** Position on the tape that the function records, from 0: of `record(f)(...).tape.entries`. */
  readonly entry: number;
  readonly operation: string;
  /** Which of its tensors, from 0; `null` where it is about the cotangent. */
  readonly argument: number | null;
  readonly diagnosis: string | null;
}

/** Something that a function or its gradient does not keep to. */
export interface Problem {
  readonly kind:
    | "accumulation"
    | "forward"
    | "kink"
    | "linearity"
    | "mutation"
    | "not finite"
    | "randomness"
    | "symmetry"
    | "throws";
  readonly message: string;
}

export interface GradientReport {
  readonly verdict: Verdict;
  readonly order: 1 | 2;
  /** References that were compared. */
  readonly modes: readonly Mode[];
  /** One for each parameter, in the order of the tree; at order 2 those of the second derivatives follow. */
  readonly paths: readonly PathReport[];
  /** The element that is most wrong, as a multiple of its tolerance. */
  readonly worst: ElementReport | null;
  /** Where a gradient is wrong, the operations that are to blame. */
  readonly culprits: readonly Culprit[];
  readonly kinks: readonly Kink[];
  /** Whether a point beside the one given was looked at, which lies on more kinks than can be told apart. */
  readonly isBeside: boolean;
  /** The largest disagreement with differences along one direction, relative to the norm of the gradient by all that was moved. */
  readonly relativeError: number;
  /** The largest of the paths: the relative error that would have been seen in each of them. */
  readonly resolvingPower: number;
  /** How often the function was evaluated, replays of its tape included. */
  readonly evaluations: number;
  /** Whether its tape was replayed, instead of calling it, at points beside the one that was checked. */
  readonly isReplayed: boolean;
  readonly problems: readonly Problem[];
  /**
   * The power of the step with which f(x + h·v) − f(x) − h·⟨g, v⟩ falls: 2 for a right gradient, 1 for a wrong one; `null` where the
   * function is linear along v, so that nothing is left.
   */
  readonly taylorSlope: number | null;
  /** The dtype that was computed with, and why, where it is not that of the parameters. */
  readonly dtype: "float64" | "float32";
  readonly dtypeNote: string | null;
  /** Operations on the tape whose forward mode is made of their reverse mode, so that the agreement of the two says little. */
  readonly dependent: readonly string[];
  /** The report as text. */
  toString(): string;
}

/** What Node's `console.log` calls. */
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** A report that prints as text. */
export function printable(report: Omit<GradientReport, "toString">): GradientReport {
  const text = (): string => formatGradientReport(report as GradientReport);
  return Object.defineProperties(report, { toString: { value: text }, [inspect]: { value: text } }) as GradientReport;
}

/** A gradient is wrong, or could not be told to be right. */
export class GradientCheckError extends TapegradError {
  readonly report: GradientReport;

  /** @internal Thrown by `assertGradients`. */
  constructor(operation: string, report: GradientReport, text: string = formatGradientReport(report)) {
    super(operation, text);
    this.report = report;
  }
}
