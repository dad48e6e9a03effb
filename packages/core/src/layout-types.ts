import type { AxisVerdict, Before, From, NormalizeAxis, Tail, WithoutOnes, WithSize } from "./axis-types.ts";
import type { Shape } from "./shape.ts";
import type { Agrees, Known, ShapeMismatch, Show } from "./shape-types.ts";

/** The shape that `reshape` gives: -1 is worked out where the other dimensions cancel. */
export type Reshape<S extends Shape, T extends Shape> = number extends T["length"]
  ? Shape
  : -1 extends T[number]
    ? { readonly [I in keyof T]: T[I] extends -1 ? Rest<S, T> : T[I] }
    : Readonly<T>;
type Rest<S extends Shape, T extends Shape> = number extends S["length"] | S[number] | T[number]
  ? number
  : 0 extends S[number]
    ? number
    : Cancel<S, T> extends readonly [infer Left extends Shape, readonly []]
      ? Joined<Left>
      : number;

/** What is left of two shapes when dimensions that both have, 1 and -1 are out: a product of types would be too dear. */
type Cancel<A extends Shape, B extends Shape, Kept extends Shape = readonly []> = A extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? [H] extends [1]
    ? Cancel<R, B, Kept>
    : [H] extends [B[number]]
      ? Cancel<R, Drop<B, H>, Kept>
      : Cancel<R, B, readonly [...Kept, H]>
  : readonly [Kept, WithoutOnes<WithoutOpen<B>>];
type Drop<S extends Shape, D, Kept extends Shape = readonly []> = S extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? [H] extends [D]
    ? readonly [...Kept, ...R]
    : Drop<R, D, readonly [...Kept, H]>
  : Kept;
type WithoutOpen<S extends Shape> = -1 extends S[number] ? Drop<S, -1> : S;

/** `true` where sizes agree or cannot be compared, or the mismatch of another number of elements. */
export type ReshapeVerdict<S extends Shape, T extends Shape> = [number] extends [S["length"]]
  ? true
  : [number] extends [T["length"]]
    ? true
    : [number] extends [S[number]]
      ? true
      : [number] extends [T[number]]
        ? true
        : [true] extends [SameSize<S, T>]
          ? -1 extends WithoutOpen<T>[number]
            ? ShapeMismatch<`reshape: ${Show<T>} has more than one -1`>
            : true
          : ShapeMismatch<`reshape: ${Show<S>} does not fit ${Show<T>}`>;
type SameSize<S extends Shape, T extends Shape> = S extends Shape
  ? T extends Shape
    ? 0 extends S[number]
      ? 0 extends T[number]
        ? true
        : -1 extends T[number]
          ? true
          : false
      : 0 extends T[number]
        ? false
        : Balance<Cancel<S, T>, -1 extends T[number] ? true : false>
    : never
  : never;
// Two dimensions or more on a side may have any product: only less than that is decided.
type Balance<Left, Open> = Left extends readonly [infer A extends Shape, infer B extends Shape]
  ? B extends readonly []
    ? A extends readonly []
      ? true
      : Open
    : A extends readonly []
      ? false
      : Open extends true
        ? true
        : [A["length"], B["length"]] extends [1, 1]
          ? false
          : true
  : true;

/** The shape with its axes from `Start` on joined into one. */
export type Flatten<S extends Shape, Start extends number> = S extends Shape
  ? S extends readonly []
    ? readonly [1]
    : number extends S["length"]
      ? Start extends 0
        ? readonly [number]
        : Shape
      : number extends NormalizeAxis<S, Start>
        ? Shape
        : readonly [...Before<S, NormalizeAxis<S, Start>>, Joined<From<S, NormalizeAxis<S, Start>>>]
  : never;
type Joined<S extends Shape> = 0 extends S[number]
  ? 0
  : WithoutOnes<S> extends infer R extends Shape
    ? R extends readonly []
      ? 1
      : R extends readonly [infer D extends number]
        ? D
        : number
    : number;

/** `true`, or the mismatch of an axis that the tensor does not have; a scalar has the first all the same. */
export type FlattenVerdict<Name extends string, S extends Shape, Start extends number> = [number] extends [S["length"]]
  ? true
  : S extends readonly []
    ? true
    : AxisVerdict<Name, S, Start>;
/** The shape with one more dimension at its end. */
export type Append<S extends Shape, N extends number> = number extends S["length"] ? Shape : readonly [...S, N];

/** What to take of one axis: an index (the axis goes), `null` for all, or [start, stop, step], as in Python. */
export type Range = number | null | readonly [start?: number | null, stop?: number | null, step?: number | null];

/** The shape of a part of a tensor. */
export type Slice<S extends Shape, R extends readonly Range[]> = number extends S["length"] | R["length"]
  ? Shape
  : Sliced<S, R>;
type Sliced<S extends Shape, R extends readonly Range[], Out extends Shape = readonly []> = S extends readonly [
  infer H extends number,
  ...infer S0 extends Shape,
]
  ? R extends readonly [infer X, ...infer R0 extends readonly Range[]]
    ? [X] extends [number]
      ? Sliced<S0, R0, Out>
      : [X] extends [Whole]
        ? Sliced<S0, R0, readonly [...Out, H]>
        : [X] extends [null | readonly unknown[]]
          ? Sliced<S0, R0, readonly [...Out, number]>
          : Shape
    : readonly [...Out, ...S]
  : Out;
type Whole = null | readonly [start?: 0 | null, stop?: null, step?: 1 | null] | readonly [null, null, -1];

