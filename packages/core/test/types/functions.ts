// Functions of every signature family, declared only, so that the type tests need no operation.
import type { Shape } from "../../src/shape.ts";
import type * as families from "../../src/signatures.ts";
import type { Tensor } from "../../src/tensor.ts";

export declare const exp: families.FloatUnary;
export declare const neg: families.SameUnary;
export declare const finite: families.Predicate;
export declare const alias: families.Identity;
export declare const cast: families.Cast;
export declare const clamp: families.Clamp;
export declare const softmax: families.FloatAlongAxis<"softmax">;
export declare const add: families.Binary<"add">;
export declare const sub: families.Binary<"sub">;
export declare const mul: families.Binary<"mul">;
export declare const div: families.FloatBinary<"div">;
export declare const less: families.Comparison<"less">;
export declare const greater: families.Comparison<"greater">;
export declare const logicalAnd: families.Logical<"logicalAnd">;
export declare const logicalNot: families.LogicalUnary<"logicalNot">;
export declare const maximum: families.SameBinary<"maximum">;
export declare const where: families.Where;
export declare const sum: families.Sum;
export declare const mean: families.Mean;
export declare const max: families.Max;
export declare const all: families.All;
export declare const argmax: families.ArgMax;
export declare const variance: families.FloatReduction<"variance", { readonly correction?: number }>;
export declare const reshape: families.Reshape;
export declare const flatten: families.JoinAxes<"flatten">;
export declare const permute: families.Permute;
export declare const transpose: families.Transpose;
export declare const broadcastTo: families.BroadcastTo;
export declare const expandDims: families.ExpandDims;
export declare const squeeze: families.Squeeze;
export declare const slice: families.Slice;
export declare const pad: families.Pad;
export declare const concat: families.Concat;
export declare const stack: families.Stack;
export declare const split: families.Split;
export declare const matmul: families.Matmul;
export declare const linear: families.Linear;
export declare const gather: families.Gather;
export declare const take: families.Take;
export declare const oneHot: families.OneHot;
export declare const sort: families.Sort;
export declare const zeros: families.Fill;
export declare const full: families.Full;
export declare const tensor: families.TensorFrom;

export type { Shape, Tensor };

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** `expect(value).toBe<Type>(true)` compiles if the value has exactly that type. */
export declare function expect<T>(value: T): { toBe<U>(proof: Equal<T, U>): void };

/** A float32 tensor, the dtype that examples mostly have. */
export type F32<S extends Shape> = Tensor<S, "float32">;
