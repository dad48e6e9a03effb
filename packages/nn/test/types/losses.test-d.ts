import { add, type Key, ones, type Shape, type Tensor, tensor, valueAndGrad } from "@tapegrad/core";
import {
  absoluteError,
  accuracy,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  cosineEmbedding,
  ctc,
  dropoutWithMask,
  gaussianNegativeLogLikelihood,
  heNormal,
  hingeEmbedding,
  huber,
  init,
  klDivergence,
  Linear,
  l2Penalty,
  meanSquaredError,
  negativeLogLikelihood,
  type Reduction,
  smoothAbsoluteError,
  softmaxCrossEntropy,
  tripletMargin,
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

// Elementwise losses keep the shape where nothing is reduced.
const elements = absoluteError(double, unknownShape, { reduction: "none" });
assertType<Same<typeof elements, Tensor<readonly [5, 1], "float64">>>();
const bent = huber(z, z, { delta: 2, reduction: "sum" });
assertType<Same<typeof bent, Tensor<readonly [], "float32">>>();
const smooth = smoothAbsoluteError(double, double, { beta: 0.5, reduction: "none" });
assertType<Same<typeof smooth, Tensor<readonly [5, 1], "float64">>>();
const likelihood = gaussianNegativeLogLikelihood(logits, logits, ones([5, 1], { dtype: "float64" }), { full: true });
assertType<Same<typeof likelihood, Tensor<readonly [], "float64">>>();
const pairs = hingeEmbedding(z, ones([5, 1], { dtype: "int32" }), { margin: 2, reduction: "none" });
assertType<Same<typeof pairs, Tensor<readonly [5, 1], "float32">>>();
// @ts-expect-error - "absoluteError: [5, 1] and [5] differ"
absoluteError(z, classes);
// @ts-expect-error - "huber: [5, 1] and [1, 5] differ"
huber(z, ones([1, 5]));
// @ts-expect-error - delta is a number
huber(z, z, { delta: "1" });
// @ts-expect-error - "smoothAbsoluteError: [5, 1] and [] differ"
smoothAbsoluteError(z, ones([]));
// @ts-expect-error - "gaussianNegativeLogLikelihood: [5, 3] and [5, 1] differ"
gaussianNegativeLogLikelihood(logits, double, logits);
// @ts-expect-error - "hingeEmbedding: [5, 1] and [5] differ"
hingeEmbedding(z, classes);

// Losses of examples lose the last axis.
const named = negativeLogLikelihood(logits, classes, { reduction: "none", ignoreIndex: -1 });
assertType<Same<typeof named, Tensor<readonly [5], "float64">>>();
const weighted = softmaxCrossEntropy(logits, classes, { weights: unknownShape, labelSmoothing: 0.1 });
assertType<Same<typeof weighted, Tensor<readonly [], "float64">>>();
const angles = cosineEmbedding(logits, logits, classes, { reduction: "none", margin: 0.5 });
assertType<Same<typeof angles, Tensor<readonly [5], "float64">>>();
const triplets = tripletMargin(logits, logits, unknownShape, { p: 1, swap: true, reduction });
assertType<Same<(typeof triplets)["shape"], readonly [] | readonly [5]>>();
// @ts-expect-error - "negativeLogLikelihood: [5] and [5, 3] differ"
negativeLogLikelihood(logits, logits);
// @ts-expect-error - there is no such option
negativeLogLikelihood(logits, classes, { labelSmoothing: 0.1 });
// @ts-expect-error - "cosineEmbedding: [5] and [5, 1] differ"
cosineEmbedding(logits, logits, double);
// @ts-expect-error - "tripletMargin: [5, 3] and [5, 1] differ"
tripletMargin(logits, logits, double);

// The divergence per example is a sum over classes.
const divergence = klDivergence(logits, logits, { reduction: "batchMean" });
assertType<Same<typeof divergence, Tensor<readonly [], "float64">>>();
const terms = klDivergence(logits, logits, { logTarget: true, reduction: "none" });
assertType<Same<typeof terms, Tensor<readonly [5, 3], "float64">>>();
// @ts-expect-error - "klDivergence: [5, 3] and [5, 1] differ"
klDivergence(logits, double);
// @ts-expect-error - only the divergence has a batchMean
absoluteError(z, z, { reduction: "batchMean" });

// Sequences: one loss per sequence of the batch.
const sequences = ctc(ones([4, 10, 6]), ones([4, 3], { dtype: "int32" }), { reduction: "none", blank: 5 });
assertType<Same<typeof sequences, Tensor<readonly [4], "float32">>>();
const aligned = ctc(unknownShape, unknownShape);
assertType<Same<(typeof aligned)["shape"], readonly []>>();
// @ts-expect-error - blank is a class
ctc(ones([4, 10, 6]), ones([4, 3], { dtype: "int32" }), { blank: "_" });

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
