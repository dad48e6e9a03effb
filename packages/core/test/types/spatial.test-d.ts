// Types of convolutions, pools, norms and attention: batch and channels are followed, spatial sizes are not. Compiled, never run.
import {
  adaptiveAvgPool2d,
  avgPool1d,
  batchNorm,
  conv1d,
  conv2d,
  convolve,
  convTranspose2d,
  cosineSimilarity,
  groupNorm,
  interpolate,
  layerNorm,
  maxPool2d,
  normalize,
  pixelShuffle,
  scaledDotProductAttention,
  unfold,
  zeros,
} from "../../src/functions.ts";
import { expect, type F32, type Shape, type Tensor } from "./functions.ts";

declare const any: Tensor;
declare const flag: boolean;
declare const ranked: F32<readonly [number, 3, number, number]>;

const image = zeros([8, 3, 28, 28]);
const double = zeros([8, 3, 28], { dtype: "float64" });
const int = zeros([8, 3, 28], { dtype: "int32" });
const weight = zeros([16, 3, 5, 5]);

expect(conv2d(image, weight)).toBe<F32<readonly [8, 16, number, number]>>(true);
expect(conv2d(image, weight, zeros([16]), { padding: "same" })).toBe<F32<readonly [8, 16, number, number]>>(true);
expect(conv2d(ranked, weight)).toBe<F32<readonly [number, 16, number, number]>>(true);
expect(conv1d(double, zeros([16, 3, 5], { dtype: "float64" }))).toBe<Tensor<readonly [8, 16, number], "float64">>(true);
expect(convTranspose2d(image, zeros([3, 16, 5, 5]))).toBe<F32<readonly [8, number, number, number]>>(true);
expect(convolve(image, weight)).toBe<F32<Shape>>(true);
conv2d(any, any) satisfies Tensor<readonly [number, number, number, number]>;
// @ts-expect-error - padding is a number, a list, "same" or "valid"
conv2d(image, weight, null, { padding: "full" });
// @ts-expect-error - there is no such option
conv2d(image, weight, null, { strides: 2 });

expect(maxPool2d(image, 2)).toBe<F32<readonly [8, 3, number, number]>>(true);
expect(maxPool2d(zeros([3, 28, 28]), 2)).toBe<F32<readonly [3, number, number]>>(true);
expect(maxPool2d(image, 2, { returnIndices: true })).toBe<
  readonly [F32<readonly [8, 3, number, number]>, Tensor<readonly [8, 3, number, number], "int32">]
>(true);
expect(maxPool2d(image, [2, 2], { stride: 1 })).toBe<F32<readonly [8, 3, number, number]>>(true);
expect(avgPool1d(int, 2)).toBe<F32<readonly [8, 3, number]>>(true);
expect(adaptiveAvgPool2d(image, 1)).toBe<F32<readonly [8, 3, number, number]>>(true);
expect(maxPool2d(zeros([4, 4]), 2, { returnIndices: flag })).toBe<
  F32<readonly [number, number]> | readonly [F32<readonly [number, number]>, Tensor<readonly [number, number], "int32">]
>(true);
maxPool2d(any, 2) satisfies Tensor<Shape>;
expect(unfold(image, -1, 3)).toBe<F32<readonly [number, number, number, number, 3]>>(true);

expect(interpolate(image, { scale: 2 })).toBe<F32<readonly [8, 3, number, number]>>(true);
expect(interpolate(int, { scale: 2 })).toBe<Tensor<readonly [8, 3, number], "int32">>(true);
expect(interpolate(int, { size: 2, mode: "linear" })).toBe<F32<readonly [8, 3, number]>>(true);
expect(pixelShuffle(image, 2)).toBe<F32<readonly [8, number, number, number]>>(true);

expect(layerNorm(int, 28)).toBe<F32<readonly [8, 3, 28]>>(true);
expect(groupNorm(double, 3)).toBe<Tensor<readonly [8, 3, 28], "float64">>(true);
expect(batchNorm(image, { training: flag }).output).toBe<F32<readonly [8, 3, 28, 28]>>(true);
expect(batchNorm(image, { training: true }).runningMean).toBe<null>(true);
expect(batchNorm(image, { runningMean: zeros([3]), runningVar: zeros([3]) }).runningVar).toBe<F32<readonly [3]>>(true);
expect(normalize(image, 1)).toBe<F32<readonly [8, 3, 28, 28]>>(true);
// @ts-expect-error - normalize: [8, 3, 28, 28] has no axis 4
normalize(image, 4);
expect(cosineSimilarity(zeros([8, 3]), zeros([3]))).toBe<F32<readonly [8]>>(true);

const [q, k, v] = [zeros([4, 10, 16]), zeros([4, 12, 16]), zeros([4, 12, 32])];
expect(scaledDotProductAttention(q, k, v, { causal: true })).toBe<F32<readonly [4, 10, 32]>>(true);
