/**
 * The public signatures of operations. Each operation attaches one of these families with the cast that `defineOp`
 * makes, as in `export const add: Binary<"add"> = defineOp<Binary<"add">>({ ... })`; `Name` goes into messages.
 *
 * A method is its function's signature with the first argument as `this`, and the same checks and results:
 *
 *     interface Tensor<S, D> {
 *       add<T extends AnyTensor, B extends Operand>(
 *         this: T,
 *         other: B & BinaryCheck<"add", T, B>,
 *       ): Tensor<BinaryShape<T, B>, Arithmetic<BinaryDType<T, B>>>;
 *     }
 *
 * Said of `this` rather than of S and D, it leaves the variance of Tensor alone, and unions of tensors have it too.
 * Results are written out as `Tensor<...>`: an alias for the whole would hide the shape in editors and messages.
 */
import type * as axis from "./axis-types.ts";
import type { AxesVerdict, AxisVerdict, Reduced } from "./axis-types.ts";
import type { DType, Storage } from "./dtype.ts";
import type { Arithmetic, FloatOf, Promote, PromoteAll, SumOf } from "./dtype-types.ts";
import type * as layout from "./layout-types.ts";
import type { Range } from "./layout-types.ts";
import type { Linear as LinearShape } from "./linalg-types.ts";
import type {
  BiasCheck,
  BinaryCheck,
  BinaryDType,
  BinaryShape,
  BoolCheck,
  ConcatCheck,
  GatherCheck,
  IndexCheck,
  LogicalCheck,
  MatmulCheck,
  MatmulShape,
  OperandDType,
  OperandDTypes,
  OperandShape,
  OperandShapes,
  StackCheck,
  WeightCheck,
  WhereCheck,
} from "./operand-types.ts";
import type { Axes, Shape } from "./shape.ts";
import type { Both, Broadcast, BroadcastToVerdict, Demand } from "./shape-types.ts";
import type { AnyTensor, Tensor } from "./tensor.ts";
import type { DTypeOf, NestedValues, NestedVerdict, ShapeOfNested } from "./values-types.ts";

export type * from "./operand-types.ts";
export type { DTypeOf, NestedValues, Range, ShapeOfNested };

/** What operations that broadcast take: a JavaScript number takes the dtype of the tensor beside it. */
export type Operand = AnyTensor | number;
/** What logical operations take. */
export type BoolOperand = AnyTensor | boolean;

// ── Elementwise, one operand ──

/** exp, log, tanh, ...: integers give float32. */
export type FloatUnary = <X extends AnyTensor>(x: X) => Tensor<OperandShape<X>, FloatOf<OperandDType<X>>>;
/** neg, abs, sign, relu, ...: the dtype stays, but a bool counts as an int32. */
export type SameUnary = <X extends AnyTensor>(x: X) => Tensor<OperandShape<X>, Arithmetic<OperandDType<X>>>;
/** isNaN, isFinite, ...: a tensor of bool. */
export type Predicate = <X extends AnyTensor>(x: X) => Tensor<OperandShape<X>, "bool">;
/** alias, stopGradient, ...: shape and dtype stay. */
export type Identity = <X extends AnyTensor>(x: X) => Tensor<OperandShape<X>, OperandDType<X>>;
/** The same values in another dtype. */
export type Cast = <X extends AnyTensor, E extends DType>(x: X, dtype: E) => Tensor<OperandShape<X>, E>;
/** Values between bounds; `null` for no bound. */
export type Clamp = <X extends AnyTensor>(
  x: X,
  low: number | null,
  high: number | null,
) => Tensor<OperandShape<X>, Arithmetic<OperandDType<X>>>;
/** softmax, logSoftmax, ...: along one axis, the last if not given; the shape stays, integers give float32. */
export type FloatAlongAxis<Name extends string> = <X extends AnyTensor, A extends number = -1>(
  x: X,
  axis?: A & Demand<AxisVerdict<Name, OperandShape<X>, A>>,
) => Tensor<OperandShape<X>, FloatOf<OperandDType<X>>>;

/** cumsum, cumprod, ...: along one axis; bool and uint8 give int32. */
export type AlongAxis<Name extends string, Options = never> = <X extends AnyTensor, A extends number = 0>(
  x: X,
  axis?: A & Demand<AxisVerdict<Name, OperandShape<X>, A>>,
  options?: Options,
) => Tensor<OperandShape<X>, SumOf<OperandDType<X>>>;

// ── Elementwise, operands that broadcast ──

