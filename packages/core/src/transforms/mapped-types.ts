import type { DType } from "../dtype.ts";
import type { Key } from "../key.ts";
import type { Shape } from "../shape.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";

/** What stays as it is in a tree, whatever becomes of its tensors. */
type Static = ((...args: never[]) => unknown) | string | number | boolean | null | undefined | symbol | bigint | Key;

/** The fields of a tree with their tensors mapped; those that exist for the compiler only, such as `~rule`, stay. */
type Field<T, K extends keyof T, Mapped> = K extends `~${string}` ? T[K] : Mapped;

/** A shape without its first axis. */
type Tail<S extends Shape> = S extends readonly [number, ...infer Rest extends readonly number[]]
  ? readonly [...Rest]
  : Shape;

/** A tree of tensors, as what one step of a loop sees of it: one slice along the first axis of each. */
export type Rows<T> =
  T extends Tensor<infer S, infer D>
    ? Tensor<Tail<S>, D>
    : T extends Static
      ? T
      : { [K in keyof T]: Field<T, K, Rows<T[K]>> };

/** A tree of tensors with one more axis, the first: one slice for each step, or each example. */
export type Stacked<T> =
  T extends Tensor<infer S, infer D extends DType>
    ? Tensor<readonly [number, ...S], D>
    : T extends Static
      ? T
      : { [K in keyof T]: Field<T, K, Stacked<T[K]>> };

/** A tree of tensors whose shapes are checked when the program runs only. */
export type Widened<T> = T extends AnyTensor
  ? Tensor<Shape, T["dtype"]>
  : T extends Static
    ? T
    : { [K in keyof T]: Field<T, K, Widened<T[K]>> };

/** A tree whose tensors have one more axis, anywhere, or are the same for all examples. */
export type Examples<T> =
  T extends Tensor<Shape, infer D>
    ? Tensor<Shape, D>
    : T extends Static
      ? T
      : { [K in keyof T]: Field<T, K, Examples<T[K]>> };
