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
  type ElementReport,
  GradientCheckError,
  type GradientReport,
  type Kink,
  type PathReport,
  type Problem,
  type Verdict,
} from "./gradient-report.ts";
export { type NumericalOptions, numericalGradient } from "./numerical-gradient.ts";
export { relativeDifference } from "./relative-difference.ts";
