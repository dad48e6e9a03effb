// Arbitraries for fast-check (https://fast-check.dev). They shrink: shapes to fewer and shorter axes, values to 0 and ±1, tapes to the
// operation at fault.

export { calls, type OperationCall } from "./property/calls.ts";
export { type CotangentConstraints, cotangents } from "./property/cotangents.ts";
export { type Checkable, gradientProperty } from "./property/gradient-property.ts";
export {
  type LayerParameters,
  type ModelParameters,
  type ModelsOptions,
  models,
  type RandomModel,
} from "./property/models.ts";
export type { RandomTape } from "./property/random-tape.ts";
export { type BroadcastablePair, broadcastablePairs, type ShapeConstraints, shapes } from "./property/shapes.ts";
export { type TapesOptions, tapes } from "./property/tapes.ts";
export { type TensorConstraints, tensors } from "./property/tensors.ts";
