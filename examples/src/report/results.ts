import type { GradientCheckingResult } from "../01-gradient-checking.ts";
import type { InitializationResult } from "../02-initialization.ts";
import type { RegularizationResult } from "../03-regularization.ts";
import type { DigitsResult } from "../04-digits.ts";

/** What a run of the examples came to; those that were not asked for are missing. */
export interface DemoResults {
  readonly gradientCheck?: GradientCheckingResult;
  readonly initialization?: InitializationResult;
  readonly regularization?: RegularizationResult;
  readonly digits?: DigitsResult;
  /** Shortened: the numbers are not the published ones. */
  readonly quick: boolean;
  readonly seconds: number;
}