/** add, sub, mul, maximum, power, ... */
export type Binary<Name extends string> = <A extends Operand, B extends Operand>(
  a: A,
  b: B & BinaryCheck<Name, A, B>,
) => Tensor<BinaryShape<A, B>, Arithmetic<BinaryDType<A, B>>>;
/** maximum, minimum, if they keep bool: as `Binary`, but a bool stays one. */
export type SameBinary<Name extends string> = <A extends Operand, B extends Operand>(
  a: A,
  b: B & BinaryCheck<Name, A, B>,
) => Tensor<BinaryShape<A, B>, BinaryDType<A, B>>;
/** div: integers give float32. */
export type FloatBinary<Name extends string> = <A extends Operand, B extends Operand>(
  a: A,
  b: B & BinaryCheck<Name, A, B>,
) => Tensor<BinaryShape<A, B>, FloatOf<BinaryDType<A, B>>>;
/** equal, less, ...: a tensor of bool. */
export type Comparison<Name extends string> = <A extends Operand, B extends Operand>(
  a: A,
  b: B & BinaryCheck<Name, A, B>,
) => Tensor<BinaryShape<A, B>, "bool">;

/** logicalAnd, logicalOr, ...: bool in and out. */
export type Logical<Name extends string> = <A extends BoolOperand, B extends BoolOperand>(
  a: A & BoolCheck<Name, A>,
  b: B & LogicalCheck<Name, A, B>,
) => Tensor<BinaryShape<A, B>, "bool">;

/** logicalNot: bool in and out. */
export type LogicalUnary<Name extends string> = <X extends AnyTensor>(
  x: X & BoolCheck<Name, X>,
) => Tensor<OperandShape<X>, "bool">;

/** Elements of `a` where the condition holds, else of `b`. */
export type Where = <C extends BoolOperand, A extends Operand | boolean, B extends Operand | boolean>(
  condition: C & BoolCheck<"where", C>,
  a: A,
  b: B & WhereCheck<C, A, B>,
) => Tensor<Broadcast<OperandShape<C>, BinaryShape<A, B>>, BinaryDType<A, B>>;

// ── Reductions ──

/** Options of a reduction, and those that one adds. `Keep` is the value of `keepdims` as far as it is known. */
export type ReductionOptions<Keep extends boolean, More = unknown> = More & {
  /** Keep reduced axes as axes of length 1. */
  readonly keepdims?: Keep;
};
/** The dtype of a reduction, by kind. */
interface ReducedDType<D extends DType> {
  readonly sum: SumOf<D>;
  readonly float: FloatOf<D>;
  readonly same: D;
}
type Kind = keyof ReducedDType<DType>;
type ReduceTo<Name extends string, K extends Kind, More = unknown> = <
  X extends AnyTensor,
  const A extends Axes = null,
  Keep extends boolean = false,
>(
  x: X,
  axis?: A & Demand<AxesVerdict<Name, OperandShape<X>, A>>,
  options?: ReductionOptions<Keep, More>,
) => Tensor<Reduced<OperandShape<X>, A, Keep>, ReducedDType<OperandDType<X>>[K]>;
/** sum, ...: bool and uint8 give int32. */
export interface Reduction<Name extends string, More = unknown> extends ReduceTo<Name, "sum", More> {}
/** mean, variance, logsumexp, ...: integers give float32. */
export interface FloatReduction<Name extends string, More = unknown> extends ReduceTo<Name, "float", More> {}
/** max, min: the dtype stays. */
export interface SameReduction<Name extends string, More = unknown> extends ReduceTo<Name, "same", More> {}
/** any, all: bool in and out. */
export type BoolReduction<Name extends string> = <
  X extends AnyTensor,
  const A extends Axes = null,
  Keep extends boolean = false,
>(
  x: X & BoolCheck<Name, X>,
  axis?: A & Demand<AxesVerdict<Name, OperandShape<X>, A>>,
  options?: ReductionOptions<Keep>,
) => Tensor<Reduced<OperandShape<X>, A, Keep>, "bool">;
/** argmax, argmin: positions as int32, along one axis or through all elements. */
export type ArgReduction<Name extends string> = <
  X extends AnyTensor,
  A extends number | null | undefined = null,
  Keep extends boolean = false,
>(
  x: X,
  axis?: A & Demand<AxesVerdict<Name, OperandShape<X>, A>>,
  options?: ReductionOptions<Keep>,
) => Tensor<Reduced<OperandShape<X>, A, Keep>, "int32">;

export type Sum = Reduction<"sum">;
export type Mean = FloatReduction<"mean">;
export type Max = SameReduction<"max">;
export type Min = SameReduction<"min">;
export type Any = BoolReduction<"any">;
export type All = BoolReduction<"all">;
export type ArgMax = ArgReduction<"argmax">;
export type ArgMin = ArgReduction<"argmin">;

// ── Layout ──

