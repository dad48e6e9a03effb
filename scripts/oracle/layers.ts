import type { AnyTensor } from "@tapegrad/core";
import * as tg from "@tapegrad/core";
import { type Bool, div, type Runner, type Runners, t } from "./runner.ts";
import { toNumber } from "./schema.ts";

const convolution =
  (name: string): Runner =>
  ([x, weight, bias], { output_padding, ...options }) =>
    t[name]!(x, weight, bias, { ...options, ...(output_padding !== undefined && { outputPadding: output_padding }) });

const pool =
  (name: string): Runner =>
  ([x], { kernel_size, ceil_mode, count_include_pad, ...options }) =>
    t[name]!(x, kernel_size, {
      ...options,
      ...(ceil_mode !== undefined && { ceilMode: ceil_mode }),
      ...(count_include_pad !== undefined && { countIncludePad: count_include_pad }),
    });

const parameters = (weight?: AnyTensor, bias?: AnyTensor) => ({ ...(weight && { weight }), ...(bias && { bias }) });

type Statistics = { readonly runningMean: AnyTensor; readonly runningVar: AnyTensor };
const statistics = ({ dtype }: AnyTensor, mean: number[], variance: number[]): Statistics => ({
  runningMean: tg.tensor(mean, { dtype }) as AnyTensor,
  runningVar: tg.tensor(variance, { dtype }) as AnyTensor,
});
const batchNorm = ([x, weight, bias]: readonly AnyTensor[], options: object): Statistics & { output: AnyTensor } =>
  t.batchNorm!(x, { ...parameters(weight, bias), ...options }) as never;

/** One line for each convolution, pooling and normalization. */
export const layers: Runners = {
  "conv/conv1d": convolution("conv1d"),
  "conv/conv2d": convolution("conv2d"),
  "conv/conv3d": convolution("conv3d"),
  "conv/conv_transpose1d": convolution("convTranspose1d"),
  "conv/conv_transpose2d": convolution("convTranspose2d"),

  "pool/max_pool1d": pool("maxPool1d"),
  "pool/max_pool2d": pool("maxPool2d"),
  "pool/avg_pool1d": pool("avgPool1d"),
  "pool/avg_pool2d": pool("avgPool2d"),
  "pool/adaptive_avg_pool2d": ([x], { output_size }) => t.adaptiveAvgPool2d!(x, output_size),
  "pool/adaptive_max_pool1d": ([x], { output_size }) => t.adaptiveMaxPool1d!(x, output_size),

  "norm/dropout_with_mask": ([x, mask], { keep_prob }) => tg.where(mask as Bool, div(x!, keep_prob), 0),
  "norm/batch_norm_train": (inputs, { eps }) => batchNorm(inputs, { training: true, eps }).output,
  "norm/batch_norm_eval": (inputs, { eps, running_mean, running_var }) =>
    batchNorm(inputs, { ...statistics(inputs[0]!, running_mean, running_var), eps }).output,
  "norm/batch_norm_running": (inputs, { eps, momentum, running_mean, running_var }) => {
    const before = statistics(inputs[0]!, running_mean, running_var);
    const { runningMean, runningVar } = batchNorm(inputs, { ...before, training: true, momentum, eps });
    return [runningMean, runningVar];
  },
  "norm/layer_norm": ([x, weight, bias], { normalized_shape, eps }) =>
    t.layerNorm!(x, normalized_shape, { ...parameters(weight, bias), eps }),
  "norm/group_norm": ([x, weight, bias], { groups, eps }) =>
    t.groupNorm!(x, groups, { ...parameters(weight, bias), eps }),
  "norm/instance_norm": ([x, weight, bias], { eps }) => t.instanceNorm!(x, { ...parameters(weight, bias), eps }),
  "norm/rms_norm": ([x, weight], { normalized_shape = x!.shape.slice(-1), eps }) =>
    t.rmsNorm!(x, normalized_shape, { ...parameters(weight), eps }),
  "norm/local_response_norm": ([x], { size, alpha, beta, k }) => t.localResponseNorm!(x, size, { alpha, beta, k }),
  "norm/normalize": ([x], { p = 2, axis = 1, eps = 1e-12 }) => t.normalize!(x, axis, { p: toNumber(p), eps }),
};
