import type {
  AxesVerdict,
  AxisVerdict,
  ExpandDims,
  Permute,
  PermuteVerdict,
  Reduced,
  Squeeze,
  SqueezeVerdict,
  SwapAxes,
} from "./axis-types.ts";
import * as composites from "./composites/index.ts";
import type { DType } from "./dtype.ts";
import type { Arithmetic, FloatOf, Promote, SumOf } from "./dtype-types.ts";
import type { Range, Reshape, ReshapeVerdict, Slice, SliceVerdict } from "./layout-types.ts";
import * as ops from "./ops/index.ts";
import type { Axes, Shape } from "./shape.ts";
import type { Both, BroadcastToVerdict, Demand } from "./shape-types.ts";
import type {
  BinaryCheck,
  BinaryDType,
  BinaryShape,
  IndexCheck,
  MatmulCheck,
  MatmulShape,
  Operand,
  OperandDType,
  OperandShape,
  ReductionOptions,
  Transposes,
} from "./signatures.ts";
import { type AnyTensor, Tensor } from "./tensor.ts";

// Methods are sugar: x.add(y) is add(x, y). The functions are the definition, and carry the documentation.

type X = AnyTensor;
type Elementwise = <T extends X>(this: T) => Tensor<OperandShape<T>, Arithmetic<OperandDType<T>>>;
type Floating = <T extends X>(this: T) => Tensor<OperandShape<T>, FloatOf<OperandDType<T>>>;
type Testing = <T extends X>(this: T) => Tensor<OperandShape<T>, "bool">;
type Combining<Name extends string> = <T extends X, B extends Operand>(
  this: T,
  other: B & BinaryCheck<Name, T, B>,
) => Tensor<BinaryShape<T, B>, Arithmetic<BinaryDType<T, B>>>;
type Dividing<Name extends string> = <T extends X, B extends Operand>(
  this: T,
  other: B & BinaryCheck<Name, T, B>,
) => Tensor<BinaryShape<T, B>, FloatOf<BinaryDType<T, B>>>;
type Choosing<Name extends string> = <T extends X, B extends Operand>(
  this: T,
  other: B & BinaryCheck<Name, T, B>,
) => ReturnType<typeof ops.maximum<T, B>>;
type Comparing<Name extends string> = <T extends X, B extends Operand>(
  this: T,
  other: B & BinaryCheck<Name, T, B>,
) => Tensor<BinaryShape<T, B>, "bool">;
type AlongAxis<Name extends string> = <T extends X, A extends number = -1>(
  this: T,
  axis?: A & Demand<AxisVerdict<Name, OperandShape<T>, A>>,
) => Tensor<OperandShape<T>, FloatOf<OperandDType<T>>>;

/** The dtype of a reduction, by kind. */
interface ReducedDType<D extends DType> {
  readonly sum: SumOf<D>;
  readonly float: FloatOf<D>;
  readonly same: D;
}
type Reducing<Name extends string, Kind extends keyof ReducedDType<DType>, More = unknown> = <
  T extends X,
  const A extends Axes = null,
  Keep extends boolean = false,
>(
  this: T,
  axis?: A & Demand<AxesVerdict<Name, OperandShape<T>, A>>,
  options?: ReductionOptions<Keep, More>,
) => Tensor<Reduced<OperandShape<T>, A, Keep>, ReducedDType<OperandDType<T>>[Kind]>;
type Locating<Name extends string> = <T extends X, A extends number | null = null, Keep extends boolean = false>(
  this: T,
  axis?: A & Demand<AxesVerdict<Name, OperandShape<T>, A>>,
  options?: ReductionOptions<Keep>,
) => Tensor<Reduced<OperandShape<T>, A, Keep>, "int32">;

declare module "./tensor.ts" {
  // The methods speak of `this`, not of S and D: a tensor stays covariant in both.
  interface Tensor<S, D> {
    add: Combining<"add">;
    sub: Combining<"sub">;
    mul: Combining<"mul">;
    power: Combining<"power">;
    div: Dividing<"div">;
    maximum: Choosing<"maximum">;
    minimum: Choosing<"minimum">;
    equal: Comparing<"equal">;
    notEqual: Comparing<"notEqual">;
    less: Comparing<"less">;
    lessEqual: Comparing<"lessEqual">;
    greater: Comparing<"greater">;
    greaterEqual: Comparing<"greaterEqual">;
    neg: Elementwise;
    abs: Elementwise;
    sign: Elementwise;
    square: Elementwise;
    relu: Elementwise;
    clamp<T extends X>(this: T, low: number | null, high: number | null): ReturnType<typeof composites.clamp<T>>;
    exp: Floating;
    expm1: Floating;
    log: Floating;
    log1p: Floating;
    sqrt: Floating;
    tanh: Floating;
    sigmoid: Floating;
    softplus: Floating;
    softmax: AlongAxis<"softmax">;
    logSoftmax: AlongAxis<"logSoftmax">;
    isNaN: Testing;
    isFinite: Testing;
    cast<T extends X, E extends DType>(this: T, dtype: E): Tensor<OperandShape<T>, E>;
    stopGradient<T extends X>(this: T): Tensor<OperandShape<T>, OperandDType<T>>;

