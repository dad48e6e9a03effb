import type { Shape } from "./shape.ts";
import type { Broadcast, ShapeMismatch, Show } from "./shape-types.ts";

/** The shape with its last two axes swapped where `Swap` is true. */
export type Transposed<S extends Shape, Swap extends boolean> = boolean extends Swap
  ? Shape
  : Swap extends true
    ? S extends readonly [...infer Batch extends Shape, infer M extends number, infer N extends number]
      ? readonly [...Batch, N, M]
      : Shape
    : S;

/** The shape of a product of matrices, batches of them, or vectors, as numpy.matmul has it. */
export type Matmul<A extends Shape, B extends Shape> = number extends (A | B)["length"]
  ? Shape
  : A extends readonly [...infer Rows extends Shape, number]
    ? B extends readonly [number]
      ? Rows
      : B extends readonly [number, infer N extends number]
        ? readonly [...Rows, N]
        : B extends readonly [...infer BatchB extends Shape, number, infer N extends number]
          ? Rows extends readonly [...infer BatchA extends Shape, infer M extends number]
            ? readonly [...Broadcast<BatchA, BatchB>, M, N]
            : readonly [...BatchB, N]
          : never
    : never;

type Inner<A extends Shape> = A extends readonly [...Shape, infer K extends number] ? K : never;
type InnerB<B extends Shape> = B extends readonly [infer K extends number]
  ? K
  : B extends readonly [...Shape, infer K extends number, number]
    ? K
    : never;
type Batch<S extends Shape> = S extends readonly [...infer B extends Shape, number, number] ? B : readonly [];
type Agrees<X, Y> = [number] extends [X] ? true : [number] extends [Y] ? true : X extends Y ? true : false;

/** `true`, or the mismatch of two shapes that have no product. `TA` and `TB` say which operand is transposed. */
export type MatmulVerdict<
  Name extends string,
  A extends Shape,
  B extends Shape,
  TA extends boolean = false,
  TB extends boolean = false,
> = [boolean] extends [TA]
  ? true
  : [boolean] extends [TB]
    ? true
    : [number] extends [(A | B)["length"]]
      ? true
      : ProductVerdict<Name, Transposed<A, TA>, Transposed<B, TB>, `${Mark<A, TA>} and ${Mark<B, TB>}`>;
type Mark<S extends Shape, Swap extends boolean> = `${Show<S>}${Swap extends true ? "ᵀ" : ""}`;
type ProductVerdict<Name extends string, A extends Shape, B extends Shape, Shown extends string> = [A] extends [
  readonly [],
]
  ? ShapeMismatch<`${Name}: ${Shown}: a scalar is no matrix; use mul`>
  : [B] extends [readonly []]
    ? ShapeMismatch<`${Name}: ${Shown}: a scalar is no matrix; use mul`>
    : [true] extends [Agrees<Inner<A>, InnerB<B>>]
      ? [Broadcast<Batch<A>, Batch<B>>] extends [never]
        ? ShapeMismatch<`${Name}: ${Show<Batch<A>>} and ${Show<Batch<B>>} do not broadcast`>
        : true
      : ShapeMismatch<`${Name}: inner dimensions of ${Shown} differ`>;

/** The shape of `x·weightᵀ`, weight being [out, in]: the last axis of x becomes `out`. */
export type Linear<X extends Shape, W extends Shape> = number extends X["length"]
  ? Shape
  : X extends readonly [...infer B extends Shape, number]
    ? W extends readonly [infer Out extends number, number]
      ? readonly [...B, Out]
      : readonly [...B, number]
    : never;
