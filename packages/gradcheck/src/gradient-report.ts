import { TapegradError } from "@tapegrad/core";

/** `inconclusive`: the differences are too noisy to tell, which is never a pass. */
export type Verdict = "pass" | "fail" | "inconclusive";

/** What was found out about the gradient by one parameter. */
export interface PathReport {
  /** `layers.0.weight`; empty where the argument is the parameter itself. */
  readonly path: string;
  readonly shape: readonly number[];
  readonly verdict: Verdict;
  /** The largest disagreement of two references, as a multiple of what rounding and truncation allow. */
  readonly multiple: number;
  /** The same disagreement relative to the norm of the gradient by this parameter; 0 where both vanish. */
  readonly relativeError: number;
  /** The smallest relative error of this gradient that would have been seen. */
  readonly resolvingPower: number;
  /** What is wrong, in words, where that could be told. */
  readonly diagnosis: string | null;
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

/** A decision that is taken otherwise at a point of the differences than at the point that is checked. */
export interface Kink {
  /** Position on the tape. */
  readonly entry: number;
  readonly operation: string;
  /** Position along each axis of the decision. */
  readonly index: readonly number[];
  /** Whether the point itself lies on the kink, rather than beside it. */
  readonly isTie: boolean;
}

/** Something that a function or its gradient does not keep to. */
export interface Problem {
  readonly kind:
    | "forward"
    | "linearity"
    | "accumulation"
    | "symmetry"
    | "mutation"
    | "randomness"
    | "shape"
    | "not finite"
    | "throws"
    | "kink"
    | "budget";
  readonly message: string;
}

export interface GradientReport {
  readonly verdict: Verdict;
  readonly order: 1 | 2;
  /** One for each parameter, in the order of the tree; at order 2 those of the pull-back's arguments follow. */
  readonly paths: readonly PathReport[];
  /** The element that is most wrong, where the gradient is. */
  readonly worst: ElementReport | null;
  readonly kinks: readonly Kink[];
  /** The largest of the paths: the relative error that would have been seen everywhere. */
  readonly resolvingPower: number;
  /** How often the function was evaluated. */
  readonly evaluations: number;
  readonly problems: readonly Problem[];
}

/** A gradient is wrong, or could not be told to be right. */
export class GradientCheckError extends TapegradError {
  readonly report: GradientReport;

  /** @internal Thrown by `assertGradients`. */
  constructor(operation: string, report: GradientReport, text: string) {
    super(operation, text);
    this.report = report;
  }
}
