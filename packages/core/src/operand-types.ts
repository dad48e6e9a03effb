import type { DType } from "./dtype.ts";
import type {
  Arithmetic,
  DTypeVerdict,
  ProductDTypeVerdict,
  Promote,
  PromoteAllVerdict,
  PromoteVerdict,
} from "./dtype-types.ts";
import type { ConcatVerdict, GatherVerdict, StackVerdict } from "./layout-types.ts";
import type { BiasVerdict, LinearVerdict, Matmul, MatmulVerdict, Transposed } from "./linalg-types.ts";
import type { Shape } from "./shape.ts";
import type { Both, Broadcast, BroadcastVerdict, Demand } from "./shape-types.ts";

// What operations ask of their operands, and what they make of them. An operand is told by its members, because this
// file stands below the tensor.

/** The shape of an operand; a number or boolean has none. */
export type OperandShape<A> = A extends { readonly shape: infer S extends Shape } ? S : readonly [];
/** The dtype of an operand; `never` for a number, which takes that of the other. */
export type OperandDType<A> = A extends { readonly dtype: infer D extends DType }
  ? D
  : A extends boolean
    ? "bool"
    : never;

/** The shape of two operands that broadcast. */
export type BinaryShape<A, B> = B extends number | boolean
  ? OperandShape<A>
  : A extends number | boolean
    ? OperandShape<B>
    : Broadcast<OperandShape<A>, OperandShape<B>>;
/** The promoted dtype of two operands. */
export type BinaryDType<A, B> = B extends number
  ? A extends number
    ? "float32"
    : Weak<A>
  : A extends number
    ? Weak<B>
    : Promote<OperandDType<A>, OperandDType<B>>;
/** The dtype of an operand beside a number: a number beside a bool is an int32, and one beside a boolean a float32. */
type Weak<A> = A extends boolean ? "float32" : Arithmetic<OperandDType<A>>;
/** `true`, or the mismatch of two operands. */
type BinaryVerdict<Name extends string, A, B> = [A] extends [number | boolean]
  ? true
  : [B] extends [number | boolean]
    ? true
    : Both<
        BroadcastVerdict<Name, OperandShape<A>, OperandShape<B>>,
        PromoteVerdict<Name, OperandDType<A>, OperandDType<B>>
      >;

/** What the second operand must be besides itself. */
export type BinaryCheck<Name extends string, A, B> = Demand<BinaryVerdict<Name, A, B>>;

/** What an operand must be besides itself: bool. */
export type BoolCheck<Name extends string, A> = Demand<BoolVerdict<Name, A>>;
type BoolVerdict<Name extends string, A> = DTypeVerdict<
  OperandDType<A>,
  "bool",
  `${Name}: expected bool, got ${OperandDType<A>}`
>;
/** What the second operand of a logical operation must be besides itself. */
export type LogicalCheck<Name extends string, A, B> = Demand<Both<BoolVerdict<Name, B>, BinaryVerdict<Name, A, B>>>;

/** What the last operand of `where` must be besides itself. */
export type WhereCheck<C, A, B> = Demand<
  Both<BinaryVerdict<"where", A, B>, BroadcastVerdict<"where", OperandShape<C>, BinaryShape<A, B>>>
>;

/** The shapes of several operands. */
export type OperandShapes<T extends readonly unknown[]> = { readonly [I in keyof T]: OperandShape<T[I]> };
/** The dtypes of several operands. */
export type OperandDTypes<T extends readonly unknown[]> = { readonly [I in keyof T]: OperandDType<T[I]> };

/** What the second operand of a product must be besides itself. */
export type MatmulCheck<Name extends string, A, B, TA extends boolean, TB extends boolean> = Demand<
  Both<
    MatmulVerdict<Name, OperandShape<A>, OperandShape<B>, TA, TB>,
    ProductDTypeVerdict<Name, OperandDType<A>, OperandDType<B>>
  >
>;
/** The shape of a product. */
export type MatmulShape<A, B, TA extends boolean, TB extends boolean> = Matmul<
  Transposed<OperandShape<A>, TA>,
  Transposed<OperandShape<B>, TB>
>;

/** What the weight of a linear layer must be besides itself. */
export type WeightCheck<X, W> = Demand<
  Both<LinearVerdict<OperandShape<X>, OperandShape<W>>, ProductDTypeVerdict<"linear", OperandDType<X>, OperandDType<W>>>
>;
/** What the bias of a linear layer must be besides itself. */
export type BiasCheck<X, W, B> = Demand<
  Both<BiasVerdict<OperandShape<W>, OperandShape<B>>, PromoteVerdict<"linear", OperandDType<X>, OperandDType<B>>>
>;

/** `true`, or the mismatch of an index that is not int32. */
type IndexVerdict<Name extends string, I> = DTypeVerdict<
  OperandDType<I>,
  "int32",
  `${Name}: indices are ${OperandDType<I>}; cast them`
>;
/** What an index must be besides itself: int32. */
export type IndexCheck<Name extends string, I> = Demand<IndexVerdict<Name, I>>;
/** What an index must be besides itself: int32, and of the rank of the tensor. */
export type GatherCheck<Name extends string, X, I> = Demand<
  Both<GatherVerdict<Name, OperandShape<X>, OperandShape<I>>, IndexVerdict<Name, I>>
>;

/** What tensors that are joined must be besides themselves. */
export type ConcatCheck<T extends readonly unknown[], Axis extends number> = Demand<
  Both<ConcatVerdict<OperandShapes<T>, Axis>, PromoteAllVerdict<"concat", OperandDTypes<T>>>
>;
/** What tensors that are stacked must be besides themselves. */
export type StackCheck<T extends readonly unknown[]> = Demand<
  Both<StackVerdict<OperandShapes<T>>, PromoteAllVerdict<"stack", OperandDTypes<T>>>
>;
