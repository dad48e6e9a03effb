import type { DTypeMismatch } from "./dtype-types.ts";
import type { Shape } from "./shape.ts";

/** What a call is asked for when its shapes do not fit. No value has this type; the message says why. */
export interface ShapeMismatch<Message extends string> {
  readonly shapeMismatch: Message;
}

type Mismatch = ShapeMismatch<string> | DTypeMismatch<string>;

/**
 * What an argument must be besides its own type: anything where the verdict is `true`, a mismatch otherwise.
 *
 * A verdict that is a union, because a shape is one, passes if any member does. Inside a generic function the verdict
 * stays open, and the compiler accepts the argument if the verdict is not a mismatch once type parameters count as
 * `any`. Verdicts are therefore written so that `any` passes: a known type stands on the left of `extends`, what is in
 * question on the right in brackets, and passing is the first branch.
 */
export type Demand<Verdict> = [Verdict] extends [Mismatch] ? Verdict : unknown;

/** The first mismatch of two verdicts. */
export type Both<First, Second> = [true] extends [First] ? Second : First;

/** Invariant, so that `Same<A> extends Same<B>` asks for equality, also between type parameters. */
interface Same<in out T> {
  readonly same: (value: T) => T;
}

/** A shape as messages write it: `[2, 3]`, with `?` for a dimension that is not known. */
export type Show<S extends Shape> = number extends S["length"] ? "[...]" : `[${Join<S>}]`;
type Join<S extends Shape> = S extends readonly [infer H extends number, ...infer R extends Shape]
  ? `${number extends H ? "?" : H}${R["length"] extends 0 ? "" : `, ${Join<R>}`}`
  : "";

/** The same shape with nothing known but its rank. */
export type Ranked<S extends Shape> = number extends S["length"] ? Shape : { readonly [I in keyof S]: number };

/** Whether two dimensions may be equal. A dimension that is not known may be anything. */
type Agrees<X, Y> = [number] extends [X] ? true : [number] extends [Y] ? true : X extends Y ? true : false;
/** Whether two dimensions broadcast. */
type Fits<X, Y> = [1] extends [X] ? true : [1] extends [Y] ? true : Agrees<X, Y>;
type Stretch<X, Y> = X extends 1 ? Y : Y extends 1 ? X : number extends X ? Y : number extends Y ? X : X & Y;

/** The shape of two operands that broadcast; `never` when they do not. */
export type Broadcast<A extends Shape, B extends Shape> =
  Same<A> extends Same<B> ? A : number extends (A | B)["length"] ? Shape : Aligned<A, B>;
type Aligned<A extends Shape, B extends Shape, Out extends Shape = readonly []> = A extends readonly [
  ...infer A0 extends Shape,
  infer X extends number,
]
  ? B extends readonly [...infer B0 extends Shape, infer Y extends number]
    ? [true] extends [Fits<X, Y>]
      ? Aligned<A0, B0, readonly [Stretch<X, Y>, ...Out]>
      : never
    : readonly [...A, ...Out]
  : readonly [...B, ...Out];

/** `true`, or the mismatch of two shapes that do not broadcast. */
export type BroadcastVerdict<Name extends string, A extends Shape, B extends Shape> = [number] extends [
  (A | B)["length"],
]
  ? true
  : [Aligned<A, B>] extends [never]
    ? ShapeMismatch<`${Name}: ${Show<A>} and ${Show<B>} do not broadcast`>
    : true;

/** `true`, or the mismatch of a tensor that does not stretch to a shape. */
export type BroadcastToVerdict<S extends Shape, T extends Shape> = [number] extends [(S | T)["length"]]
  ? true
  : [true] extends [Stretches<S, T>]
    ? true
    : ShapeMismatch<`broadcastTo: ${Show<S>} does not stretch to ${Show<T>}`>;
type Stretches<S extends Shape, T extends Shape> = S extends readonly [
  ...infer S0 extends Shape,
  infer X extends number,
]
  ? T extends readonly [...infer T0 extends Shape, infer Y extends number]
    ? [1] extends [X]
      ? Stretches<S0, T0>
      : [true] extends [Agrees<X, Y>]
        ? Stretches<S0, T0>
        : false
    : false
  : true;

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

/** The shape with another size along an axis. */
export type WithSize<S extends Shape, Axis extends number, Size extends number> = number extends S["length"]
  ? Shape
  : number extends NormalizeAxis<S, Axis>
    ? Ranked<S>
    : { readonly [I in keyof S]: I extends `${NormalizeAxis<S, Axis>}` ? Size : S[I] };

/** Sizes in front of an axis that is counted from the front. */
export type Before<S extends Shape, Axis extends number, Out extends Shape = readonly []> = Out["length"] extends Axis
  ? Out
  : S extends readonly [infer H extends number, ...infer R extends Shape]
    ? Before<R, Axis, readonly [...Out, H]>
    : Out;
/** Sizes behind an axis that is counted from the front. */
export type After<S extends Shape, Axis extends number, Seen extends Shape = readonly []> = S extends readonly [
  infer H extends number,
  ...infer R extends Shape,
]
  ? Seen["length"] extends Axis
    ? R
    : After<R, Axis, readonly [...Seen, H]>
  : readonly [];
