// Mistakes that must not compile. A reason in backticks is the message that the compiler must print, which
// messages.test.ts checks; other reasons are in our words, and the compiler explains the mistake in its own.

import type { F32, Shape, Tensor } from "./functions.ts";
import * as t from "./functions.ts";

declare const double: Tensor<readonly [2, 3], "float64">;
declare const int: Tensor<readonly [2, 3], "int32">;
declare const bool: Tensor<readonly [2, 3], "bool">;
declare const batches: F32<readonly [number, 3]>;
declare const shapes: F32<readonly [2, 3] | readonly [4, 3]>;
declare const tensors: F32<readonly [2, 3]> | F32<readonly [4, 3]>;
declare const unknownRank: F32<Shape>;
declare const anyTensor: Tensor;

const a = t.zeros([2, 3]);
const b = t.zeros([5, 4]);
const x = t.zeros([2, 3, 4]);
const v3 = t.zeros([3]);
const scalar = t.zeros([]);
const index = t.zeros([5], { dtype: "int32" });

// @ts-expect-error - a tensor of another shape
a satisfies Tensor<readonly [3, 2]>;
// @ts-expect-error - a tensor of another rank
a satisfies Tensor<readonly [number]>;
// @ts-expect-error - a tensor of unknown shape is not one of a known shape
anyTensor satisfies Tensor<readonly [2, 3]>;
// @ts-expect-error - a tensor of another dtype
a satisfies Tensor<readonly [2, 3], "int32">;

// @ts-expect-error - no tensor
t.exp(3);
// @ts-expect-error - no dtype
t.cast(a, "float16");
// @ts-expect-error - `softmax: [2, 3] has no axis 2`
t.softmax(a, 2);

// @ts-expect-error - `add: [2, 3] and [2, 4] do not broadcast`
t.add(a, t.zeros([2, 4]));
// @ts-expect-error - `add: [2, 3] and [2] do not broadcast`
t.add(a, t.zeros([2]));
// @ts-expect-error - `add: [5, 1, 4] and [3, 3] do not broadcast`
t.add(t.zeros([5, 1, 4]), t.zeros([3, 3]));
// @ts-expect-error - `add: [?, 3] and [5, 4] do not broadcast`
t.add(batches, b);
// @ts-expect-error - no member of the union fits
t.add(shapes, b);
// @ts-expect-error - no member of the union fits
t.add(tensors, b);
// @ts-expect-error - `add: [0] and [2] do not broadcast`
t.add(t.zeros([0]), t.zeros([2]));
// @ts-expect-error - `add: float32 and float64 do not mix; cast one of them`
t.add(a, double);
// @ts-expect-error - `div: float64 and float32 do not mix; cast one of them`
t.div(double, v3);
// @ts-expect-error - `less: float32 and float64 do not mix; cast one of them`
t.less(a, double);
// @ts-expect-error - `add: [2, 3] and [3, 2] do not broadcast`
t.add(a, t.transpose(double));
// @ts-expect-error - strings are no operands
t.add(a, "2");
// @ts-expect-error - booleans are no numbers
t.add(a, true);
// @ts-expect-error - `logicalAnd: expected bool, got float32`
t.logicalAnd(a, bool);
// @ts-expect-error - `logicalAnd: expected bool, got int32`
t.logicalAnd(bool, int);
// @ts-expect-error - numbers are not bool
t.logicalAnd(bool, 1);
// @ts-expect-error - `logicalAnd: [2, 3] and [5] do not broadcast`
t.logicalAnd(bool, t.less(t.zeros([5]), 0));
// @ts-expect-error - `logicalNot: expected bool, got float32`
t.logicalNot(a);
// @ts-expect-error - `all: expected bool, got int32`
t.all(int, 0);
// @ts-expect-error - `where: expected bool, got float32`
t.where(a, a, a);
// @ts-expect-error - `where: [2, 3] and [5, 4] do not broadcast`
t.where(bool, a, b);
// @ts-expect-error - `where: [2, 3] and [5, 4] do not broadcast`
t.where(bool, b, 0);
// @ts-expect-error - `where: float32 and float64 do not mix; cast one of them`
t.where(bool, a, double);

