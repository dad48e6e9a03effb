import type { DType, Storage } from "./dtype.ts";
import type { Arithmetic, DTypeVerdict, FloatOf, Promote, PromoteVerdict, SumOf } from "./dtype-types.ts";
import type {
  AxesVerdict,
  ExpandDims as Expanded,
  Permute as Permuted,
  PermuteVerdict,
  Reduced,
  Reshape as Reshaped,
  ReshapeVerdict,
  Squeeze as Squeezed,
  SwapAxes as Swapped,
  Taken,
} from "./layout-types.ts";
import type { Linear as LinearShape, Matmul as MatmulShape, MatmulVerdict, Transposed } from "./linalg-types.ts";
import type { Axes, Shape } from "./shape.ts";
import type {
  AxisVerdict,
  Both,
  Broadcast,
  BroadcastToVerdict,
  BroadcastVerdict,
  Demand,
  Ranked,
  WithSize,
} from "./shape-types.ts";
import type { AnyTensor, Tensor } from "./tensor.ts";

/** What operations that broadcast take: a JavaScript number takes the dtype of the tensor beside it. */
export type Operand = AnyTensor | number;
/** What logical operations take. */
export type BoolOperand = AnyTensor | boolean;

export type OperandShape<A> = A extends Tensor<infer S, infer _> ? S : readonly [];
export type OperandDType<A> = A extends Tensor<infer _, infer D> ? D : A extends boolean ? "bool" : never;

type BinaryShape<A, B> = [B] extends [number | boolean]
  ? OperandShape<A>
  : [A] extends [number | boolean]
    ? OperandShape<B>
    : Broadcast<OperandShape<A>, OperandShape<B>>;
type BinaryDType<A, B> = [B] extends [number]
  ? [A] extends [number]
    ? "float32"
    : OperandDType<A>
  : [A] extends [number]
    ? OperandDType<B>
    : Promote<OperandDType<A>, OperandDType<B>>;

export type BinaryVerdict<Name extends string, A, B> = [A] extends [number | boolean]
  ? true
  : [B] extends [number | boolean]
    ? true
    : Both<
        BroadcastVerdict<Name, OperandShape<A>, OperandShape<B>>,
        PromoteVerdict<Name, OperandDType<A>, OperandDType<B>>
      >;
export type BinaryCheck<Name extends string, A, B> = Demand<BinaryVerdict<Name, A, B>>;
export type BinaryResult<A, B> = Tensor<BinaryShape<A, B>, Arithmetic<BinaryDType<A, B>>>;

export type FloatUnary = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, FloatOf<D>>;
export type SameUnary = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, Arithmetic<D>>;
export type Predicate = <S extends Shape>(x: Tensor<S, DType>) => Tensor<S, "bool">;
export type Identity = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, D>;

export type Binary<Name extends string> = <A extends Operand, B extends Operand>(
  a: A,
  b: B & BinaryCheck<Name, A, B>,
) => BinaryResult<A, B>;
export type FloatBinary<Name extends string> = <A extends Operand, B extends Operand>(
  a: A,
  b: B & BinaryCheck<Name, A, B>,
) => Tensor<BinaryShape<A, B>, FloatOf<BinaryDType<A, B>>>;
export type Comparison<Name extends string> = <A extends Operand, B extends Operand>(
  a: A,
  b: B & BinaryCheck<Name, A, B>,
) => Tensor<BinaryShape<A, B>, "bool">;
type BoolVerdict<Name extends string, A> = DTypeVerdict<
  OperandDType<A>,
  "bool",
  `${Name}: expected bool, got ${OperandDType<A>}`
>;
export type Logical<Name extends string> = <A extends BoolOperand, B extends BoolOperand>(
  a: A & Demand<BoolVerdict<Name, A>>,
  b: B & Demand<Both<BoolVerdict<Name, B>, BinaryVerdict<Name, A, B>>>,
) => Tensor<BinaryShape<A, B>, "bool">;
export type Where = <C extends BoolOperand, A extends Operand | boolean, B extends Operand | boolean>(
  condition: C & Demand<BoolVerdict<"where", C>>,
  a: A,
  b: B & BinaryCheck<"where", A, B>,
) => Tensor<Broadcast<OperandShape<C>, BinaryShape<A, B>>, BinaryDType<A, B>>;

interface ReduceOptions<Keep extends boolean> {
  /** Keep reduced axes as axes of length 1. */
  readonly keepdims?: Keep;
}
interface ReducedDType<D extends DType> {
  sum: SumOf<D>;
  float: FloatOf<D>;
  same: D;
  bool: "bool";
}
type ReduceAs<Name extends string, Kind extends keyof ReducedDType<DType>> = <
  S extends Shape,
  D extends DType,
  const A extends Axes = null,
  Keep extends boolean = false,
