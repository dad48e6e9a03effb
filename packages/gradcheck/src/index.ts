export { type CheckEveryOptions, checkEvery, type SampledCheck } from "./check-every.ts";
export { assertGradients, checkGradients } from "./check-gradients.ts";
export { type CheckOpsOptions, checkOps, formatOpsReport, type OpFailure, type OpsReport } from "./check-ops.ts";
export type { CheckOptions } from "./check-options.ts";
export {
  type CheckedElement,
  type ClassicOptions,
  type ClassicReport,
  classicCheck,
  formatClassicReport,
} from "./classic.ts";
export { type Flattened, flattenGradient, flattenParameters, type Segment } from "./flatten.ts";
export { formatGradientReport } from "./format-gradient-report.ts";
export {
  type Culprit,
  type ElementReport,
  GradientCheckError,
  type GradientReport,
  type Kink,
  type PathReport,
  type Problem,
  type Verdict,
} from "./gradient-report.ts";
export {
  type Equivalent,
  type KillRateOptions,
  type KillReport,
  killRate,
  type OperationKills,
  type Survivor,
  type Tally,
} from "./kill-rate.ts";
export type { Size } from "./kill-rate-calls.ts";
export { formatKillReport, killRateOf } from "./kill-rate-format.ts";
export type { MutationKind } from "./mutate-kinds.ts";
export { mutationsOf } from "./mutate-list.ts";
export { describeMutation, type Mutation, mutateRule } from "./mutate-rule.ts";
export { type NumericalOptions, numericalGradient } from "./numerical-gradient.ts";
export { relativeDifference } from "./relative-difference.ts";
