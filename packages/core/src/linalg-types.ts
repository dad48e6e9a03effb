import type { Shape } from "./shape.ts";
import type { Agrees, Box, Broadcast, BroadcastVerdict, ShapeMismatch, Show } from "./shape-types.ts";

/** The shape with its last two axes swapped where `Swap` is true. */
export type Transposed<S extends Shape, Swap extends boolean> = boolean extends Swap
  ? Shape
  : Swap extends true
    ? S extends readonly [...infer Batch extends Shape, infer M extends number, infer N extends number]
      ? readonly [...Batch, N, M]
      : Shape
    : S;

/** The shape of a product of matrices, batches of them, or vectors, as numpy.matmul has it. */
export type Matmul<A extends Shape, B extends Shape> =
  Box<readonly [A, B]> extends Box<
    readonly [readonly [...infer Rows extends Shape, unknown], readonly [unknown, infer N extends number]]
  >
    ? readonly [...Rows, N]
    : number extends (A | B)["length"]
      ? Shape
      : Product<A, B>;
type Product<A extends Shape, B extends Shape> = A extends readonly [...infer Rows extends Shape, number]
  ? B extends readonly [number]
    ? readonly [...Rows]
    : B extends readonly [...infer BatchB extends Shape, number, infer N extends number]
      ? Rows extends readonly [...infer BatchA extends Shape, infer M extends number]
        ? readonly [...Broadcast<BatchA, BatchB>, M, N]
        : readonly [...BatchB, N]
      : never
  : never;

/** `true`, or the mismatch of shapes that have no product. `TA` and `TB` say which operand is transposed. */
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
type Mark<S extends Shape, Swap> = `${Show<S>}${Swap extends true ? "ᵀ" : ""}`;
type ProductVerdict<Name extends string, A extends Shape, B extends Shape, Shown extends string> = [true] extends [
  Agrees<RowLength<A>, ColumnLength<B>>,
]
  ? BroadcastVerdict<Name, Batch<A>, Batch<B>>
  : [A] extends [readonly []]
    ? ShapeMismatch<`${Name}: ${Shown} have no product; use mul for scalars`>
    : [B] extends [readonly []]
      ? ShapeMismatch<`${Name}: ${Shown} have no product; use mul for scalars`>
      : ShapeMismatch<`${Name}: inner dimensions of ${Shown} differ`>;
type RowLength<A extends Shape> = A extends readonly [...Shape, infer K extends number] ? K : "none";
type ColumnLength<B extends Shape> = B extends readonly [infer K extends number]
  ? K
  : B extends readonly [...Shape, infer K extends number, number]
    ? K
    : "no";
type Batch<S extends Shape> = S extends readonly [...infer B extends Shape, number, number] ? B : readonly [];

/** The shape of `x·weightᵀ` for a weight of [out, in]: the last axis of x becomes `out`. */
export type Linear<X extends Shape, W extends Shape> =
  Box<readonly [X, W]> extends Box<
    readonly [readonly [...infer Rows extends Shape, unknown], readonly [infer Out extends number, unknown]]
  >
    ? readonly [...Rows, Out]
    : number extends X["length"]
      ? Shape
      : X extends readonly [...infer Rows extends Shape, number]
        ? readonly [...Rows, number]
        : never;

/** `true`, or the mismatch of a tensor and the weight of a linear layer. */
export type LinearVerdict<X extends Shape, W extends Shape> = [number] extends [(X | W)["length"]]
  ? true
  : [true] extends [Agrees<W["length"], 2>]
    ? ProductVerdict<"linear", X, Transposed<W, true>, `${Show<X>} and ${Show<W>}ᵀ`>
    : ShapeMismatch<`linear: weight ${Show<W>} is not [out, in]`>;

/** `true`, or the mismatch of a bias that does not fit the weight of a linear layer. */
export type BiasVerdict<W extends Shape, C extends Shape> = [number] extends [(W | C)["length"]]
  ? true
  : [true] extends [Agrees<W[0], C[0]>]
    ? true
    : ShapeMismatch<`linear: bias ${Show<C>} does not fit weight ${Show<W>}`>;
