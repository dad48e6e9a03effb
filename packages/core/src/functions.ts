// Everything, without the methods: bundlers keep only what is imported.

export { type AnomalyOptions, detectAnomalies } from "./anomaly.ts";
export * from "./compile/index.ts";
export { allClose, type Tolerance } from "./composites/all-close.ts";
export * from "./composites/index.ts";
export { maskedSelect } from "./composites/indexing.ts";
export { type EntryCost, printCost, type TapeCost, tapeCost } from "./cost.ts";
export * from "./create.ts";
export type { DType, FloatDType, Storage } from "./dtype.ts";
export { dtypes, isFloat, toFloat } from "./dtype.ts";
export * from "./errors.ts";
export { printTape, tapeToDot, tapeToMermaid } from "./inspect.ts";
export { kernelsInUse, setThreads } from "./kernels/active.ts";
export { Key, key } from "./key.ts";
export {
  type Applied,
  type Batched,
  type Batching,
  type Call,
  type Checked,
  type CostOf,
  Draw,
  type DrawOptions,
  defineComposite,
  defineOp,
  draw,
  type ErrorSample,
  isChecked,
  type JointPullBack,
  type JointPushForward,
  type Op,
  type OpDef,
  type PullBack,
  type PushForward,
  type Sample,
  type TensorSpec,
} from "./op.ts";
export { defineBinary, defineUnary } from "./ops/elementwise.ts";
export * from "./ops/index.ts";
export { checkOptions } from "./options.ts";
export { type Listing, Program } from "./program.ts";
export { type Axes, broadcastShapes, type Shape, sameShape, showShape, sizeOf } from "./shape.ts";
export type * from "./signatures.ts";
export { type Entry, type Operation, Tape } from "./tape.ts";
export { type AnyTensor, abstract, isTensor, type Nested, Tensor } from "./tensor.ts";
export * from "./transforms/index.ts";
export { type At, type Leaf, type LeafKind, type Mapped, pathMatches, treeAt, treeLeaves, treeMap } from "./tree.ts";