>(
  x: Tensor<S, D>,
  axis?: A & Demand<AxesVerdict<Name, S, A>>,
  options?: ReduceOptions<Keep>,
) => Tensor<Reduced<S, A, Keep>, ReducedDType<D>[Kind]>;
export interface Reduction<Name extends string> extends ReduceAs<Name, "sum"> {}
export interface FloatReduction<Name extends string> extends ReduceAs<Name, "float"> {}
export interface SameReduction<Name extends string> extends ReduceAs<Name, "same"> {}
export interface BoolReduction<Name extends string> extends ReduceAs<Name, "bool"> {}
export type ArgReduction<Name extends string> = <
  S extends Shape,
  const A extends number | null | undefined = null,
  Keep extends boolean = false,
>(
  x: Tensor<S, DType>,
  axis?: A & Demand<AxesVerdict<Name, S, A>>,
  options?: ReduceOptions<Keep>,
) => Tensor<Reduced<S, A, Keep>, "int32">;
export type Sum = Reduction<"sum">;
export type Mean = FloatReduction<"mean">;
export type Max = SameReduction<"max">;
export type Min = SameReduction<"min">;
export type Any = BoolReduction<"any">;
export type All = BoolReduction<"all">;
export type ArgMax = ArgReduction<"argmax">;
export type ArgMin = ArgReduction<"argmin">;

export type Reshape = <S extends Shape, D extends DType, const T extends Shape>(
  x: Tensor<S, D>,
  shape: T & Demand<ReshapeVerdict<S, T>>,
) => Tensor<Reshaped<S, T>, D>;
export type Permute = <S extends Shape, D extends DType, const Order extends readonly number[] | undefined = undefined>(
  x: Tensor<S, D>,
  axes?: Order & Demand<PermuteVerdict<S, Order>>,
) => Tensor<Permuted<S, Order>, D>;
export type SwapAxes<Name extends string = "transpose"> = <
  S extends Shape,
  D extends DType,
  A extends number = -2,
  B extends number = -1,
>(
  x: Tensor<S, D> & Demand<Both<AxisVerdict<Name, S, A>, AxisVerdict<Name, S, B>>>,
  axis0?: A,
  axis1?: B,
) => Tensor<Swapped<S, A, B>, D>;
export type Transpose = SwapAxes<"transpose">;
export type BroadcastTo = <S extends Shape, D extends DType, const T extends Shape>(
  x: Tensor<S, D>,
  shape: T & Demand<BroadcastToVerdict<S, T>>,
) => Tensor<Readonly<T>, D>;
export type ExpandDims = <S extends Shape, D extends DType, A extends number>(
  x: Tensor<S, D>,
  axis: A & Demand<AxisVerdict<"expandDims", readonly [...S, 1], A>>,
) => Tensor<Expanded<S, A>, D>;
export type Squeeze = <S extends Shape, D extends DType, const A extends Axes = null>(
  x: Tensor<S, D>,
  axis?: A & Demand<AxesVerdict<"squeeze", S, A>>,
) => Tensor<Squeezed<S, A>, D>;
export type Matmul<Name extends string = "matmul"> = <
  A extends AnyTensor,
  B extends AnyTensor,
  TA extends boolean = false,
  TB extends boolean = false,
>(
  a: A,
  b: B &
    Demand<
      Both<
        MatmulVerdict<Name, OperandShape<A>, OperandShape<B>, TA, TB>,
        PromoteVerdict<Name, OperandDType<A>, OperandDType<B>>
      >
    >,
  options?: { readonly transposeA?: TA; readonly transposeB?: TB },
) => Tensor<
  MatmulShape<Transposed<OperandShape<A>, TA>, Transposed<OperandShape<B>, TB>>,
  Promote<OperandDType<A>, OperandDType<B>>
>;
export type Linear = <X extends AnyTensor, W extends AnyTensor, C extends AnyTensor = W>(
  x: X,
  weight: W,
  bias?: C,
) => Tensor<LinearShape<OperandShape<X>, OperandShape<W>>, Promote<OperandDType<X>, OperandDType<W>>>;
export type Concat = <const T extends readonly AnyTensor[], A extends number = 0>(
  tensors: T,
  axis?: A,
) => Tensor<WithSize<OperandShape<T[0]>, A, number>, OperandDType<T[number]>>;
export type Stack = <const T extends readonly AnyTensor[], A extends number = 0>(
  tensors: T,
  axis?: A,
) => Tensor<Expanded<OperandShape<T[0]>, A, T["length"]>, OperandDType<T[number]>>;
export type Split = <
  S extends Shape,
  D extends DType,
  const P extends number | readonly number[],
  A extends number = 0,
>(
  x: Tensor<S, D>,
  sizesOrCount: P,
  axis?: A,
) => P extends readonly number[]
  ? { readonly [I in keyof P]: Tensor<WithSize<S, A, P[I] & number>, D> }
  : readonly Tensor<WithSize<S, A, number>, D>[];
