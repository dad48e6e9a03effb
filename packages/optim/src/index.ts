/** Optimizers as pure functions over immutable state. */
export { type AdamHyper, type AdamOptions, adam, adamw } from "./adam.ts";
export { type Clipped, clipGradients } from "./clip.ts";
export { type Editable, edit } from "./edit.ts";
export { freeze, unfreeze } from "./freeze.ts";
export { defineOptimizer, type Optimizer, type OptimizerOptions, type StepScalars } from "./optimizer.ts";
export { matches } from "./patterns.ts";
export type { Rule, Scalars, Settled, Updated } from "./rule.ts";
export {
  type CosineOptions,
  constant,
  cosine,
  exponentialDecay,
  polynomialDecay,
  type Schedule,
  stepDecay,
} from "./schedule.ts";
export { type SgdHyper, type SgdOptions, sgd } from "./sgd.ts";
export type { Group, Hyper, OptimizerState, Slot } from "./state.ts";
export type { Stepped } from "./step-tensors.ts";
export { type Trained, type TrainingStep, type TrainingStepOptions, trainingStep } from "./training-step.ts";
