import type { Key } from "../key.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** What stays as it is in a tree, whatever becomes of its tensors. */
type Static = Key | ((...args: never[]) => unknown) | string | number | boolean | null | undefined | symbol | bigint;

/** A tree whose tensors have the batch as first axis. */
export type Batch<T> =
  T extends Tensor<infer S, infer D>
    ? Tensor<readonly [number, ...S], D>
    : T extends Static
      ? T
      : { [K in keyof T]: Batch<T[K]> };

/** A tree whose tensors have one more axis, anywhere, or are the same for all examples. */
export type Examples<T> =
  T extends Tensor<Shape, infer D> ? Tensor<Shape, D> : T extends Static ? T : { [K in keyof T]: Examples<T[K]> };
