// Valid uses and the exact types that they have. Compiled, never run.
import type { DType, FloatDType } from "../../src/dtype.ts";
import type { NestedValues } from "../../src/signatures.ts";
import * as t from "./functions.ts";
import { expect, type F32, type Shape, type Tensor } from "./functions.ts";

declare const n: number;
declare const flag: boolean;
declare const numbers: readonly number[];
declare const any: Tensor;
declare const unknownRank: F32<Shape>;
declare const ranked: F32<readonly [number, number]>;
declare const int: Tensor<readonly [2, 3], "int32">;
declare const byte: Tensor<readonly [2, 3], "uint8">;
declare const bool: Tensor<readonly [2, 3], "bool">;
declare const double: Tensor<readonly [2, 3], "float64">;
declare const someDType: Tensor<readonly [2, 3], DType>;
declare const shapes: F32<readonly [2, 3] | readonly [4]>;
declare const tensors: F32<readonly [2, 3]> | F32<readonly [4]>;
declare const dtypes: Tensor<readonly [2, 3], "float32" | "float64">;

const a = t.zeros([2, 3]);
const b = t.zeros([3, 4]);
const v3 = t.zeros([3]);
const scalar = t.zeros([]);

// Tensors are covariant.
a satisfies Tensor;
a satisfies Tensor<Shape>;
a satisfies Tensor<readonly [number, number]>;
a satisfies Tensor<readonly [2, number], FloatDType>;
double satisfies Tensor<readonly [2, 3]>;