/** The same elements in another shape; one dimension may be -1. */
export type Reshape = <X extends AnyTensor, const T extends Shape>(
  x: X,
  shape: T & Demand<layout.ReshapeVerdict<OperandShape<X>, T>>,
) => Tensor<layout.Reshape<OperandShape<X>, T>, OperandDType<X>>;
/** flatten: the axes from `start` on joined into one. */
export type JoinAxes<Name extends string> = <X extends AnyTensor, A extends number = 0>(
  x: X,
  start?: A & Demand<layout.FlattenVerdict<Name, OperandShape<X>, A>>,
) => Tensor<layout.Flatten<OperandShape<X>, A>, OperandDType<X>>;
/** Axes in another order, reversed if none is given. */
export type Permute = <X extends AnyTensor, const Order extends Shape | undefined = undefined>(
  x: X,
  axes?: Order & Demand<axis.PermuteVerdict<OperandShape<X>, Order>>,
) => Tensor<axis.Permute<OperandShape<X>, Order>, OperandDType<X>>;
/** Two axes swapped, the last two if none are given. */
export type SwapAxes<Name extends string> = <X extends AnyTensor, A extends number = -2, B extends number = -1>(
  x: X & Demand<Both<AxisVerdict<Name, OperandShape<X>, A>, AxisVerdict<Name, OperandShape<X>, B>>>,
  axis0?: A,
  axis1?: B,
) => Tensor<axis.SwapAxes<OperandShape<X>, A, B>, OperandDType<X>>;
export type Transpose = SwapAxes<"transpose">;
/** The tensor stretched to a shape. */
export type BroadcastTo = <X extends AnyTensor, const T extends Shape>(
  x: X,
  shape: T & Demand<BroadcastToVerdict<OperandShape<X>, T>>,
) => Tensor<T, OperandDType<X>>;
/** A new axis of length 1. */
export type ExpandDims = <X extends AnyTensor, A extends number>(
  x: X,
  axis: A & Demand<AxisVerdict<"expandDims", readonly [...OperandShape<X>, 1], A>>,
) => Tensor<axis.ExpandDims<OperandShape<X>, A>, OperandDType<X>>;
/** Axes of length 1 removed: those named, or all. */
export type Squeeze = <X extends AnyTensor, const A extends Axes = null>(
  x: X,
  axis?: A & Demand<axis.SqueezeVerdict<OperandShape<X>, A>>,
) => Tensor<axis.Squeeze<OperandShape<X>, A>, OperandDType<X>>;
/** A part of the tensor: per axis an index (which removes it), `null` for all of it, or [start, stop, step]. */
export type Slice = <X extends AnyTensor, const R extends readonly Range[]>(
  x: X,
  ranges: R & Demand<layout.SliceVerdict<OperandShape<X>, R>>,
) => Tensor<layout.Slice<OperandShape<X>, R>, OperandDType<X>>;
/** `[before, after]` elements of a constant added along each axis. */
export type Pad = <X extends AnyTensor, const W extends readonly (readonly [number, number])[]>(
  x: X,
  widths: W & Demand<layout.PadVerdict<OperandShape<X>, W>>,
  options?: { readonly mode?: "constant" | "reflect" | "edge" | "wrap"; readonly value?: number },
) => Tensor<layout.Pad<OperandShape<X>, W>, OperandDType<X>>;

/** Tensors joined along an axis that they have. */
export type Concat = <const T extends readonly AnyTensor[], A extends number = 0>(
  tensors: T & ConcatCheck<T, A>,
  axis?: A & Demand<AxisVerdict<"concat", OperandShapes<T>[number], A>>,
) => Tensor<layout.Concat<OperandShapes<T>, A>, PromoteAll<OperandDTypes<T>>>;
/** Tensors of one shape joined along a new axis. */
export type Stack = <const T extends readonly AnyTensor[], A extends number = 0>(
  tensors: T & StackCheck<T>,
  axis?: A & Demand<AxisVerdict<"stack", readonly [...OperandShapes<T>[number], 1], A>>,
) => Tensor<axis.ExpandDims<layout.Merged<OperandShapes<T>>, A, T["length"]>, PromoteAll<OperandDTypes<T>>>;
/** The tensor cut along an axis into that many equal parts, or into parts of given sizes. */
export type Split = <X extends AnyTensor, const P extends number | readonly number[], A extends number = 0>(
  x: X,
  sizesOrCount: P,
  axis?: A & Demand<AxisVerdict<"split", OperandShape<X>, A>>,
) => Parts<X, P, A>;
type Parts<X, P, A extends number> = P extends readonly number[]
  ? { readonly [I in keyof P]: Tensor<axis.WithSize<OperandShape<X>, A, P[I] & number>, OperandDType<X>> }
  : P extends number
    ? layout.Times<P, Tensor<axis.WithSize<OperandShape<X>, A, number>, OperandDType<X>>>
    : never;

// ── Linear algebra ──

