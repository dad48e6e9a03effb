import type { DType, FloatDType } from "./dtype.ts";

/** What a call is asked for when its dtypes do not fit. No value has this type; the message says why. */
export interface DTypeMismatch<Message extends string> {
  readonly dtypeMismatch: Message;
}

/** The table of `promote`. Indexed rather than computed, so that unions of dtypes give unions of results. */
interface Promotions {
  readonly bool: { readonly [D in DType]: D };
  readonly uint8: { readonly [D in DType]: D extends "bool" ? "uint8" : D };
  readonly int32: { readonly [D in DType]: D extends FloatDType ? D : "int32" };
  readonly float32: { readonly [D in DType]: D extends "float64" ? never : "float32" };
  readonly float64: { readonly [D in DType]: D extends "float32" ? never : "float64" };
}

/** The dtype of a combination of two tensors; `never` for float32 with float64. */
export type Promote<A extends DType, B extends DType> = Promotions[A][B];

/** The dtype in which arithmetic happens: a bool counts as 0 or 1, in int32. */
export type Arithmetic<D extends DType> = D extends "bool" ? "int32" : D;

/** The dtype of functions that leave the integers: float32 for anything that is no float. Twin of `toFloat`. */
export type FloatOf<D extends DType> = D extends FloatDType ? D : "float32";

/** The dtype of sums over axes: bool and uint8 add up in int32. */
export type SumOf<D extends DType> = D extends "bool" | "uint8" ? "int32" : D;

/**
 * `true`, or the mismatch of float32 with float64. Unions of dtypes are let through, and by the first two questions
 * also the type parameters of a generic function (see `Demand` in shape-types.ts).
 */
export type PromoteVerdict<Name extends string, A extends DType, B extends DType> = ["bool"] extends [A]
  ? true
  : ["bool"] extends [B]
    ? true
    : [A, B] extends ["float32", "float64"] | ["float64", "float32"]
      ? DTypeMismatch<`${Name}: ${A} and ${B} do not mix; cast one of them`>
      : true;

/** `true`, or the mismatch of operands of a product, which bools do not have. */
export type ProductDTypeVerdict<Name extends string, A extends DType, B extends DType> = ["int32"] extends [A]
  ? true
  : ["int32"] extends [B]
    ? true
    : [A, B] extends ["bool", "bool"]
      ? DTypeMismatch<`${Name}: bool matrices have no product; cast them`>
      : PromoteVerdict<Name, A, B>;

/** `true`, or the mismatch of a dtype that cannot be `Wanted`, such as an index that is not int32. */
export type DTypeVerdict<D extends DType, Wanted extends DType, Message extends string> = [Wanted] extends [D]
  ? true
  : DTypeMismatch<Message>;

/** The dtypes of several tensors, promoted; `never` where float32 meets float64. */
export type PromoteAll<Ds extends readonly DType[], Out extends DType = "bool"> = number extends Ds["length"]
  ? Ds[number]
  : Ds extends readonly [infer D extends DType, ...infer Rest extends readonly DType[]]
    ? PromoteAll<Rest, Promote<Out, D>>
    : Out;

/** `true`, or the mismatch of float32 with float64 among several tensors. */
export type PromoteAllVerdict<
  Name extends string,
  Ds extends readonly DType[],
  Out extends DType = "bool",
> = Ds extends readonly [infer D extends DType, ...infer Rest extends readonly DType[]]
  ? [true] extends [PromoteVerdict<Name, Out, D>]
    ? PromoteAllVerdict<Name, Rest, Promote<Out, D>>
    : PromoteVerdict<Name, Out, D>
  : true;
