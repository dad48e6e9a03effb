import type { Axes, Shape } from "./shape.ts";
import type { Ranked, ShapeMismatch, Show } from "./shape-types.ts";

/** Axes as they are written, to axes counted from the front, by rank. A table costs the compiler less than arithmetic. */
interface AxisTable {
  0: { none: never };
  1: { "0": 0; "-1": 0 };
  2: { "0": 0; "1": 1; "-1": 1; "-2": 0 };
  3: { "0": 0; "1": 1; "2": 2; "-1": 2; "-2": 1; "-3": 0 };
  4: { "0": 0; "1": 1; "2": 2; "3": 3; "-1": 3; "-2": 2; "-3": 1; "-4": 0 };
  5: { "0": 0; "1": 1; "2": 2; "3": 3; "4": 4; "-1": 4; "-2": 3; "-3": 2; "-4": 1; "-5": 0 };
  6: { "0": 0; "1": 1; "2": 2; "3": 3; "4": 4; "5": 5; "-1": 5; "-2": 4; "-3": 3; "-4": 2; "-5": 1; "-6": 0 };
}

/** An axis counted from the front; `number` where it is not known or the rank is above 6, `never` where there is none. */
export type NormalizeAxis<S extends Shape, Axis extends number> = number extends Axis
  ? number
  : S extends { readonly length: infer Rank extends keyof AxisTable }
    ? FromTable<AxisTable[Rank], `${Axis}`>
    : number;
type FromTable<Table, Axis extends string> = Axis extends keyof Table ? Table[Axis] & number : never;

/** `true`, or the mismatch of an axis that the tensor does not have. */
export type AxisVerdict<Name extends string, S extends Shape, Axis extends number> = [number] extends [Axis]
  ? true
  : [number] extends [S["length"]]
    ? true
    : [NormalizeAxis<S, Axis>] extends [never]
      ? ShapeMismatch<`${Name}: ${Show<S>} has no axis ${Axis}`>
      : true;

/** `true`, or the mismatch of one among several axes that the tensor does not have. */
export type AxesVerdict<Name extends string, S extends Shape, A extends Axes> = [null] extends [A]
  ? true
  : [undefined] extends [A]
    ? true
    : A extends number
      ? AxisVerdict<Name, S, A>
      : A extends readonly number[]
        ? [number] extends [S["length"]]
          ? true
          : [number] extends [A[number]]
            ? true
            : [Missing<S, A[number]>] extends [never]
              ? true
              : ShapeMismatch<`${Name}: ${Show<S>} has no axis ${Missing<S, A[number]>}`>
        : true;
type Missing<S extends Shape, Axis extends number> = Axis extends number
  ? [NormalizeAxis<S, Axis>] extends [never]
    ? Axis
    : never
  : never;

/** The shape with another size along an axis. */
export type WithSize<S extends Shape, Axis extends number, Size extends number> = S extends Shape
  ? number extends NormalizeAxis<S, Axis>
    ? Ranked<S>
    : { readonly [I in keyof S]: I extends `${NormalizeAxis<S, Axis>}` ? Size : S[I] }
  : never;

/** The sizes in front of an axis that is counted from the front. */
export type Before<S extends Shape, Axis extends number, Out extends Shape = readonly []> = Out["length"] extends Axis
  ? Out
  : S extends readonly [infer H extends number, ...infer R extends Shape]
    ? Before<R, Axis, readonly [...Out, H]>
    : Out;
/** The sizes from an axis on that is counted from the front. */
export type From<S extends Shape, Axis extends number> = S extends readonly [
  ...Before<S, Axis>,
  ...infer R extends Shape,
]
  ? R
  : readonly [];
export type Tail<S extends Shape> = S extends readonly [number, ...infer R extends Shape] ? R : readonly [];

/** The shape after reducing axes, as they are written: without them, or with 1 in their place. */
export type Reduced<S extends Shape, A extends Axes, Keep extends boolean> = boolean extends Keep
  ? Shape
  : [A] extends [null | undefined]
    ? Keep extends true
      ? Ones<S>
      : readonly []
    : [A] extends [number]
      ? ReducedOne<S, A, Keep>
      : [A] extends [readonly number[]]
        ? ReducedSome<S, A, Keep>
        : Shape;
type Ones<S extends Shape> = number extends S["length"] ? Shape : { readonly [I in keyof S]: 1 };
type ReducedOne<S extends Shape, Axis extends number, Keep extends boolean> = S extends Shape
  ? number extends S["length"]
    ? Shape
    : number extends NormalizeAxis<S, Axis>
      ? Ranked<Keep extends true ? S : Tail<S>>
      : Axis extends number
        ? Without<S, NormalizeAxis<S, Axis>, Keep>
        : never
  : never;