/** Which operand has its last two axes swapped before multiplying. */
export interface Transposes<TA extends boolean, TB extends boolean> {
  readonly transposeA?: TA;
  readonly transposeB?: TB;
}
/** Products of matrices, batches of them, or vectors. */
export type Matmul<Name extends string = "matmul"> = <
  A extends AnyTensor,
  B extends AnyTensor,
  TA extends boolean = false,
  TB extends boolean = false,
>(
  a: A,
  b: B & MatmulCheck<Name, A, B, TA, TB>,
  options?: Transposes<TA, TB>,
) => Tensor<MatmulShape<A, B, TA, TB>, Promote<OperandDType<A>, OperandDType<B>>>;

/** `x·weightᵀ + bias`, with a weight of [out, in]. */
export type Linear = <X extends AnyTensor, W extends AnyTensor, B extends AnyTensor = W>(
  x: X,
  weight: W & WeightCheck<X, W>,
  bias?: B & BiasCheck<X, W, B>,
) => Tensor<LinearShape<OperandShape<X>, OperandShape<W>>, Promote<OperandDType<X>, OperandDType<W>>>;

// ── Indexing and sorting ──

/** Elements chosen along an axis by an index of the same rank. */
export type Gather = <X extends AnyTensor, I extends AnyTensor, A extends number>(
  x: X,
  index: I & GatherCheck<"gather", X, I>,
  axis: A & Demand<AxisVerdict<"gather", OperandShape<X>, A>>,
) => Tensor<OperandShape<I>, OperandDType<X>>;
/** The transpose of `gather`: elements of the source added to where an index points. */
export type ScatterAdd = <X extends AnyTensor, I extends AnyTensor, A extends number>(
  x: X,
  index: I & GatherCheck<"scatterAdd", X, I>,
  source: AnyTensor,
  axis: A & Demand<AxisVerdict<"scatterAdd", OperandShape<X>, A>>,
) => Tensor<OperandShape<X>, OperandDType<X>>;
/** Slices chosen along an axis: the shape of the index stands for the axis. */
export type Take = <X extends AnyTensor, I extends AnyTensor, A extends number = 0>(
  x: X,
  indices: I & IndexCheck<"take", I>,
  axis?: A & Demand<AxisVerdict<"take", OperandShape<X>, A>>,
) => Tensor<layout.Take<OperandShape<X>, OperandShape<I>, A>, OperandDType<X>>;
/** The transpose of `take`: slices of the source added to where an index points. */
export type TakeAdd = <X extends AnyTensor, I extends AnyTensor, A extends number = 0>(
  x: X,
  indices: I & IndexCheck<"takeAdd", I>,
  source: AnyTensor,
  axis?: A & Demand<AxisVerdict<"takeAdd", OperandShape<X>, A>>,
) => Tensor<OperandShape<X>, OperandDType<X>>;
/** 1 at the class that an index names, 0 elsewhere, along a new last axis. */
export type OneHot = <I extends AnyTensor, N extends number, D extends DType = "float32">(
  index: I & IndexCheck<"oneHot", I>,
  classes: N,
  options?: { readonly dtype?: D },
) => Tensor<layout.Append<OperandShape<I>, N>, NoInfer<D>>;
/** Values in order along an axis, and the positions that they came from. */
export type Sort = <X extends AnyTensor, A extends number = -1>(
  x: X,
  axis?: A & Demand<AxisVerdict<"sort", OperandShape<X>, A>>,
  options?: { readonly descending?: boolean },
) => readonly [Tensor<OperandShape<X>, OperandDType<X>>, Tensor<OperandShape<X>, "int32">];

// ── Creation ──
// NoInfer and Fixed: a dtype or shape that only the expected type names would be a promise that the value does not keep.

/** As NoInfer, which would stay visible around a tuple. */
type Fixed<S extends Shape> = S extends infer T extends Shape ? T : never;

/** zeros, ones: float32 if no dtype is given. */
export type Fill = <const S extends Shape, D extends DType = "float32">(
  shape: S,
  options?: { readonly dtype?: D },
) => Tensor<S, NoInfer<D>>;
/** A tensor of one value. */
export type Full = <const S extends Shape, D extends DType = "float32">(
  shape: S,
  value: number | boolean,
  options?: { readonly dtype?: D },
) => Tensor<S, NoInfer<D>>;
/** Values, nested or flat, to a tensor: a shape given in the options counts, else that of the nested values. */
export type TensorFrom = <
  const V extends NestedValues | Storage,
  D extends DType = DTypeOf<V>,
  const S extends Shape = ShapeOfNested<V>,
>(
  values: V & Demand<NestedVerdict<V>>,
  options?: { readonly dtype?: D; readonly shape?: S },
) => Tensor<Fixed<S>, NoInfer<D>>;
