import type { Axes, Shape } from "./shape.ts";
import type {
  After,
  AxisVerdict,
  Before,
  NormalizeAxis,
  Ranked,
  ShapeMismatch,
  Show,
  WithSize,
} from "./shape-types.ts";

type Ones<S extends Shape> = number extends S["length"] ? Shape : { readonly [I in keyof S]: 1 };
type Tail<S extends Shape> = S extends readonly [number, ...infer R extends Shape] ? R : readonly [];

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
type ReducedOne<S extends Shape, Axis extends number, Keep extends boolean> = number extends S["length"]
  ? Shape
  : number extends NormalizeAxis<S, Axis>
    ? Ranked<Keep extends true ? S : Tail<S>>
    : Axis extends number
      ? Without<S, NormalizeAxis<S, Axis>, Keep>
      : never;
// An element that is a union, such as 0 | 1, names more axes than there are elements: nothing is known then.
type ReducedSome<S extends Shape, A extends readonly number[], Keep extends boolean> = number extends
  | S["length"]
  | A["length"]
  | NormalizeAxis<S, A[number]>
  ? Keep extends true
    ? Ranked<S>
    : Shape
  : [...Without<S, NormalizeAxis<S, A[number]>, false>, ...A]["length"] extends S["length"]
    ? Without<S, NormalizeAxis<S, A[number]>, Keep>
    : Shape;
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

/** `true`, or the mismatch of an axis among several that the tensor does not have. */
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
            : [Unknown<S, A[number]>] extends [never]
              ? true
              : ShapeMismatch<`${Name}: ${Show<S>} has no axis ${Unknown<S, A[number]>}`>
        : true;
type Unknown<S extends Shape, Axis extends number> = Axis extends number
  ? [NormalizeAxis<S, Axis>] extends [never]
    ? Axis
    : never
  : never;

// ── Reshape ──

type Drop<S extends Shape, D, Kept extends Shape = readonly []> = S extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? [H] extends [D]
    ? readonly [...Kept, ...R]
    : Drop<R, D, readonly [...Kept, H]>
  : Kept;
/** What is left of two shapes when dimensions that both have, 1 and -1 are taken out: products of types are too dear. */
type Cancel<A extends Shape, B extends Shape, Kept extends Shape = readonly []> = A extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? [H] extends [1]
    ? Cancel<R, B, Kept>
    : [H] extends [B[number]]
      ? Cancel<R, Drop<B, H>, Kept>
      : Cancel<R, B, readonly [...Kept, H]>
  : readonly [Kept, Plain<B>];
type Plain<B extends Shape, Out extends Shape = readonly []> = B extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? Plain<R, [H] extends [1 | -1] ? Out : readonly [...Out, H]>
  : Out;

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
      ? Left extends readonly []
        ? 1
        : Left extends readonly [infer D]
          ? D
          : number
      : number;

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
          ? true
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
        : Undecided<Cancel<S, T>, -1 extends T[number] ? true : false>
    : never
  : never;
type Undecided<Left, Open extends boolean> = Left extends readonly [infer A extends Shape, infer B extends Shape]
  ? B extends readonly []
    ? A extends readonly []
      ? true
      : Open
    : A extends readonly []
      ? false
      : Open extends true
        ? true
        : readonly [A["length"], B["length"]] extends readonly [1, 1]
          ? false
          : true
  : true;

// ── Order of axes ──

type Reversed<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? Reversed<R, readonly [H, ...Out]>
  : Out;

/** The shape with its axes in another order, reversed if none is given. */
export type Permute<S extends Shape, Order> = number extends S["length"]
  ? Shape
  : [Order] extends [undefined]
    ? Reversed<S>
    : [Order] extends [Shape]
      ? number extends Order["length"]
        ? Ranked<S>
        : { readonly [I in keyof Order]: S[NormalizeAxis<S, Order[I] & number>] }
      : Ranked<S>;

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
          : Order["length"] extends S["length"]
            ? [Exclude<AxesOf<S>, NormalizeAxis<S, Order[number]>>] extends [never]
              ? true
              : Disorder<S, Order>
            : Disorder<S, Order>
      : true;
type Disorder<
  S extends Shape,
  Order extends Shape,
> = ShapeMismatch<`permute: ${Show<Order>} is no order of the axes of ${Show<S>}`>;
type AxesOf<S extends Shape> = NormalizeAxis<S, 0 | 1 | 2 | 3 | 4 | 5>;

/** The shape with two axes swapped. */
export type SwapAxes<S extends Shape, A extends number, B extends number> = number extends S["length"]
  ? Shape
  : number extends NormalizeAxis<S, A> | NormalizeAxis<S, B>
    ? Ranked<S>
    : {
        readonly [I in keyof S]: I extends `${NormalizeAxis<S, A>}`
          ? S[NormalizeAxis<S, B>]
          : I extends `${NormalizeAxis<S, B>}`
            ? S[NormalizeAxis<S, A>]
            : S[I];
      };

/** The shape with a new axis of some size, which stands at `Axis` of the result. */
export type ExpandDims<S extends Shape, Axis extends number, Size extends number = 1> = number extends S["length"]
  ? Shape
  : number extends NormalizeAxis<readonly [...S, 1], Axis>
    ? Ranked<readonly [...S, 1]>
    : Before<S, NormalizeAxis<readonly [...S, 1], Axis>> extends infer Front extends Shape
      ? readonly [...Front, Size, ...Behind<S, Front>]
      : never;
type Behind<S extends Shape, Front extends Shape> = S extends readonly [...Front, ...infer R extends Shape] ? R : never;

/** The shape without axes of length 1: those named, or all. */
export type Squeeze<S extends Shape, A extends Axes> = [A] extends [null | undefined]
  ? number extends S["length"] | S[number]
    ? Shape
    : WithoutOnes<S>
  : Reduced<S, A, false>;
type WithoutOnes<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? WithoutOnes<R, [H] extends [1] ? Out : readonly [...Out, H]>
  : Out;

export type { WithSize };
export type Taken<S extends Shape, I extends Shape, Axis extends number> = number extends
  | (S | I)["length"]
  | NormalizeAxis<S, Axis>
  ? Shape
  : readonly [...Before<S, NormalizeAxis<S, Axis>>, ...I, ...After<S, NormalizeAxis<S, Axis>>];