// An element that is a union, such as 0 | 1, names more axes than there are elements: nothing is known then.
type ReducedSome<S extends Shape, A extends readonly number[], Keep extends boolean> = S extends Shape
  ? number extends S["length"] | A["length"] | NormalizeAxis<S, A[number]>
    ? Keep extends true
      ? Ranked<S>
      : Shape
    : [...Without<S, NormalizeAxis<S, A[number]>, false>, ...A]["length"] extends S["length"]
      ? Without<S, NormalizeAxis<S, A[number]>, Keep>
      : Shape
  : never;
type Without<
  S extends Shape,
  Axis extends number,
  Keep extends boolean,
  Out extends Shape = readonly [],
  Seen extends Shape = readonly [],
> = S extends readonly [infer H extends number, ...infer R extends Shape]
  ? Without<
      R,
      Axis,
      Keep,
      Seen["length"] extends Axis ? (Keep extends true ? readonly [...Out, 1] : Out) : readonly [...Out, H],
      readonly [...Seen, H]
    >
  : Out;

/** The shape without axes of length 1: those named, or all. */
export type Squeeze<S extends Shape, A extends Axes> = [A] extends [null | undefined]
  ? number extends S["length"] | S[number]
    ? Shape
    : WithoutOnes<S>
  : Reduced<S, A, false>;
/** The shape without its dimensions of 1. */
export type WithoutOnes<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? WithoutOnes<R, [H] extends [1] ? Out : readonly [...Out, H]>
  : Out;

/** `true`, or the mismatch of an axis that `squeeze` cannot take out. */
export type SqueezeVerdict<S extends Shape, A extends Axes> = [true] extends [AxesVerdict<"squeeze", S, A>]
  ? A extends number
    ? OneLong<S, A>
    : A extends readonly number[]
      ? OneLong<S, A[number]> extends infer Verdict
        ? [Exclude<Verdict, true>] extends [never]
          ? true
          : Exclude<Verdict, true>
        : never
      : true
  : AxesVerdict<"squeeze", S, A>;
type OneLong<S extends Shape, Axis extends number> = [number] extends [S["length"]]
  ? true
  : [number] extends [Axis]
    ? true
    : Axis extends number
      ? [1] extends [S[NormalizeAxis<S, Axis>]]
        ? true
        : ShapeMismatch<`squeeze: axis ${Axis} of ${Show<S>} is not of length 1`>
      : never;

/** The shape with a new axis of some size, which stands at `Axis` of the result. */
export type ExpandDims<S extends Shape, Axis extends number, Size extends number = 1> = S extends Shape
  ? number extends S["length"]
    ? Shape
    : number extends NormalizeAxis<readonly [...S, 1], Axis>
      ? Ranked<readonly [...S, 1]>
      : readonly [
          ...Before<S, NormalizeAxis<readonly [...S, 1], Axis>>,
          Size,
          ...From<S, NormalizeAxis<readonly [...S, 1], Axis>>,
        ]
  : never;

/** The shape with two axes swapped. */
export type SwapAxes<S extends Shape, A extends number, B extends number> = S extends Shape
  ? number extends NormalizeAxis<S, A> | NormalizeAxis<S, B>
    ? Ranked<S>
    : {
        readonly [I in keyof S]: I extends `${NormalizeAxis<S, A>}`
          ? S[NormalizeAxis<S, B>]
          : I extends `${NormalizeAxis<S, B>}`
            ? S[NormalizeAxis<S, A>]
            : S[I];
      }
  : never;

/** The shape with its axes in another order, reversed if none is given. */
export type Permute<S extends Shape, Order> = S extends Shape
  ? number extends S["length"]
    ? Shape
    : [Order] extends [undefined]
      ? Reversed<S>
      : [Order] extends [Shape]
        ? number extends Order["length"]
          ? Ranked<S>
          : Order["length"] extends S["length"]
            ? { readonly [I in keyof Order]: S[NormalizeAxis<S, Order[I] & number>] }
            : never
        : Ranked<S>
  : never;
type Reversed<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? Reversed<R, readonly [H, ...Out]>
  : Out;

/** `true`, or the mismatch of an order that does not name each axis once. */
export type PermuteVerdict<S extends Shape, Order> = [number] extends [S["length"]]
  ? true
  : [undefined] extends [Order]
    ? true
    : Order extends Shape
      ? [number] extends [Order["length"]]
        ? true
        : [number] extends [Order[number]]
          ? true
          : InOrder<S, Order>
      : true;
type InOrder<S extends Shape, Order extends Shape> = S extends Shape
  ? [Order["length"], Exclude<Axis0To5<S>, NormalizeAxis<S, Order[number]>>] extends [S["length"], never]
    ? true
    : ShapeMismatch<`permute: ${Show<Order>} is no order of the axes of ${Show<S>}`>
  : never;
type Axis0To5<S extends Shape> = NormalizeAxis<S, 0 | 1 | 2 | 3 | 4 | 5>;