// @ts-expect-error - `sum: [2, 3] has no axis 2`
t.sum(a, 2);
// @ts-expect-error - `sum: [2, 3] has no axis -3`
t.sum(a, -3);
// @ts-expect-error - `sum: [2, 3] has no axis 0.5`
t.sum(a, 0.5);
// @ts-expect-error - `sum: [2, 3, 4] has no axis 3`
t.sum(x, [0, 3]);
// @ts-expect-error - `sum: [] has no axis 0`
t.sum(scalar, 0);
// @ts-expect-error - neither shape has it
t.mean(shapes, 2);
// @ts-expect-error - one axis at a time
t.argmax(x, [0, 1]);
// @ts-expect-error - `argmax: [2, 3] has no axis 2`
t.argmax(a, 2);
// @ts-expect-error - misspelt
t.sum(x, 0, { keepDims: true });
// @ts-expect-error - no such option
t.variance(x, 0, { corection: 1 });
// @ts-expect-error - the axis is gone
t.sum(x, 1).shape[2] satisfies number;

// @ts-expect-error - `reshape: [2, 3] does not fit [2, 4]`
t.reshape(a, [2, 4]);
// @ts-expect-error - `reshape: [2, 3] does not fit [3, 3]`
t.reshape(a, [3, 3]);
// @ts-expect-error - `reshape: [2, 3] does not fit [2]`
t.reshape(a, [2]);
// @ts-expect-error - `reshape: [2, 3] does not fit [2, 3, 2]`
t.reshape(a, [2, 3, 2]);
// @ts-expect-error - `reshape: [2, 3] does not fit []`
t.reshape(a, []);
// @ts-expect-error - `reshape: [2, 3] does not fit [0, 3]`
t.reshape(a, [0, 3]);
// @ts-expect-error - `reshape: [0, 3] does not fit [5]`
t.reshape(t.zeros([0, 3]), [5]);
// @ts-expect-error - `reshape: [] does not fit [-1, 2]`
t.reshape(scalar, [-1, 2]);
// @ts-expect-error - `reshape: [-1, -1] has more than one -1`
t.reshape(a, [-1, -1]);
// @ts-expect-error - `flatten: [2, 3, 4] has no axis 3`
t.flatten(x, 3);
// @ts-expect-error - `permute: [0, 0] is no order of the axes of [2, 3]`
t.permute(a, [0, 0]);
// @ts-expect-error - `permute: [0, -2] is no order of the axes of [2, 3]`
t.permute(a, [0, -2]);
// @ts-expect-error - `permute: [0] is no order of the axes of [2, 3]`
t.permute(a, [0]);
// @ts-expect-error - `permute: [0, 2] is no order of the axes of [2, 3]`
t.permute(a, [0, 2]);
// @ts-expect-error - `transpose: [3] has no axis -2`
t.transpose(v3);
// @ts-expect-error - `transpose: [2, 3] has no axis 2`
t.transpose(a, 0, 2);
// @ts-expect-error - `broadcastTo: [3] does not stretch to [3, 2]`
t.broadcastTo(v3, [3, 2]);
// @ts-expect-error - `broadcastTo: [3] does not stretch to [1]`
t.broadcastTo(v3, [1]);
// @ts-expect-error - `broadcastTo: [2, 3] does not stretch to [3]`
t.broadcastTo(a, [3]);
// @ts-expect-error - `expandDims: [2, 3, 1] has no axis 3`
t.expandDims(a, 3);
// @ts-expect-error - `squeeze: [2, 3] has no axis 2`
t.squeeze(a, 2);
// @ts-expect-error - `squeeze: axis 0 of [2, 3] is not of length 1`
t.squeeze(a, 0);
// @ts-expect-error - `squeeze: axis 1 of [1, 2] is not of length 1`
t.squeeze(t.zeros([1, 2]), [0, 1]);
// @ts-expect-error - `slice: [2, 3] has fewer axes than the 3 ranges given`
t.slice(a, [0, 0, 0]);
// @ts-expect-error - no range
t.slice(a, ["0:2"]);
// @ts-expect-error - `pad: [2, 3] needs 2 pairs of widths`
t.pad(a, [[1, 1]]);