// One operand.
expect(t.exp(a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.exp(int)).toBe<F32<readonly [2, 3]>>(true);
expect(t.exp(double)).toBe<Tensor<readonly [2, 3], "float64">>(true);
expect(t.exp(any)).toBe<Tensor<Shape, FloatDType>>(true);
expect(t.exp(shapes)).toBe<F32<readonly [2, 3] | readonly [4]>>(true);
expect(t.exp(tensors)).toBe<F32<readonly [2, 3] | readonly [4]>>(true);
expect(t.neg(bool)).toBe<Tensor<readonly [2, 3], "int32">>(true);
expect(t.neg(byte)).toBe<Tensor<readonly [2, 3], "uint8">>(true);
expect(t.finite(a)).toBe<Tensor<readonly [2, 3], "bool">>(true);
expect(t.alias(int)).toBe<Tensor<readonly [2, 3], "int32">>(true);
expect(t.cast(a, "int32")).toBe<Tensor<readonly [2, 3], "int32">>(true);
expect(t.clamp(a, 0, null)).toBe<F32<readonly [2, 3]>>(true);
expect(t.softmax(a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.softmax(a, 0)).toBe<F32<readonly [2, 3]>>(true);

// Broadcasting.
expect(t.add(a, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(a, v3)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(v3, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(a, scalar)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(t.zeros([5, 1, 4]), t.zeros([3, 1]))).toBe<F32<readonly [5, 3, 4]>>(true);
expect(t.add(t.zeros([0, 3]), t.zeros([1, 3]))).toBe<F32<readonly [0, 3]>>(true);
expect(t.add(t.zeros([n, 3]), t.zeros([1, 3]))).toBe<F32<readonly [number, 3]>>(true);
expect(t.add(t.zeros([n, 3]), t.zeros([8, 3]))).toBe<F32<readonly [8, 3]>>(true);
expect(t.add(ranked, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(ranked, ranked)).toBe<F32<readonly [number, number]>>(true);
expect(t.add(unknownRank, a)).toBe<F32<Shape>>(true);
expect(t.add(shapes, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(tensors, t.zeros([1]))).toBe<F32<readonly [2, 3] | readonly [4]>>(true);
expect(t.add(tensors, n)).toBe<F32<readonly [2, 3] | readonly [4]>>(true);
expect(t.add(any, any)).toBe<Tensor<Shape, Exclude<DType, "bool">>>(true);
expect(t.add(a, flag ? a : 1)).toBe<F32<readonly [2, 3]>>(true);

// Promotion.
expect(t.add(a, 2)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(2, double)).toBe<Tensor<readonly [2, 3], "float64">>(true);
expect(t.add(1, 2)).toBe<F32<readonly []>>(true);
expect(t.add(int, 2)).toBe<Tensor<readonly [2, 3], "int32">>(true);
expect(t.add(bool, 2)).toBe<Tensor<readonly [2, 3], "int32">>(true);
expect(t.add(bool, bool)).toBe<Tensor<readonly [2, 3], "int32">>(true);
expect(t.add(bool, byte)).toBe<Tensor<readonly [2, 3], "uint8">>(true);
expect(t.add(byte, int)).toBe<Tensor<readonly [2, 3], "int32">>(true);
expect(t.add(int, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(int, double)).toBe<Tensor<readonly [2, 3], "float64">>(true);
expect(t.add(someDType, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(dtypes, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.add(dtypes, dtypes)).toBe<Tensor<readonly [2, 3], FloatDType>>(true);
expect(t.div(int, int)).toBe<F32<readonly [2, 3]>>(true);
expect(t.div(1, int)).toBe<F32<readonly [2, 3]>>(true);
expect(t.div(double, 2)).toBe<Tensor<readonly [2, 3], "float64">>(true);
expect(t.less(int, 2)).toBe<Tensor<readonly [2, 3], "bool">>(true);
expect(t.less(a, v3)).toBe<Tensor<readonly [2, 3], "bool">>(true);
expect(t.logicalAnd(bool, t.less(v3, 0))).toBe<Tensor<readonly [2, 3], "bool">>(true);
expect(t.logicalAnd(bool, true)).toBe<Tensor<readonly [2, 3], "bool">>(true);
expect(t.logicalAnd(any, someDType)).toBe<Tensor<Shape, "bool">>(true);
expect(t.where(t.less(v3, 0), t.zeros([2, 1]), 0)).toBe<F32<readonly [2, 3]>>(true);
expect(t.where(true, a, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.where(bool, 1, 0)).toBe<F32<readonly [2, 3]>>(true);
expect(t.where(bool, bool, false)).toBe<Tensor<readonly [2, 3], "bool">>(true);
expect(t.where(any, any, 0)).toBe<Tensor<Shape, Exclude<DType, "bool">>>(true);

expect(t.logicalNot(bool)).toBe<Tensor<readonly [2, 3], "bool">>(true);
expect(t.maximum(bool, bool)).toBe<Tensor<readonly [2, 3], "bool">>(true);
expect(t.maximum(bool, 2)).toBe<Tensor<readonly [2, 3], "int32">>(true);
expect(t.all(any)).toBe<Tensor<readonly [], "bool">>(true);

// Reductions.
const x = t.zeros([2, 3, 4]);
expect(t.sum(x)).toBe<F32<readonly []>>(true);
expect(t.sum(x, null)).toBe<F32<readonly []>>(true);
expect(t.sum(x, undefined, { keepdims: true })).toBe<F32<readonly [1, 1, 1]>>(true);
expect(t.sum(x, 1)).toBe<F32<readonly [2, 4]>>(true);
expect(t.sum(x, -1)).toBe<F32<readonly [2, 3]>>(true);
expect(t.sum(x, -3)).toBe<F32<readonly [3, 4]>>(true);
expect(t.sum(x, 1, { keepdims: true })).toBe<F32<readonly [2, 1, 4]>>(true);
expect(t.sum(x, 1, { keepdims: false })).toBe<F32<readonly [2, 4]>>(true);
expect(t.sum(x, 1, {})).toBe<F32<readonly [2, 4]>>(true);
expect(t.sum(x, 1, { keepdims: flag })).toBe<F32<Shape>>(true);
expect(t.sum(x, [0, -1])).toBe<F32<readonly [3]>>(true);
expect(t.sum(x, [0, 2], { keepdims: true })).toBe<F32<readonly [1, 3, 1]>>(true);
expect(t.sum(x, [])).toBe<F32<readonly [2, 3, 4]>>(true);
expect(t.sum(x, n)).toBe<F32<readonly [number, number]>>(true);
expect(t.sum(x, n, { keepdims: true })).toBe<F32<readonly [number, number, number]>>(true);
expect(t.sum(x, numbers)).toBe<F32<Shape>>(true);
expect(t.sum(x, flag ? 0 : 1)).toBe<F32<readonly [3, 4] | readonly [2, 4]>>(true);
expect(t.sum(x, flag ? 0 : null)).toBe<F32<Shape>>(true);
expect(t.sum(x, [flag ? 0 : 1])).toBe<F32<Shape>>(true);
expect(t.sum(unknownRank)).toBe<F32<readonly []>>(true);
expect(t.sum(unknownRank, 7)).toBe<F32<Shape>>(true);
expect(t.sum(shapes, -1)).toBe<F32<readonly [2] | readonly []>>(true);
expect(t.sum(tensors, 1)).toBe<F32<readonly [2] | readonly [4]>>(true);
expect(t.sum(t.zeros([2, n]), 0)).toBe<F32<readonly [number]>>(true);
expect(t.sum(t.zeros([1, 2, 3, 4, 5, 6, 7, 8]), 7)).toBe<
  F32<readonly [number, number, number, number, number, number, number]>
>(true);
expect(t.sum(bool)).toBe<Tensor<readonly [], "int32">>(true);
expect(t.sum(byte, 0)).toBe<Tensor<readonly [3], "int32">>(true);
expect(t.mean(int, 0)).toBe<F32<readonly [3]>>(true);
expect(t.max(byte, 0)).toBe<Tensor<readonly [3], "uint8">>(true);
expect(t.all(bool, 0)).toBe<Tensor<readonly [3], "bool">>(true);
expect(t.argmax(a, -1)).toBe<Tensor<readonly [2], "int32">>(true);
expect(t.argmax(a)).toBe<Tensor<readonly [], "int32">>(true);
expect(t.variance(a, 0, { correction: 1, keepdims: true })).toBe<F32<readonly [1, 3]>>(true);

// Layout.
expect(t.reshape(a, [6])).toBe<F32<readonly [6]>>(true);
expect(t.reshape(a, [3, 2])).toBe<F32<readonly [3, 2]>>(true);
expect(t.reshape(t.zeros([4, 4]), [2, 8])).toBe<F32<readonly [2, 8]>>(true);
expect(t.reshape(t.zeros([32, 28, 28]), [32, 784])).toBe<F32<readonly [32, 784]>>(true);
expect(t.reshape(t.zeros([32, 28, 28]), [32, -1])).toBe<F32<readonly [32, number]>>(true);
expect(t.reshape(t.zeros([32, 28, 28]), [-1, 28, 28])).toBe<F32<readonly [32, 28, 28]>>(true);
expect(t.reshape(t.zeros([32, 28]), [-1, 32, 28])).toBe<F32<readonly [1, 32, 28]>>(true);
expect(t.reshape(t.zeros([12]), [4, -1])).toBe<F32<readonly [4, number]>>(true);
expect(t.reshape(t.zeros([0, 3]), [0, 5])).toBe<F32<readonly [0, 5]>>(true);
expect(t.reshape(t.zeros([0, 3]), [0, -1])).toBe<F32<readonly [0, number]>>(true);
expect(t.reshape(t.zeros([1, 1]), [])).toBe<F32<readonly []>>(true);
expect(t.reshape(scalar, [1, 1])).toBe<F32<readonly [1, 1]>>(true);
expect(t.reshape(scalar, [-1])).toBe<F32<readonly [1]>>(true);
expect(t.reshape(a, [n, 3])).toBe<F32<readonly [number, 3]>>(true);
expect(t.reshape(ranked, [6])).toBe<F32<readonly [6]>>(true);
expect(t.reshape(unknownRank, [2, -1])).toBe<F32<readonly [2, number]>>(true);
expect(t.reshape(a, numbers)).toBe<F32<Shape>>(true);
expect(t.reshape(any, any.shape)).toBe<Tensor>(true);
expect(t.reshape(shapes, [4])).toBe<F32<readonly [4]>>(true);
expect(t.flatten(a)).toBe<F32<readonly [number]>>(true);
expect(t.flatten(x, 1)).toBe<F32<readonly [2, number]>>(true);
expect(t.flatten(x, -1)).toBe<F32<readonly [2, 3, 4]>>(true);
expect(t.flatten(scalar)).toBe<F32<readonly [1]>>(true);
expect(t.flatten(t.zeros([3, 1, 1]))).toBe<F32<readonly [3]>>(true);
expect(t.flatten(unknownRank)).toBe<F32<readonly [number]>>(true);
expect(t.permute(x)).toBe<F32<readonly [4, 3, 2]>>(true);
expect(t.permute(x, [0, 2, 1])).toBe<F32<readonly [2, 4, 3]>>(true);
expect(t.permute(x, [-1, 0, 1])).toBe<F32<readonly [4, 2, 3]>>(true);
expect(t.permute(scalar, [])).toBe<F32<readonly []>>(true);
expect(t.permute(x, numbers)).toBe<F32<readonly [number, number, number]>>(true);
expect(t.permute(unknownRank, [1, 0])).toBe<F32<Shape>>(true);
expect(t.transpose(a)).toBe<F32<readonly [3, 2]>>(true);
expect(t.transpose(x)).toBe<F32<readonly [2, 4, 3]>>(true);
expect(t.transpose(x, 0, -1)).toBe<F32<readonly [4, 3, 2]>>(true);
expect(t.transpose(x, 1, 1)).toBe<F32<readonly [2, 3, 4]>>(true);
expect(t.transpose(x, n, 0)).toBe<F32<readonly [number, number, number]>>(true);
expect(t.transpose(any)).toBe<Tensor>(true);
expect(t.broadcastTo(v3, [2, 3])).toBe<F32<readonly [2, 3]>>(true);
expect(t.broadcastTo(t.zeros([2, 1, 3]), [4, 2, 5, 3])).toBe<F32<readonly [4, 2, 5, 3]>>(true);
expect(t.broadcastTo(t.zeros([1]), [0])).toBe<F32<readonly [0]>>(true);
expect(t.broadcastTo(ranked, [1, 1])).toBe<F32<readonly [1, 1]>>(true);
expect(t.broadcastTo(a, numbers)).toBe<F32<Shape>>(true);
expect(t.expandDims(a, 0)).toBe<F32<readonly [1, 2, 3]>>(true);
expect(t.expandDims(a, -1)).toBe<F32<readonly [2, 3, 1]>>(true);
expect(t.expandDims(a, 1)).toBe<F32<readonly [2, 1, 3]>>(true);
expect(t.expandDims(scalar, 0)).toBe<F32<readonly [1]>>(true);
expect(t.expandDims(a, n)).toBe<F32<readonly [number, number, number]>>(true);
expect(t.expandDims(unknownRank, 0)).toBe<F32<Shape>>(true);
expect(t.squeeze(t.zeros([1, 2, 1]))).toBe<F32<readonly [2]>>(true);
expect(t.squeeze(t.zeros([1, 2, 1]), 0)).toBe<F32<readonly [2, 1]>>(true);
expect(t.squeeze(t.zeros([1, 2, 1]), [0, -1])).toBe<F32<readonly [2]>>(true);
expect(t.squeeze(ranked)).toBe<F32<Shape>>(true);
expect(t.squeeze(ranked, 0)).toBe<F32<readonly [number]>>(true);
expect(t.slice(a, [0])).toBe<F32<readonly [3]>>(true);
expect(t.slice(a, [n, -1])).toBe<F32<readonly []>>(true);
expect(t.slice(x, [null, [0, 2]])).toBe<F32<readonly [2, number, 4]>>(true);
expect(t.slice(x, [[], [null, null, -1], [0]])).toBe<F32<readonly [2, 3, 4]>>(true);
expect(t.slice(x, [flag ? 0 : null])).toBe<F32<Shape>>(true);
expect(t.slice(x, [] as (number | null)[])).toBe<F32<Shape>>(true);
expect(
  t.pad(a, [
    [1, 1],
    [0, 0],
  ]),
).toBe<F32<readonly [number, 3]>>(true);
expect(t.pad(unknownRank, [[1, 1]])).toBe<F32<readonly [number]>>(true);

// Several tensors.
expect(t.concat([a, t.zeros([1, 3])])).toBe<F32<readonly [number, 3]>>(true);
expect(t.concat([a, t.zeros([2, 5])], 1)).toBe<F32<readonly [2, number]>>(true);
expect(t.concat([t.zeros([n, 3]), t.zeros([n, n])], -2)).toBe<F32<readonly [number, 3]>>(true);
expect(t.concat([a])).toBe<F32<readonly [2, 3]>>(true);
expect(t.concat([a, int])).toBe<F32<readonly [number, 3]>>(true);
expect(t.concat([a, unknownRank])).toBe<F32<readonly [number, 3]>>(true);
expect(t.concat([any, unknownRank])).toBe<F32<Shape>>(true);
expect(t.concat([a] as F32<readonly [2, 3]>[])).toBe<F32<readonly [number, 3]>>(true);
expect(t.concat([a] as Tensor[])).toBe<Tensor>(true);
expect(t.stack([a, a])).toBe<F32<readonly [2, 2, 3]>>(true);
expect(t.stack([a, ranked, a], -1)).toBe<F32<readonly [2, 3, 3]>>(true);
expect(t.stack([a] as F32<readonly [2, 3]>[], 1)).toBe<F32<readonly [2, number, 3]>>(true);
expect(t.split(t.zeros([4, 3]), 2)).toBe<readonly [F32<readonly [number, 3]>, F32<readonly [number, 3]>]>(true);
expect(t.split(a, [1, 2], 1)).toBe<readonly [F32<readonly [2, 1]>, F32<readonly [2, 2]>]>(true);
expect(t.split(a, n)).toBe<readonly F32<readonly [number, 3]>[]>(true);
expect(t.split(a, numbers)).toBe<readonly F32<readonly [number, 3]>[]>(true);
expect(t.split(t.zeros([5000]), 5000)).toBe<readonly F32<readonly [number]>[]>(true);
expect(t.split(unknownRank, 2)).toBe<readonly [F32<Shape>, F32<Shape>]>(true);

// Linear algebra.
expect(t.matmul(a, b)).toBe<F32<readonly [2, 4]>>(true);
expect(t.matmul(t.zeros([7, 2, 3]), b)).toBe<F32<readonly [7, 2, 4]>>(true);
expect(t.matmul(t.zeros([5, 2, 3]), t.zeros([5, 3, 4]))).toBe<F32<readonly [5, 2, 4]>>(true);
expect(t.matmul(t.zeros([5, 1, 2, 3]), t.zeros([7, 3, 4]))).toBe<F32<readonly [5, 7, 2, 4]>>(true);
expect(t.matmul(a, t.zeros([7, 3, 4]))).toBe<F32<readonly [7, 2, 4]>>(true);
expect(t.matmul(v3, v3)).toBe<F32<readonly []>>(true);
expect(t.matmul(v3, b)).toBe<F32<readonly [4]>>(true);
expect(t.matmul(a, v3)).toBe<F32<readonly [2]>>(true);
expect(t.matmul(v3, t.zeros([5, 3, 4]))).toBe<F32<readonly [5, 4]>>(true);
expect(t.matmul(t.zeros([5, 2, 3]), v3)).toBe<F32<readonly [5, 2]>>(true);
expect(t.matmul(t.zeros([2, 0]), t.zeros([0, 3]))).toBe<F32<readonly [2, 3]>>(true);
expect(t.matmul(t.zeros([n, 3]), b)).toBe<F32<readonly [number, 4]>>(true);
expect(t.matmul(ranked, b)).toBe<F32<readonly [number, 4]>>(true);
expect(t.matmul(unknownRank, b)).toBe<F32<Shape>>(true);
expect(t.matmul(any, any)).toBe<Tensor>(true);
expect(t.matmul(a, a, { transposeB: true })).toBe<F32<readonly [2, 2]>>(true);
expect(t.matmul(a, a, { transposeA: true })).toBe<F32<readonly [3, 3]>>(true);
expect(t.matmul(a, b, { transposeA: flag })).toBe<F32<Shape>>(true);
expect(t.matmul(int, t.zeros([3, 1]))).toBe<F32<readonly [2, 1]>>(true);
expect(t.matmul(shapes, b)).toBe<F32<readonly [2, 4] | readonly [4]>>(true);
expect(t.linear(t.zeros([32, 784]), t.zeros([10, 784]), t.zeros([10]))).toBe<F32<readonly [32, 10]>>(true);
expect(t.linear(t.zeros([784]), t.zeros([10, 784]))).toBe<F32<readonly [10]>>(true);
expect(t.linear(t.zeros([n, 5, 784]), t.zeros([10, 784]))).toBe<F32<readonly [number, 5, 10]>>(true);
expect(t.linear(t.zeros([32, 784]), ranked, unknownRank)).toBe<F32<readonly [32, number]>>(true);
expect(t.linear(unknownRank, t.zeros([10, 784]))).toBe<F32<Shape>>(true);
expect(t.linear(t.zeros([32, 784]), unknownRank)).toBe<F32<readonly [32, number]>>(true);

// Indexing and sorting.
const index = t.zeros([5], { dtype: "int32" });
expect(t.gather(a, t.zeros([2, 1], { dtype: "int32" }), 1)).toBe<F32<readonly [2, 1]>>(true);
expect(t.gather(any, any, -1)).toBe<Tensor>(true);
expect(t.take(a, index)).toBe<F32<readonly [5, 3]>>(true);
expect(t.take(a, t.zeros([5, 6], { dtype: "int32" }), -1)).toBe<F32<readonly [2, 5, 6]>>(true);
expect(t.take(a, t.zeros([], { dtype: "int32" }))).toBe<F32<readonly [3]>>(true);
expect(t.take(any, index, 1)).toBe<Tensor>(true);
expect(t.oneHot(index, 10)).toBe<F32<readonly [5, 10]>>(true);
expect(t.oneHot(index, n, { dtype: "float64" })).toBe<Tensor<readonly [5, number], "float64">>(true);
expect(t.sort(int, 0, { descending: true })).toBe<readonly [typeof int, Tensor<readonly [2, 3], "int32">]>(true);

// Creation.
expect(t.zeros([2, n], { dtype: "int32" })).toBe<Tensor<readonly [2, number], "int32">>(true);
expect(t.zeros(numbers)).toBe<F32<Shape>>(true);
expect(t.full([2], true, { dtype: "bool" })).toBe<Tensor<readonly [2], "bool">>(true);
expect(t.tensor(7)).toBe<F32<readonly []>>(true);
expect(t.tensor(true)).toBe<Tensor<readonly [], "bool">>(true);
expect(t.tensor([1, 2, 3])).toBe<F32<readonly [3]>>(true);
expect(
  t.tensor([
    [1, 2],
    [3, 4],
  ]),
).toBe<F32<readonly [2, 2]>>(true);
expect(t.tensor([[true], [false]])).toBe<Tensor<readonly [2, 1], "bool">>(true);
expect(t.tensor([])).toBe<F32<readonly [0]>>(true);
expect(t.tensor([[], []])).toBe<F32<readonly [2, 0]>>(true);
expect(t.tensor(numbers)).toBe<F32<readonly [number]>>(true);
expect(t.tensor([numbers, numbers])).toBe<F32<readonly [2, number]>>(true);
expect(t.tensor([[1]] as number[][])).toBe<F32<readonly [number, number]>>(true);
expect(t.tensor([[1, 2], numbers])).toBe<F32<readonly [2, 2]>>(true);
expect(t.tensor(0 as NestedValues)).toBe<Tensor<Shape, "bool" | "float32">>(true);
expect(t.tensor([1, 2], { dtype: "int32" })).toBe<Tensor<readonly [2], "int32">>(true);
expect(t.tensor([1, 2, 3, 4], { shape: [2, 2] })).toBe<F32<readonly [2, 2]>>(true);
expect(t.tensor(new Float64Array(6))).toBe<Tensor<readonly [number], "float64">>(true);
expect(t.tensor(new Int32Array(6), { shape: [2, 3], dtype: "float32" })).toBe<F32<readonly [2, 3]>>(true);

// What is `any`, mutable, a union of operands or computed from shapes is let through.
declare const whatever: ReturnType<typeof JSON.parse>;
declare const mutable: F32<[2, 3]>;
declare const bias: F32<readonly [10]> | undefined;
t.reshape(t.add(whatever, a), [7]);
t.reshape(t.sum(whatever, 0), [7]);
t.add(t.matmul(whatever, a), t.matmul(a, whatever));
t.concat([whatever, a], whatever);
t.add(a, t.cast(a, whatever));
expect(t.add(mutable, a)).toBe<F32<readonly [2, 3]>>(true);
expect(t.matmul(mutable, b)).toBe<F32<readonly [2, 4]>>(true);
expect(t.add(flag ? a : 2, flag ? v3 : 1)).toBe<F32<readonly [2, 3] | readonly [3] | readonly []>>(true);
expect(t.linear(t.zeros([32, 784]), t.zeros([10, 784]), bias)).toBe<F32<readonly [32, 10]>>(true);
expect(t.reshape(a, [...a.shape, 1])).toBe<F32<readonly [2, 3, 1]>>(true);
expect(t.reshape(a, [a.shape[0], -1])).toBe<F32<readonly [2, 3]>>(true);
expect(t.broadcastTo(a, [4, ...a.shape])).toBe<F32<readonly [4, 2, 3]>>(true);
expect(t.reshape(a, a.shape.toReversed())).toBe<F32<Shape>>(true);
expect(t.sum(a, a.rank - 1)).toBe<F32<readonly [number]>>(true);
expect(t.concat([] as F32<readonly [2, 3]>[])).toBe<F32<readonly [number, 3]>>(true);
expect(t.concat([tensors, tensors])).toBe<F32<readonly [number, 3] | readonly [number]>>(true);
expect(t.permute(flag ? a : x, [1, 0, 2])).toBe<F32<readonly [3, 2, 4]>>(true);
expect(t.tensor(whatever)).toBe<Tensor>(true);
expect(t.tensor(whatever, { dtype: "float64", shape: [2, 3] })).toBe<Tensor<readonly [2, 3], "float64">>(true);
expect(t.tensor([whatever, whatever])).toBe<Tensor>(true);
expect(t.tensor([[whatever, 1]])).toBe<Tensor>(true);

// Functions are values.
const unary: (x: Tensor) => Tensor = t.exp;
const exact: (x: F32<readonly [2, 3]>) => F32<readonly [2, 3]> = t.exp;
const binary: (x: Tensor, y: Tensor) => Tensor = t.add;
const reduction: (x: Tensor) => Tensor = t.sum;
const product: (x: Tensor, y: Tensor) => Tensor = t.matmul;
export const values = [unary, exact, binary, reduction, product];
expect([a, a].map((y) => t.exp(y))).toBe<F32<readonly [2, 3]>[]>(true);
expect([a, a].map(t.exp)).toBe<F32<readonly [2, 3]>[]>(true);
expect([a, a].reduce((y, z) => t.add(y, z))).toBe<F32<readonly [2, 3]>>(true);

// Variables take results of later rounds.
let sum = scalar;
let rows = t.zeros([n, 3]);
let hidden: Tensor = a;
for (const y of [a, a]) {
  sum = t.add(sum, t.sum(y));
  rows = t.concat([rows, y]);
  hidden = t.exp(t.matmul(hidden, y));
}
