import type { DType, Storage } from "./dtype.ts";
import type { Shape } from "./shape.ts";
import type { ShapeMismatch } from "./shape-types.ts";

/** Numbers or booleans, nested as deep as there are axes. */
export type NestedValues = number | boolean | readonly NestedValues[];

/** The shape of nested values or a typed array, as far as their type tells: literals give sizes, variables `number`. */
export type ShapeOfNested<V> = [V] extends [number | boolean]
  ? Unless<V, Shape, readonly []>
  : [V] extends [Storage]
    ? readonly [number]
    : [V] extends [readonly []]
      ? readonly [0]
      : [V] extends [readonly unknown[]]
        ? ShapeOfNested<V[0]> extends infer Row extends Shape
          ? number extends Row["length"]
            ? Shape
            : readonly [V["length"], ...Row]
          : Shape
        : Shape;

/** The dtype that nested values or a typed array have when none is given. */
export type DTypeOf<V> = [V] extends [Storage]
  ? Unless<V, DType, ArrayDType<V>>
  : [V] extends [boolean]
    ? "bool"
    : [V] extends [number]
      ? "float32"
      : [V] extends [readonly []]
        ? "float32"
        : [V] extends [readonly unknown[]]
          ? DTypeOf<V[0]>
          : "bool" | "float32";
type ArrayDType<V> = V extends Float32Array
  ? "float32"
  : V extends Float64Array
    ? "float64"
    : V extends Int32Array
      ? "int32"
      : "uint8";

/** `Otherwise`, but `Open` where V is `any`, as what JSON.parse gives is. */
type Unless<V, Open, Otherwise> = 0 extends 1 & V ? Open : Otherwise;

/** `true`, or the mismatch of rows whose types tell that they differ in length. */
export type NestedVerdict<V> = [0] extends [1 & V]
  ? true
  : V extends readonly unknown[]
    ? [V[0]] extends [readonly unknown[]]
      ? [RowLength<V[number]>] extends [RowLength<V[0]>]
        ? NestedVerdict<V[0]>
        : [number] extends [RowLength<V[number]>]
          ? true
          : ShapeMismatch<"tensor: rows differ in length">
      : true
    : true;
type RowLength<Row> = Row extends readonly unknown[] ? Row["length"] : "no row";
