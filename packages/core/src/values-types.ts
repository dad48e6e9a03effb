import type { Storage } from "./dtype.ts";
import type { Shape } from "./shape.ts";

/** Numbers or booleans, nested as deep as there are axes. */
export type NestedValues = number | boolean | readonly NestedValues[];

/** The shape of nested values or a typed array, as far as their type tells: literals give sizes, variables `number`. */
export type ShapeOfNested<V> = [V] extends [number | boolean]
  ? readonly []
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
  ? ArrayDType<V>
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