/** What to take of one axis: an index (the axis goes), `null` for all, or [start, stop, step], as in Python. */
export type Range = number | null | readonly [start?: number | null, stop?: number | null, step?: number | null];
export type Slice = <S extends Shape, D extends DType, const R extends readonly Range[]>(
  x: Tensor<S, D>,
  ranges: R,
) => Tensor<Shape, D>;
export type Pad = <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  widths: readonly (readonly [number, number])[],
  options?: { readonly value?: number },
) => Tensor<Ranked<S>, D>;
type IndexVerdict<Name extends string, D extends DType> = DTypeVerdict<
  D,
  "int32",
  `${Name}: indices are ${D}; cast them`
>;
export type Gather = <S extends Shape, D extends DType, I extends Shape, E extends DType, A extends number>(
  x: Tensor<S, D>,
  index: Tensor<I, E> & Demand<IndexVerdict<"gather", E>>,
  axis: A & Demand<AxisVerdict<"gather", S, A>>,
) => Tensor<I, D>;
export type ScatterAdd = <S extends Shape, D extends DType, I extends Shape, E extends DType, A extends number>(
  x: Tensor<S, D>,
  index: Tensor<I, E> & Demand<IndexVerdict<"scatterAdd", E>>,
  source: AnyTensor,
  axis: A & Demand<AxisVerdict<"scatterAdd", S, A>>,
) => Tensor<S, D>;
export type Take = <S extends Shape, D extends DType, I extends Shape, E extends DType, A extends number = 0>(
  x: Tensor<S, D>,
  indices: Tensor<I, E> & Demand<IndexVerdict<"take", E>>,
  axis?: A & Demand<AxisVerdict<"take", S, A>>,
) => Tensor<Taken<S, I, A>, D>;
export type TakeAdd = <S extends Shape, D extends DType, I extends Shape, E extends DType, A extends number = 0>(
  x: Tensor<S, D>,
  indices: Tensor<I, E> & Demand<IndexVerdict<"takeAdd", E>>,
  source: AnyTensor,
  axis?: A & Demand<AxisVerdict<"takeAdd", S, A>>,
) => Tensor<S, D>;
export type OneHot = <S extends Shape, E extends DType, const N extends number, D extends DType = "float32">(
  index: Tensor<S, E> & Demand<IndexVerdict<"oneHot", E>>,
  classes: N,
  options?: { readonly dtype?: D },
) => Tensor<readonly [...S, N], D>;
export type Sort = <S extends Shape, D extends DType, A extends number = -1>(
  x: Tensor<S, D>,
  axis?: A & Demand<AxisVerdict<"sort", S, A>>,
  options?: { readonly descending?: boolean },
) => readonly [Tensor<S, D>, Tensor<S, "int32">];
export type Cast = <S extends Shape, E extends DType>(x: Tensor<S, DType>, dtype: E) => Tensor<S, E>;
export type Clamp = <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  low: number | null,
  high: number | null,
) => Tensor<S, Arithmetic<D>>;
export type Fill = <const S extends Shape, D extends DType = "float32">(
  shape: S,
  options?: { readonly dtype?: D },
) => Tensor<Readonly<S>, D>;
export type Full = <const S extends Shape, D extends DType = "float32">(
  shape: S,
  value: number | boolean,
  options?: { readonly dtype?: D },
) => Tensor<Readonly<S>, D>;
/** Numbers or booleans, nested as deep as there are axes. */
export type NestedValues = number | boolean | readonly NestedValues[];

/** The shape of nested values as far as their type tells: literals give sizes, variables `number`. */
export type ShapeOfNested<V> = [V] extends [number | boolean]
  ? readonly []
  : [V] extends [Storage]
    ? readonly [number]
    : [V] extends [readonly unknown[]]
      ? ShapeOfNested<V[0]> extends infer Row extends Shape
        ? number extends Row["length"]
          ? Shape
          : readonly [V["length"], ...Row]
        : Shape
      : Shape;

/** The dtype that nested values or a typed array have when none is given. */
export type DTypeOf<V> = [V] extends [Storage]
  ? ArrayDType<V>
  : [V] extends [boolean]
    ? "bool"
    : [V] extends [number]
      ? "float32"
      : [V] extends [readonly unknown[]]
        ? DTypeOf<V[0]>
        : [V] extends [undefined]
          ? "float32"
          : "bool" | "float32";
type ArrayDType<V> = V extends Float32Array
  ? "float32"
  : V extends Float64Array
    ? "float64"
    : V extends Int32Array
      ? "int32"
      : "uint8";

/** Values, nested or flat, to a tensor: a shape given in the options counts, else that of the nested values. */
export type TensorFrom = <
  const V extends NestedValues | Storage,
  D extends DType = DTypeOf<V>,
  const S extends Shape = ShapeOfNested<V>,
>(
  values: V,
  options?: { readonly dtype?: D; readonly shape?: S },
) => Tensor<Readonly<S>, D>;
