import { add, type Key, ones, type Shape, type Tensor, tensor, valueAndGrad } from "@tapegrad/core";
import {
  accuracy,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  dropoutWithMask,
  heNormal,
  init,
  Linear,
  l2Penalty,
  meanSquaredError,
  type Reduction,
  softmaxCrossEntropy,
} from "@tapegrad/nn";

// Checked by the compiler, never run.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function assertType<T extends true>(): T;
declare const z: Tensor<readonly [5, 1], "float32">;
declare const double: Tensor<readonly [5, 1], "float64">;
declare const unknownShape: Tensor;
declare const classes: Tensor<readonly [5], "int32">;
declare const logits: Tensor<readonly [5, 3], "float64">;
declare const k: Key;

const scalar = binaryCrossEntropyWithLogits(z, ones([5, 1]));
assertType<Same<typeof scalar, Tensor<readonly [], "float32">>>();
const each = binaryCrossEntropy(double, tensor([[true], [false], [true], [true], [true]]), { reduction: "none" });
assertType<Same<typeof each, Tensor<readonly [5, 1], "float64">>>();
const total = meanSquaredError(z, unknownShape, { reduction: "sum" });
assertType<Same<typeof total, Tensor<readonly [], "float32">>>();
// What is not known passes.
binaryCrossEntropyWithLogits(unknownShape, z);
binaryCrossEntropyWithLogits(unknownShape, unknownShape);
declare const reduction: Reduction;
const either = meanSquaredError(z, z, { reduction });
assertType<Same<(typeof either)["shape"], readonly [] | readonly [5, 1]>>();

// @ts-expect-error - "binaryCrossEntropyWithLogits: [5, 1] and [5] differ"
binaryCrossEntropyWithLogits(z, ones([5]));
// @ts-expect-error - "meanSquaredError: [5, 1] and [4, 1] differ"
meanSquaredError(z, ones([4, 1]));
// @ts-expect-error - no such reduction
meanSquaredError(z, z, { reduction: "max" });

const byIndex = softmaxCrossEntropy(logits, classes, { reduction: "none" });
assertType<Same<typeof byIndex, Tensor<readonly [5], "float64">>>();
const byProbability = softmaxCrossEntropy(logits, logits);
assertType<Same<typeof byProbability, Tensor<readonly [], "float64">>>();
softmaxCrossEntropy(unknownShape, classes);
softmaxCrossEntropy(logits, unknownShape);
// @ts-expect-error - "softmaxCrossEntropy: [5] and [4] differ"
softmaxCrossEntropy(logits, ones([4], { dtype: "int32" }));
// @ts-expect-error - "softmaxCrossEntropy: [5, 3] and [5, 2] differ"
softmaxCrossEntropy(logits, ones([5, 2], { dtype: "float64" }));

// In generic functions the check waits for the call.
function lossOf<S extends Shape>(x: Tensor<S, "float32">, y: Tensor<S, "float32">): Tensor<readonly [], "float32"> {
  return binaryCrossEntropyWithLogits(x, y);
}
lossOf(z, z);

const share = accuracy(logits, classes);
assertType<Same<typeof share, Tensor<readonly [], "float32">>>();

const weight = heNormal(k, [20, 3], { dtype: "float64" });
assertType<Same<typeof weight, Tensor<readonly [20, 3], "float64">>>();
const layer = Linear.of(weight, ones([20], { dtype: "float64" }));
assertType<Same<(typeof layer)["weight"], Tensor<readonly [20, 3], "float64">>>();
const loose = Linear.of(ones([20, 3]) as Tensor<Shape, "float32">);
assertType<Same<(typeof loose)["weight"]["shape"], readonly [number, number]>>();
const constant = init.constant(1)(k, [4]);
assertType<Same<typeof constant, Tensor<readonly [4], "float32">>>();
const dropped = dropoutWithMask(z, ones([5, 1]), 0.5);
assertType<Same<typeof dropped, typeof z>>();

// A cost of a loss and a penalty is a scalar of floats.
const { value } = valueAndGrad((w: Tensor<readonly [1, 1], "float32">) => {
  const cost = add(binaryCrossEntropyWithLogits(ones([1, 1]), w), l2Penalty(w, 1));
  assertType<Same<(typeof cost)["shape"], readonly []>>();
  return cost;
})(ones([1, 1]));
assertType<Same<(typeof value)["shape"], readonly []>>();
