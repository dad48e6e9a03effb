import type { AnyTensor, DType, FloatDType, OperandDType, OperandShape, Shape, Tensor } from "@tapegrad/core/functions";

/** What a call is asked for when layers or shapes do not fit. No value has this type; the message says why. */
export interface LayerMismatch<Message extends string> {
  readonly layerMismatch: Message;
}

/** What an argument must be besides its own type: anything where the verdict is `true`, a mismatch otherwise. */
export type Demand<Verdict> = [Verdict] extends [LayerMismatch<string>] ? Verdict : unknown;

/** The dtype of functions that leave the integers. */
export type FloatOf<D extends DType> = D extends FloatDType ? D : "float32";

/** A type in a box, which lets conditional types see through the type parameters of generic functions. */
interface Box<out T> {
  readonly box: T;
}

/** A shape as messages write it: `[2, 3]`, with `?` for a dimension that is not known. */
export type Show<S extends Shape> = number extends S["length"] ? "[...]" : `[${Join<S>}]`;
type Join<S extends Shape> = S extends readonly [infer H extends number, ...infer R extends Shape]
  ? `${number extends H ? "?" : H}${R["length"] extends 0 ? "" : `, ${Join<R>}`}`
  : "";

/** Whether two dimensions may be equal. */
export type Fits<X, Y> = [number] extends [X] ? true : [number] extends [Y] ? true : X extends Y ? true : false;

/** The last dimension, or `number` where it is not known. */
type LastOf<S extends Shape> = S extends readonly [...Shape, infer L extends number] ? L : number;

/**
 * A function from the type of a layer's input to that of its output, as a type: the input is put in for `input`, and
 * `output` read. A layer declares one as its `~rule`, which exists for the compiler only; `takes` and `gives` are the
 * sizes of the last axis, where known.
 */
export interface LayerRule {
  readonly input: unknown;
  readonly output: unknown;
  readonly takes: number;
  readonly gives: number | "same";
}

interface Ruled {
  readonly "~rule": LayerRule;
}

/** A container of layers in a row; for the compiler only. */
interface Chained<L extends readonly unknown[]> {
  readonly "~chain": L;
}

/** What a module gives for an input. */
export type Output<M, X> =
  M extends Chained<infer L>
    ? Flow<L, X>
    : M extends { readonly "~rule": infer R extends LayerRule }
      ? (R & { readonly input: X })["output"]
      : M extends { forward(x: never): infer Y }
        ? Y
        : unknown;

/** What a module takes. */
export type Input<M> = M extends Ruled | Chained<readonly unknown[]>
  ? AnyTensor
  : M extends { forward(x: infer X): unknown }
    ? X
    : never;

/** `true`, or the mismatch of an input with the module that is to take it. */
export type InputVerdict<M, X> = X extends AnyTensor ? TakesVerdict<"apply", TakesOf<M>, OperandShape<X>> : true;

/** `true`, or the mismatch of a shape with the features that a layer takes. */
export type TakesVerdict<Name extends string, Takes extends number, S extends Shape> = [number] extends [S["length"]]
  ? true
  : [true] extends [Fits<LastOf<S>, Takes>]
    ? true
    : LayerMismatch<`${Name}: the layer takes ${Takes} features, ${Show<S>} has ${LastOf<S>}`>;

/** `true`, or the mismatch of a shape with the channels that a layer takes, the second axis. */
export type ChannelsVerdict<Name extends string, Takes extends number, S extends Shape> = S extends readonly [
  number,
  infer C extends number,
  ...Shape,
]
  ? [true] extends [Fits<C, Takes>]
    ? true
    : LayerMismatch<`${Name}: the layer takes ${Takes} channels, ${Show<S>} has ${C}`>
  : true;

/** What a layer gives for an input by its rule. */
export type RuleOutput<R extends LayerRule, X> = (R & { readonly input: X })["output"];

/** The shape with another last dimension. */
export type WithLast<S extends Shape, N extends number> =
  Box<S> extends Box<readonly [...infer Batch extends Shape, number]> ? readonly [...Batch, N] : Shape;

/** The rule of a linear layer. */
export interface LinearRule<In extends number, Out extends number, D extends DType> extends LayerRule {
  readonly output: Tensor<WithLast<OperandShape<this["input"]>, Out>, D>;
  readonly takes: In;
  readonly gives: Out;
}

/** The rule of layers that keep the shape, and of integers make floats. */
export interface ElementwiseRule extends LayerRule {
  readonly output: Tensor<OperandShape<this["input"]>, FloatOf<OperandDType<this["input"]>>>;
  readonly gives: "same";
}

/** The rule of layers that keep shape and dtype. */
export interface IdentityRule extends LayerRule {
  readonly output: this["input"];
  readonly gives: "same";
}

/** What layers in a row give for an input. */
export type Flow<L extends readonly unknown[], X> = number extends L["length"]
  ? AnyTensor
  : L extends readonly [infer First, ...infer Rest]
    ? Flow<Rest, Output<First, X>>
    : X;

/** The features that a module takes. */
export type TakesOf<M> =
  M extends Chained<infer L>
    ? ChainTakes<L>
    : M extends { readonly "~rule": infer R extends LayerRule }
      ? R["takes"]
      : number;
type GivesOf<M> =
  M extends Chained<infer L>
    ? ChainGives<L>
    : M extends { readonly "~rule": infer R extends LayerRule }
      ? R["gives"]
      : number;

/** The features that layers in a row take: those of the first layer that does not merely keep what it gets. */
export type ChainTakes<L extends readonly unknown[]> = L extends readonly [infer First, ...infer Rest]
  ? [number, "same"] extends [TakesOf<First>, GivesOf<First>]
    ? ChainTakes<Rest>
    : TakesOf<First>
  : number;

/** The features that layers in a row give. */
type ChainGives<L extends readonly unknown[]> = number extends L["length"]
  ? number
  : L extends readonly [...infer Rest, infer Last]
    ? [GivesOf<Last>] extends ["same"]
      ? ChainGives<Rest>
      : GivesOf<Last>
    : "same";

/** `true`, or the first two layers in a row that do not fit. */
export type ChainVerdict<
  L extends readonly unknown[],
  Known extends number = number,
  From extends number = 0,
  Done extends readonly unknown[] = readonly [],
> = number extends L["length"]
  ? true
  : L extends readonly [infer First, ...infer Rest]
    ? [true] extends [Fits<Known, TakesOf<First>>]
      ? [GivesOf<First>] extends ["same"]
        ? ChainVerdict<Rest, Known, From, readonly [...Done, First]>
        : ChainVerdict<Rest, Exclude<GivesOf<First>, "same">, Done["length"], readonly [...Done, First]>
      : LayerMismatch<`Sequential: layer ${From} gives ${Known} features, layer ${Done["length"]} takes ${TakesOf<First>}`>
    : true;

/** `true`, or the mismatch of two shapes that must be equal. */
export type SameShapeVerdict<Name extends string, A extends Shape, B extends Shape> = [number] extends [
  (A | B)["length"],
]
  ? true
  : [true] extends [Equal<A, B>]
    ? true
    : LayerMismatch<`${Name}: ${Show<A>} and ${Show<B>} differ`>;
type Equal<A extends Shape, B extends Shape> = A extends readonly [infer X, ...infer R extends Shape]
  ? B extends readonly [infer Y, ...infer Q extends Shape]
    ? [true] extends [Fits<X, Y>]
      ? Equal<R, Q>
      : false
    : false
  : B extends readonly []
    ? true
    : false;