/** `true`, or the mismatch of more ranges than axes. */
export type SliceVerdict<S extends Shape, R extends readonly Range[]> = [number] extends [S["length"]]
  ? true
  : [number] extends [R["length"]]
    ? true
    : [true] extends [NotMore<R, S>]
      ? true
      : ShapeMismatch<`slice: ${Show<S>} has fewer axes than the ${R["length"]} ranges given`>;
type NotMore<A extends readonly unknown[], B extends readonly unknown[]> = A extends readonly [unknown, ...infer A0]
  ? B extends readonly [unknown, ...infer B0]
    ? NotMore<A0, B0>
    : false
  : true;

type Widths = readonly (readonly [number, number])[];
/** The shape with elements added along each axis. */
export type Pad<S extends Shape, W extends Widths> = number extends S["length"]
  ? W["length"] extends S["length"]
    ? { readonly [I in keyof W]: number }
    : Shape
  : { readonly [I in keyof S]: I extends keyof W ? (W[I] extends readonly [0, 0] ? S[I] : number) : number };
/** `true`, or the mismatch of another number of pairs than axes. */
export type PadVerdict<S extends Shape, W extends Widths> = [number] extends [W["length"]]
  ? true
  : [number] extends [S["length"]]
    ? true
    : [true] extends [Agrees<W["length"], S["length"]>]
      ? true
      : ShapeMismatch<`pad: ${Show<S>} needs ${S["length"]} pairs of widths`>;

/** The shape of tensors joined along an axis, whose length is not added up. */
export type Concat<Ss extends readonly Shape[], Axis extends number> = Ss extends readonly [infer S extends Shape]
  ? S
  : Merged<WithSizes<Ss, Axis>>;
type WithSizes<Ss extends readonly Shape[], Axis extends number> = {
  readonly [I in keyof Ss]: WithSize<Ss[I], Axis, number>;
};
/** What is known of shapes that must be equal. */
export type Merged<Ss extends readonly Shape[]> = Ss extends readonly [
  infer A extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? Meet<A, Rest>
  : Ss[number];
type Meet<A extends Shape, Rest extends readonly Shape[]> = Rest extends readonly [
  infer B extends Shape,
  ...infer After extends readonly Shape[],
]
  ? Meet<MeetTwo<A, B>, After>
  : A;
type MeetTwo<A extends Shape, B extends Shape> = number extends A["length"]
  ? B
  : number extends B["length"]
    ? A
    : { readonly [I in keyof A]: I extends keyof B ? Known<A[I], B[I] & number> : A[I] };

/** `true`, or the mismatch of shapes that do not join. */
export type ConcatVerdict<Ss extends readonly Shape[], Axis extends number> = [number] extends [Axis | Ss["length"]]
  ? true
  : Ss extends readonly []
    ? ShapeMismatch<"concat: there is nothing to join">
    : AlikeVerdict<WithSizes<Ss, Axis>, Ss, "concat", ` do not join along axis ${Axis}`>;
/** `true`, or the mismatch of shapes that are not equal. */
export type StackVerdict<Ss extends readonly Shape[]> = AlikeVerdict<Ss, Ss, "stack", " differ">;
/** Compares the first shape with each other one; `Shown` are the shapes as they are printed. */
type AlikeVerdict<
  Ss extends readonly Shape[],
  Shown extends readonly Shape[],
  Name extends string,
  Problem extends string,
> = Ss extends readonly [infer A extends Shape, infer B extends Shape, ...infer Rest extends readonly Shape[]]
  ? [true] extends [MayEqual<A, B>]
    ? AlikeVerdict<readonly [A, ...Rest], WithoutSecond<Shown>, Name, Problem>
    : ShapeMismatch<`${Name}: ${Show<Shown[0]>} and ${Show<Shown[1]>}${Problem}`>
  : true;
type WithoutSecond<Ss extends readonly Shape[]> = Ss extends readonly [
  infer A extends Shape,
  Shape,
  ...infer Rest extends readonly Shape[],
]
  ? readonly [A, ...Rest]
  : Ss;
type MayEqual<A extends Shape, B extends Shape> = [number] extends [(A | B)["length"]]
  ? true
  : A extends readonly [infer X, ...infer A0 extends Shape]
    ? B extends readonly [infer Y, ...infer B0 extends Shape]
      ? [true] extends [Agrees<X, Y>]
        ? MayEqual<A0, B0>
        : false
      : false
    : B extends readonly []
      ? true
      : false;

/** `true`, or the mismatch of an index of another rank than the tensor. */
export type GatherVerdict<Name extends string, S extends Shape, I extends Shape> = [number] extends [
  S["length"] | I["length"],
]
  ? true
  : [true] extends [Agrees<I["length"], S["length"]>]
    ? true
    : ShapeMismatch<`${Name}: an index of ${Show<I>} does not fit ${Show<S>}`>;
/** The shape of what an index takes along an axis: the shape of the index stands for the axis. */
export type Take<S extends Shape, I extends Shape, Axis extends number> = S extends Shape
  ? number extends (S | I)["length"] | NormalizeAxis<S, Axis>
    ? Shape
    : readonly [...Before<S, NormalizeAxis<S, Axis>>, ...I, ...Tail<From<S, NormalizeAxis<S, Axis>>>]
  : never;

/** A tuple of equal parts where their number is known and below 100, else an array. */
export type Times<N extends number, Part> = number extends N
  ? readonly Part[]
  : `${N}` extends Digit | `${Digit}${Digit}`
    ? Repeat<N, Part>
    : readonly Part[];
type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
type Repeat<N extends number, Part, Out extends readonly Part[] = readonly []> = Out["length"] extends N
  ? Out
  : Repeat<N, Part, readonly [...Out, Part]>;