    sum: Reducing<"sum", "sum">;
    mean: Reducing<"mean", "float">;
    variance: Reducing<"variance", "float", { readonly correction?: number }>;
    logsumexp: Reducing<"logsumexp", "float">;
    norm: Reducing<"norm", "float">;
    max: Reducing<"max", "same">;
    min: Reducing<"min", "same">;
    argmax: Locating<"argmax">;
    argmin: Locating<"argmin">;

    reshape<T extends X, const To extends Shape>(
      this: T,
      shape: To & Demand<ReshapeVerdict<OperandShape<T>, To>>,
    ): Tensor<Reshape<OperandShape<T>, To>, OperandDType<T>>;
    permute<T extends X, const Order extends Shape | undefined = undefined>(
      this: T,
      axes?: Order & Demand<PermuteVerdict<OperandShape<T>, Order>>,
    ): Tensor<Permute<OperandShape<T>, Order>, OperandDType<T>>;
    transpose<T extends X, A extends number = -2, B extends number = -1>(
      this: T &
        Demand<Both<AxisVerdict<"transpose", OperandShape<T>, A>, AxisVerdict<"transpose", OperandShape<T>, B>>>,
      axis0?: A,
      axis1?: B,
    ): Tensor<SwapAxes<OperandShape<T>, A, B>, OperandDType<T>>;
    broadcastTo<T extends X, const To extends Shape>(
      this: T,
      shape: To & Demand<BroadcastToVerdict<OperandShape<T>, To>>,
    ): Tensor<To, OperandDType<T>>;
    expandDims<T extends X, A extends number>(
      this: T,
      axis: A & Demand<AxisVerdict<"expandDims", readonly [...OperandShape<T>, 1], A>>,
    ): Tensor<ExpandDims<OperandShape<T>, A>, OperandDType<T>>;
    squeeze<T extends X, const A extends Axes = null>(
      this: T,
      axis?: A & Demand<SqueezeVerdict<OperandShape<T>, A>>,
    ): Tensor<Squeeze<OperandShape<T>, A>, OperandDType<T>>;
    slice<T extends X, const R extends readonly Range[]>(
      this: T,
      ranges: R & Demand<SliceVerdict<OperandShape<T>, R>>,
    ): Tensor<Slice<OperandShape<T>, R>, OperandDType<T>>;
    take<T extends X, I extends X, A extends number = 0>(
      this: T,
      indices: I & IndexCheck<"take", I>,
      axis?: A & Demand<AxisVerdict<"take", OperandShape<T>, A>>,
    ): ReturnType<typeof ops.take<T, I, A>>;

    matmul<T extends X, B extends X, TA extends boolean = false, TB extends boolean = false>(
      this: T,
      other: B & MatmulCheck<"matmul", T, B, TA, TB>,
      options?: Transposes<TA, TB>,
    ): Tensor<MatmulShape<T, B, TA, TB>, Promote<OperandDType<T>, OperandDType<B>>>;
  }
}

const functions = {
  ...pick(ops, "abs", "add", "argmax", "argmin", "broadcastTo", "cast", "div", "equal", "exp", "expm1", "greater"),
  ...pick(
    ops,
    "greaterEqual",
    "isFinite",
    "isNaN",
    "less",
    "lessEqual",
    "log",
    "log1p",
    "logSoftmax",
    "max",
    "maximum",
    "min",
  ),
  ...pick(ops, "minimum", "mul", "neg", "notEqual", "permute", "power", "relu", "reshape", "sigmoid", "sign", "slice"),
  ...pick(ops, "softmax", "softplus", "sqrt", "stopGradient", "sub", "sum", "take", "tanh"),
  ...pick(composites, "clamp", "expandDims", "logsumexp", "matmul", "mean", "norm", "square"),
  ...pick(composites, "squeeze", "transpose", "variance"),
};

function pick<T extends object, K extends keyof T>(from: T, ...names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>;
}

for (const [name, f] of Object.entries(functions)) {
  const call = f as unknown as (...args: readonly unknown[]) => unknown;
  Object.defineProperty(Tensor.prototype, name, {
    value(this: AnyTensor, ...args: readonly unknown[]) {
      return call(this, ...args);
    },
    configurable: true,
    writable: true,
  });
}
