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
 * A verdict that is a union, because a shape is one, passes if any member does. Inside a generic function a verdict
 * stays open, and the compiler lets the argument pass if it finds no mismatch with `any` for the type parameters.
 * Verdicts are written so that it finds none: they ask with what is known on the left of `extends`, what is in question
 * on the right in brackets, and pass in the first branch.
 */
export type Demand<Verdict> = [Verdict] extends [Mismatch] ? Verdict : unknown;

/** The first mismatch of two verdicts. */
export type Both<First, Second> = [true] extends [First] ? Second : First;

/**
 * A type in a box. `S extends ...` waits while S is a type parameter; `Box<S> extends Box<...>` is answered at once
 * where the answer cannot depend on S. Results use this, so that generic functions see through them.
 */
export interface Box<out T> {
  readonly box: T;
}
/** A box that only an equal type fits, also among type parameters. */
export interface Same<in out T> {
  readonly same: (value: T) => T;
}

/** A shape as messages write it: `[2, 3]`, with `?` for a dimension that is not known. */
export type Show<S extends Shape> = number extends S["length"] ? "[...]" : `[${Join<S>}]`;
type Join<S extends Shape> = S extends readonly [infer H extends number, ...infer R extends Shape]
  ? `${number extends H ? "?" : H}${R["length"] extends 0 ? "" : `, ${Join<R>}`}`
  : "";

/** A shape of the same rank, of which nothing else is known. */
export type Ranked<S extends Shape> = number extends S["length"] ? Shape : { readonly [I in keyof S]: number };

/** Whether two dimensions may be equal; `boolean` for unions of which some may. */
export type Agrees<X, Y> = [number] extends [X] ? true : [number] extends [Y] ? true : X extends Y ? true : false;
/** What is known of a dimension that two shapes share. */
export type Known<X extends number, Y extends number> = number extends X ? Y : number extends Y ? X : X & Y;

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
type Fits<X, Y> = [1] extends [X] ? true : [1] extends [Y] ? true : Agrees<X, Y>;
type Stretch<X extends number, Y extends number> = X extends 1 ? Y : Y extends 1 ? X : Known<X, Y>;

/** `true`, or the mismatch of two shapes that do not broadcast. */
export type BroadcastVerdict<Name extends string, A extends Shape, B extends Shape> = [number] extends [
  (A | B)["length"],
]
  ? true
  : [Aligned<A, B>] extends [never]
    ? ShapeMismatch<`${Name}: ${Show<A>} and ${Show<B>} do not broadcast`>
    : true;

/** `true`, or the mismatch of a shape that does not stretch to another. */
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
    ? [true] extends [[1] extends [X] ? true : Agrees<X, Y>]
      ? Stretches<S0, T0>
      : false
    : false
  : true;