// @ts-expect-error - `concat: [2, 3] and [2, 4] do not join along axis 0`
t.concat([a, t.zeros([2, 4])]);
// @ts-expect-error - `concat: there is nothing to join`
t.concat([]);
// @ts-expect-error - `concat: [2, 3] and [3] do not join along axis 0`
t.concat([a, v3]);
// @ts-expect-error - `concat: [2, 3] and [5, 4] do not join along axis 0`
t.concat([a, a, b]);
// @ts-expect-error - `concat: [2, 3] has no axis 2`
t.concat([a, a], 2);
// @ts-expect-error - `concat: float32 and float64 do not mix; cast one of them`
t.concat([a, double]);
// @ts-expect-error - `stack: [2, 3] and [2, 4] differ`
t.stack([a, t.zeros([2, 4])]);
// @ts-expect-error - `stack: [2, 3, 1] has no axis 3`
t.stack([a, a], 3);
// @ts-expect-error - `split: [2, 3] has no axis 2`
t.split(a, 2, 2);

// @ts-expect-error - `matmul: inner dimensions of [2, 3] and [5, 4] differ`
t.matmul(a, b);
// @ts-expect-error - `matmul: inner dimensions of [?, 3] and [5, 4] differ`
t.matmul(batches, b);
// @ts-expect-error - `matmul: inner dimensions of [2, 3]ᵀ and [5, 4] differ`
t.matmul(a, b, { transposeA: true });
// @ts-expect-error - `matmul: [5] and [4] do not broadcast`
t.matmul(t.zeros([5, 2, 3]), t.zeros([4, 3, 2]));
// @ts-expect-error - `matmul: inner dimensions of [3] and [4] differ`
t.matmul(v3, t.zeros([4]));
// @ts-expect-error - `matmul: inner dimensions of [3] and [2, 3] differ`
t.matmul(v3, a);
// @ts-expect-error - `matmul: [2, 3] and [] have no product; use mul for scalars`
t.matmul(a, scalar);
// @ts-expect-error - `matmul: float32 and float64 do not mix; cast one of them`
t.matmul(a, t.transpose(double));
// @ts-expect-error - `matmul: bool matrices have no product; cast them`
t.matmul(bool, t.transpose(bool));
// @ts-expect-error - the result is [2, 4]
t.matmul(a, t.zeros([3, 4])) satisfies F32<readonly [4, 2]>;
// @ts-expect-error - `linear: inner dimensions of [32, 28] and [10, 784]ᵀ differ`
t.linear(t.zeros([32, 28]), t.zeros([10, 784]));
// @ts-expect-error - `linear: inner dimensions of [32, 784] and [784, 10]ᵀ differ`
t.linear(t.zeros([32, 784]), t.zeros([784, 10]));
// @ts-expect-error - `linear: weight [1, 10, 784] is not [out, in]`
t.linear(t.zeros([32, 784]), t.zeros([1, 10, 784]));
// @ts-expect-error - `linear: bias [11] does not fit weight [10, 784]`
t.linear(t.zeros([32, 784]), t.zeros([10, 784]), t.zeros([11]));

// @ts-expect-error - `take: indices are float32; cast them`
t.take(a, v3);
// @ts-expect-error - `take: [2, 3] has no axis 2`
t.take(a, index, 2);
// @ts-expect-error - `gather: indices are float32; cast them`
t.gather(a, a, 0);
// @ts-expect-error - `gather: [2, 3] has no axis 2`
t.gather(a, int, 2);
// @ts-expect-error - `gather: an index of [5] does not fit [2, 3]`
t.gather(a, index, 0);
// @ts-expect-error - `oneHot: indices are float32; cast them`
t.oneHot(v3, 10);
// @ts-expect-error - `sort: [2, 3] has no axis 2`
t.sort(a, 2);

// @ts-expect-error - zeros are float32 unless told otherwise
t.zeros([2, 3]) satisfies Tensor<readonly [2, 3], "float64">;
// @ts-expect-error - and an annotation does not tell them
const _f64: Tensor<readonly [2, 3], "float64"> = t.zeros([2, 3]);
// @ts-expect-error - two numbers are not seven
const _seven: Tensor<readonly [7]> = t.tensor([1, 2]);
// @ts-expect-error - `tensor: rows differ in length`
t.tensor([[1], [2, 3]]);
// @ts-expect-error - `tensor: rows differ in length`
t.tensor([[1, 2], 3]);
// @ts-expect-error - strings are no values
t.tensor(["1"]);
// @ts-expect-error - an unknown rank hides nothing that is known
t.sum(unknownRank) satisfies F32<readonly [1]>;
