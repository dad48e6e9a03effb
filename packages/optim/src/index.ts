/** Optimizers as pure functions over immutable state. */

export { accumulate } from "./accumulate.ts";
export { type AdadeltaHyper, type AdadeltaOptions, adadelta } from "./adadelta.ts";
export { type AdafactorHyper, type AdafactorOptions, adafactor } from "./adafactor.ts";
export { type AdagradHyper, type AdagradOptions, adagrad } from "./adagrad.ts";
export { type AdamHyper, type AdamOptions, adam, adamw } from "./adam.ts";
export { adamax } from "./adamax.ts";
export { averaged, ema, swa } from "./averages.ts";
export { chain } from "./chain.ts";
export { type ClipOptions, type Clipped, clipGradients } from "./clip.ts";
export { clipByGlobalNorm, clipByNorm, clipByValue } from "./clip-by.ts";
export { product, sequential, warmup } from "./combine-schedules.ts";
export { type Comparison, compare, type TensorChange, type ValueChange } from "./compare.ts";
export { type CosineOptions, type CosineRestartsOptions, cosine, cosineRestarts } from "./cosine.ts";
export { type Editable, edit } from "./edit.ts";
export { freeze, unfreeze } from "./freeze.ts";
export { addDecayedWeights, addNoise, centralize, maximize, type NoiseOptions } from "./gradient-transformations.ts";
export { type History, type HistoryOptions, history, type Moment, recall, remember } from "./history.ts";
export { type Lbfgs, type LbfgsOptions, type LbfgsState, lbfgs, type ValueAndGradient } from "./lbfgs.ts";
export { type LionHyper, type LionOptions, lion } from "./lion.ts";
export { type LookaheadHyper, lookahead } from "./lookahead.ts";
export { type Minimized, type MinimizeOptions, minimize } from "./minimize.ts";
export type { MomentsHyper, MomentsOptions } from "./moments.ts";
export { type MuonHyper, type MuonOptions, muon } from "./muon.ts";
export { type NadamHyper, type NadamOptions, nadam } from "./nadam.ts";
export { type OneCycleOptions, oneCycle } from "./one-cycle.ts";
export { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
export { type Match, matches } from "./patterns.ts";
export { type Plateau, type PlateauOptions, type PlateauState, plateau } from "./plateau.ts";
export { project } from "./project.ts";
export { radam } from "./radam.ts";
export { fork, redo, rewind, undo } from "./rewind.ts";
export { type RmspropHyper, type RmspropOptions, rmsprop } from "./rmsprop.ts";
export { type RpropHyper, type RpropOptions, rprop } from "./rprop.ts";
export type { Rule, Scalars, Settled, Updated } from "./rule.ts";
export type { ScalarsByPath, StepScalars } from "./scalars.ts";
export {
  constant,
  exponentialDecay,
  inverseSquareRoot,
  linear,
  multistepDecay,
  polynomialDecay,
  type Schedule,
  stepDecay,
} from "./schedule.ts";
export { type SgdHyper, type SgdOptions, sgd } from "./sgd.ts";
export type { ChainEntry, Group, Hyper, OptimizerState, Slot } from "./state.ts";
export type { Stepped } from "./step-tensors.ts";
export { type Trained, type TrainingStep, trainingStep } from "./training-step.ts";
export type { Context, Passed, Timed, Transformation } from "./transformation.ts";
