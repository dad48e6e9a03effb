import type { AnyTensor, Tensor } from "@tapegrad/core";
import * as tg from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { binaryCrossEntropy, binaryCrossEntropyWithLogits, meanSquaredError, softmaxCrossEntropy } from "@tapegrad/nn";
import { attention } from "./attention.ts";
import { recurrent } from "./recurrent.ts";
import { type Attrs, toNumber } from "./schema.ts";

/** An operation of the schema, in terms of ours: all inputs of a case in order, and its attributes. */
export type Runner = (inputs: readonly AnyTensor[], attrs: Attrs) => AnyTensor | readonly AnyTensor[];

// The table is one of names: that each runner hands over tensors of fitting shapes is the business of the cases.
type Loose = (...args: unknown[]) => AnyTensor;
const t = tg as unknown as Record<string, Loose>;
type Bool = Tensor<readonly number[], "bool">;

const unary =
  (name: string): Runner =>
  ([x]) =>
    t[name]!(x);
const binary =
  (name: string): Runner =>
  ([x, y]) =>
    t[name]!(x, y);
const reduction =
  (name: string): Runner =>
  ([x], { axis, keepdims, ...rest }) =>
    t[name]!(x, axis, { keepdims, ...rest });

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

type Loss = (x: AnyTensor, y: AnyTensor, options: { reduction?: "mean" | "sum" | "none" }) => AnyTensor;
const loss =
  (f: Loss): Runner =>
  ([x, y], { reduction = "mean" }) =>
    f(x!, y!, { reduction });

const losses = nn as unknown as Record<string, Loose>;

/** A loss whose attributes are our options. */
const lossOf =
  (name: string): Runner =>
  (inputs, attrs) =>
    losses[name]!(...inputs, attrs);

/** A loss of classes, which the reference has on axis 1. */
const classLoss =
  (name: string): Runner =>
  ([x, y], { weight, ignore_index, label_smoothing, reduction }) => {
    const classesLast = (z: AnyTensor): AnyTensor =>
      z.rank > 2 ? tg.permute(z, [0, ...z.shape.slice(2).map((_, i) => i + 2), 1]) : z;
    return losses[name]!(classesLast(x!), tg.isFloat(y!.dtype) ? classesLast(y!) : y, {
      reduction,
      ...(weight && { weights: tg.tensor(weight, { dtype: x!.dtype }) }),
      ...(ignore_index !== undefined && { ignoreIndex: ignore_index }),
      ...(label_smoothing !== undefined && { labelSmoothing: label_smoothing }),
    });
  };

const cube = (x: AnyTensor): AnyTensor => tg.power(x, 3);
const square = tg.square as (x: AnyTensor) => AnyTensor;
const add = tg.add as (x: AnyTensor | number, y: AnyTensor | number) => AnyTensor;
const sub = tg.sub as (x: AnyTensor | number, y: AnyTensor | number) => AnyTensor;
const mul = tg.mul as (x: AnyTensor | number, y: AnyTensor | number) => AnyTensor;
const div = tg.div as (x: AnyTensor | number, y: AnyTensor | number) => AnyTensor;
const { sum, mean, exp, log, tanh, sigmoid, relu, softplus, sqrt, log1p, matmul, transpose, slice } =
  tg as unknown as Record<string, Loose>;

const linear = (x: AnyTensor, w: AnyTensor, b?: AnyTensor): AnyTensor => tg.linear(x, w, b) as AnyTensor;

/** One line for each operation of the schema that we have. */
export const operations: Readonly<Record<string, Runner>> = {
  ...attention,
  ...recurrent,

  "unary/exp": unary("exp"),
  "unary/expm1": unary("expm1"),
  "unary/log": unary("log"),
  "unary/log1p": unary("log1p"),
  "unary/sqrt": unary("sqrt"),
  "unary/rsqrt": unary("rsqrt"),
  "unary/reciprocal": unary("reciprocal"),
  "unary/log2": unary("log2"),
  "unary/log10": unary("log10"),
  "unary/sin": unary("sin"),
  "unary/cos": unary("cos"),
  "unary/tan": unary("tan"),
  "unary/asin": unary("asin"),
  "unary/acos": unary("acos"),
  "unary/atan": unary("atan"),
  "unary/sinh": unary("sinh"),
  "unary/cosh": unary("cosh"),
  "unary/asinh": unary("asinh"),
  "unary/acosh": unary("acosh"),
  "unary/atanh": unary("atanh"),
  "unary/erf": unary("erf"),
  "unary/erfc": unary("erfc"),
  "unary/lgamma": unary("lgamma"),
  "unary/floor": unary("floor"),
  "unary/ceil": unary("ceil"),
  "unary/round": unary("round"),
  "unary/trunc": unary("trunc"),
  "unary/leaky_relu": ([x], { negative_slope = 0.01 }) => t.leakyRelu!(x, { slope: negative_slope }),
  "unary/elu": ([x], { alpha = 1 }) => t.elu!(x, { alpha }),
  "unary/celu": ([x], { alpha = 1 }) => t.celu!(x, { alpha }),
  "unary/selu": unary("selu"),
  "unary/silu": unary("silu"),
  "unary/gelu": ([x], { approximate = "none" }) => t.gelu!(x, { approximate }),
  "unary/mish": unary("mish"),
  "unary/softsign": unary("softsign"),
  "unary/hardsigmoid": unary("hardsigmoid"),
  "unary/hardswish": unary("hardswish"),
  "unary/tanhshrink": unary("tanhshrink"),
  "unary/logit": ([x]) => t.logit!(sigmoid!(x)),
  "unary/neg": unary("neg"),
  "unary/abs": unary("abs"),
  "unary/sign": unary("sign"),
  "unary/square": unary("square"),
  "unary/tanh": unary("tanh"),
  "unary/sigmoid": unary("sigmoid"),
  "unary/logsigmoid": unary("logSigmoid"),
  "unary/relu": unary("relu"),
  "unary/softplus": ([x], { beta = 1 }) => div(softplus!(mul(x!, beta)), beta),
  "unary/clamp": ([x], { min = null, max = null }) => tg.clamp(x!, min, max),
  "unary/hardtanh": ([x], { min, max }) => t.hardtanh!(x, min, max),
  "unary/relu6": unary("relu6"),
  "unary/pow_scalar": ([x], { exponent }) => tg.power(x!, exponent),
  "unary/rpow_scalar": ([x], { base }) => tg.power(base, x!),

  "binary/add": binary("add"),
  "binary/sub": binary("sub"),
  "binary/mul": binary("mul"),
  "binary/div": binary("div"),
  "binary/pow": binary("power"),
  "binary/maximum": binary("maximum"),
  "binary/minimum": binary("minimum"),
  "binary/atan2": binary("atan2"),
  "binary/hypot": binary("hypot"),
  "binary/logaddexp": binary("logaddexp"),
  "binary/lerp": ([a, b, weight]) => add(a!, mul(weight!, sub(b!, a!))),
  "binary/addcmul": ([x, a, b], { value = 1 }) => add(x!, mul(mul(a!, b!), value)),
  "binary/addcdiv": ([x, a, b], { value = 1 }) => add(x!, mul(div(a!, b!), value)),
  "binary/fmod": binary("fmod"),
  "binary/remainder": binary("remainder"),
  "binary/eq": binary("equal"),
  "binary/ne": binary("notEqual"),
  "binary/lt": binary("less"),
  "binary/le": binary("lessEqual"),
  "binary/gt": binary("greater"),
  "binary/ge": binary("greaterEqual"),
  "binary/where": ([c, a, b]) => tg.where(c as Bool, a!, b!),
  "binary/where_composed": ([x]) => tg.where(tg.greater(x!, 0), log!(x), mul(x!, x!)),
  "binary/where_trap": ([x]) => tg.where(tg.greater(x!, 0), sqrt!(x), 0),

  "matmul/matmul": binary("matmul"),
  "matmul/bmm": binary("matmul"),
  "matmul/linear": ([x, w, b]) => linear(x!, w!, b),
  "matmul/addmm": ([c, a, b], { beta, alpha }) => add(mul(c!, beta), mul(matmul!(a, b), alpha)),
  "matmul/outer": ([a, b]) => mul(t.expandDims!(a, 1), t.expandDims!(b, 0)),

  "reduce/sum": reduction("sum"),
  "reduce/mean": reduction("mean"),
  "reduce/amax": reduction("max"),
  "reduce/amin": reduction("min"),
  "reduce/var": reduction("variance"),
  "reduce/logsumexp": reduction("logsumexp"),
  "reduce/argmax": reduction("argmax"),
  "reduce/argmin": reduction("argmin"),

  "reduce/prod": reduction("prod"),
  "reduce/std": reduction("std"),
  "reduce/norm": ([x], { axis, keepdims, p }) => t.norm!(x, axis, { keepdims, p: toNumber(p) }),
  "reduce/max_dim": ([x], { axis, keepdims }) => maxWithIndices(x!, axis, keepdims),

  "scan/cumsum": ([x], { axis }) => t.cumsum!(x, axis),
  "scan/cumprod": ([x], { axis }) => t.cumprod!(x, axis),
  "scan/logcumsumexp": ([x], { axis }) => t.logcumsumexp!(x, axis),
  "scan/cummax": ([x], { axis }) => tg.cummax(x!, axis),

  "softmax/softmax": ([x], { axis }) => t.softmax!(x, axis),
  "softmax/log_softmax": ([x], { axis }) => t.logSoftmax!(x, axis),
  "sort/median": ([x], { axis = null, keepdims = false }) => t.median!(x, axis, { keepdims }),
  "sort/sort": ([x], { axis, descending }) => tg.sort(x!, axis, { descending }),

  "shape/reshape": ([x], { shape }) => t.reshape!(x, shape),
  "shape/permute": ([x], { perm }) => t.permute!(x, perm),
  "shape/transpose": ([x], { dim0, dim1 }) => t.transpose!(x, dim0, dim1),
  "shape/expand": ([x], { shape }) => t.broadcastTo!(x, shape),
  "shape/flatten": ([x], { start = 0 }) => t.flatten!(x, start),
  "shape/squeeze": ([x], { axis }) => t.squeeze!(x, axis),
  "shape/unsqueeze": ([x], { axis }) => t.expandDims!(x, axis),
  "shape/reshape_of_permute": ([x], { perm, shape }) => t.reshape!(t.permute!(x, perm), shape),
  "shape/concat": (xs, { axis }) => tg.concat(xs, axis) as AnyTensor,
  "shape/concat_same_twice": ([x], { axis }) => tg.concat([x!, x!], axis) as AnyTensor,
  "shape/split": ([x], { sizes, axis }) => tg.split(x!, sizes as number[], axis) as readonly AnyTensor[],
  "shape/flip": ([x], { axes }) => tg.flip(x!, axes),

  "matmul/einsum": (xs, { equation }) => tg.einsum(equation, ...xs),
  "linalg/solve": ([a, b]) => tg.solve(a!, b!),
  "linalg/inverse": ([a]) => tg.inverse(a!),
  "linalg/cholesky": ([a]) => tg.cholesky(a!),
  "linalg/det": ([a]) => tg.det(a!),
  "linalg/slogdet": ([a]) => tg.slogdet(a!),
  "linalg/matrix_power": ([a], { n }) => tg.matrixPower(a!, n),
  "linalg/trace": ([x]) => tg.trace(x!),
  "shape/stack": (xs, { axis }) => tg.stack(xs, axis) as AnyTensor,
  "shape/unbind": ([x], { axis }) => tg.unbind(x!, axis),
  "shape/roll": ([x], { shift, shifts = shift, axis = null }) => roll(x!, shifts, axis),
  "shape/pad": ([x], { pad: flat, mode = "constant", value = 0 }) => {
    // Pairs stand for the last axes, from the last one backwards.
    const pairs = Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]] as [number, number]);
    const widths = [...Array(x!.rank - pairs.length).fill([0, 0]), ...pairs.reverse()];
    const modes = { constant: "constant", reflect: "reflect", replicate: "edge", circular: "wrap" } as const;
    return t.pad!(x, widths, mode === "constant" ? { value } : { mode: modes[mode as keyof typeof modes] });
  },
  "shape/chunk": ([x], { chunks, axis }) => {
    const [length, size] = [x!.shape.at(axis)!, Math.ceil(x!.shape.at(axis)! / chunks)];
    const sizes = Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));
    return tg.split(x!, sizes, axis) as readonly AnyTensor[];
  },
  "shape/tile": ([x], { reps }) => tg.tile(x!, reps),
  "shape/repeat_interleave": ([x], { repeats, axis }) => tg.repeat(x!, repeats, axis),
  "shape/tril": ([x], { k = 0 }) => tg.tril(x!, k),
  "shape/triu": ([x], { k = 0 }) => tg.triu(x!, k),
  "shape/diag": ([x], { k = 0 }) => tg.diag(x!, k),
  "shape/diagonal": ([x], { k = 0 }) => tg.diagonal(x!, k),

  "index/scatter": ([x, index, source], { axis }) => t.scatter!(x, index, source, axis),
  "index/advanced": ([x, ...indices]) => tg.at(x!, indices),
  "index/advanced_negative": ([x, ...indices]) => tg.at(x!, indices),
  "index/embedding": ([indices, table], { padding_idx }) =>
    tg.embedding(
      indices!,
      table!,
      padding_idx === undefined || padding_idx === null ? {} : { paddingIndex: padding_idx },
    ),
  "index/masked_fill": ([x, mask], { value }) => tg.maskedFill(x!, mask!, value),
  "index/masked_select": ([x, mask]) => tg.maskedSelect(x!, mask!),
  "sort/topk": ([x], { k, axis = -1, largest = true }) => tg.topk(x!, k, axis, { smallest: !largest }),
  "shape/interpolate": ([x], { mode = "nearest", align_corners = false, size, scale }) =>
    t.interpolate!(x, {
      ...(size === undefined ? { scale } : { size }),
      mode: mode === "nearest" ? "nearest" : "linear",
      alignCorners: align_corners,
    }),
  "shape/pixel_shuffle": ([x], { factor }) => t.pixelShuffle!(x, factor),
  "shape/pixel_unshuffle": ([x], { factor }) => t.pixelUnshuffle!(x, factor),

  "index/gather": ([x, index], { axis }) => t.gather!(x, index, axis),
  "index/scatter_add": ([x, index, source], { axis }) => t.scatterAdd!(x, index, source, axis),
  "index/index_select": ([x, index], { axis }) => t.take!(x, index, axis),
  "index/index_add": ([x, index, source], { axis }) => t.takeAdd!(x, index, source, axis),
  "index/one_hot": ([index], { classes }) => t.oneHot!(index, classes, { dtype: "int32" }),
  "index/unfold": ([x], { axis, size, step }) => t.unfold!(x, axis, size, step),
  "index/slice": ([x], { spec }) => slice!(x, spec),

  "loss/mse": loss(meanSquaredError as Loss),
  "loss/bce": loss(binaryCrossEntropy as Loss),
  "loss/bce_with_logits": loss(binaryCrossEntropyWithLogits as Loss),
  "loss/l1": lossOf("absoluteError"),
  "loss/huber": lossOf("huber"),
  "loss/smooth_l1": lossOf("smoothAbsoluteError"),
  "loss/nll": classLoss("negativeLogLikelihood"),
  "loss/cross_entropy": classLoss("softmaxCrossEntropy"),
  "loss/cross_entropy_probs": classLoss("softmaxCrossEntropy"),
  "loss/kl_div": ([x, y], { log_target, reduction }) =>
    losses.klDivergence!(x, y, {
      logTarget: log_target,
      reduction: reduction === "batchmean" ? "batchMean" : reduction,
    }),
  "loss/hinge_embedding": lossOf("hingeEmbedding"),
  "loss/gaussian_nll": ([x, y, v], options) =>
    losses.gaussianNegativeLogLikelihood!(x, y, v!.rank < x!.rank ? t.expandDims!(v, -1) : v, options),
  "loss/triplet_margin": lossOf("tripletMargin"),
  "loss/course_l2_regularised_mlp": ([x, y, w1, b1, w2, b2], { lambda }) => {
    const z = linear(relu!(linear(x!, w1!, b1)), w2!, b2);
    const penalty = mul(add(sum!(square(w1!)), sum!(square(w2!))), lambda / (2 * x!.shape[0]!));
    return add(mean!(sub(softplus!(z), mul(y!, z))), penalty);
  },
  "norm/dropout_with_mask": ([x, mask], { keep_prob }) => tg.where(mask as Bool, div(x!, keep_prob), 0),

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
  "loss/cosine_similarity": ([a, b], { axis = 1, eps = 1e-8 }) => t.cosineSimilarity!(a, b, axis, { eps }),

  "attention/sdpa": ([q, k, v, mask], { mask: kind, is_causal, causal = is_causal ?? kind === "causal", scale }) =>
    t.scaledDotProductAttention!(q, k, v, {
      ...(mask && { mask }),
      causal,
      ...(scale !== undefined && { scale }),
    }),

  "program/exp_neg_sq": ([x]) => exp!(tg.neg(mul(x!, x!))),
  "program/log1p_sq": ([x]) => log1p!(mul(x!, x!)),
  "program/sqrt1p_sq": ([x]) => sqrt!(add(1, mul(x!, x!))),
  "program/div_safe": ([x, y]) => div(x!, add(1, mul(y!, y!))),

  "second_order/rosenbrock": ([x]) => {
    const [head, tail] = [slice!(x, [[0, -1]]), slice!(x, [[1, null]])];
    return sum!(add(mul(100, square(sub(tail, square(head)))), square(sub(1, head))));
  },
  "second_order/exp_sin": ([x]) => sum!(exp!(t.sin!(x))),
  "second_order/mlp_gelu_ce": ([x, w1, w2], { targets }) =>
    softmaxCrossEntropy(
      matmul!(t.gelu!(matmul!(x, w1)), w2),
      tg.tensor(targets as number[], { dtype: "int32" }) as AnyTensor,
    ),
  "second_order/conv_tanh_mean": ([x, w]) => mean!(tanh!(t.conv2d!(x, w, null, { padding: 1 }))),
  "second_order/quadratic_form": ([x, a]) => matmul!(x, matmul!(a, x)),
  "second_order/cubic": ([x]) => sum!(cube(x!)),
  "second_order/mlp_tanh_mse": ([x, y, w1, b1, w2, b2]) =>
    mean!(square(sub(linear(tanh!(linear(x!, w1!, b1)), w2!, b2), y!))),
  "second_order/logistic": ([w, x]) => mean!(softplus!(tg.neg(matmul!(x, w)))),
  "second_order/attention_square": ([q, k, v]) =>
    sum!(square(matmul!(t.softmax!(div(matmul!(q, transpose!(k)), Math.SQRT2)), v))),
  "second_order/gradient_penalty": ([x, w]) => {
    const slope = tg.grad((at: AnyTensor) => sum!(tanh!(matmul!(at, w))))(x!);
    return mean!(square(sub(t.norm!(slope, 1), 1)));
  },
  "second_order/matrix_chain": ([a, b, c]) => sum!(square(matmul!(matmul!(a, b), c))),
  "second_order/prod_with_zero": ([x]) => t.prod!(x),
  "second_order/norm": ([x]) => t.norm!(x),
  "second_order/logsumexp": ([x]) => t.logsumexp!(x, 0),
  "second_order/var_over_mean": ([x]) => div(t.variance!(x, null, { correction: 1 }), add(square(mean!(x)), 1)),
  "second_order/relu_mlp": ([x, w1, w2]) => sum!(sigmoid!(matmul!(relu!(matmul!(x, w1)), w2))),
  "second_order/broadcast_div": ([a, b]) => sum!(div(a!, b!)),
  "second_order/pow_both": ([a, b]) => sum!(tg.power(a!, b!)),
  "second_order/layernorm_sum_of_cubes": ([x]) => sum!(cube(standardized(x!, -1))),
  "second_order/batchnorm_tanh": ([x]) => sum!(square(tanh!(standardized(x!, 0)))),

  "hessian/cubic": ([x]) => sum!(cube(x!)),
  "hessian/rosen2": ([x]) => {
    const [a, b] = [slice!(x, [0]), slice!(x, [1])];
    return add(mul(100, square(sub(b, square(a)))), square(sub(1, a)));
  },
  "hessian/softmax_ce": ([x]) => tg.neg(slice!(t.logSoftmax!(x), [1])),
  "hessian/prod": ([x]) => t.prod!(x),
  "hessian/norm": ([x]) => t.norm!(x),
  "hessian/atan2": ([x]) => tg.atan2(slice!(x, [0]), slice!(x, [1])),
  "hessian/sin_outer": ([x]) => sum!(t.sin!(mul(t.expandDims!(x, 1), t.expandDims!(x, 0)))),

  "jacobian/cumsum": ([x]) => t.cumsum!(x),
  "jacobian/softmax": ([x]) => t.softmax!(x),
  "jacobian/layer_norm": ([x]) => standardized(x!, -1),
  "jacobian/sort": ([x]) => tg.sort(x!)[0] as AnyTensor,
  "jacobian/polar": ([x]) => {
    const [r, angle] = [slice!(x, [0]), slice!(x, [1])];
    return tg.concat([t.cos!(angle), t.sin!(angle)].map((side) => t.reshape!(mul(r, side), [1]))) as AnyTensor;
  },
  "jacobian/normalize": ([x]) => div(x!, t.norm!(x)),

  "semantics/reuse": ([x]) => add(mul(x!, x!), x!),
  "semantics/diamond": ([x]) => {
    const a = mul(x!, x!);
    return mul(exp!(a), t.sin!(a));
  },
  "semantics/multi_output_partial": ([x]) => [t.sin!(x), t.cos!(x), tg.stopGradient(x!)],
  "semantics/detach": ([x]) => mul(x!, tg.stopGradient(mul(2, x!))),
  "semantics/unused_input": ([x]) => mul(2, x!),
  "semantics/long_chain_200": ([x]) => {
    let at = x!;
    for (let i = 0; i < 200; i++) at = add(tanh!(mul(at, 1.01)), 0.001);
    return at;
  },
  "semantics/deep_add_fanout": ([x]) =>
    Array.from({ length: 50 }, (_, i) => mul(x!, i + 1)).reduce((a, b) => add(a, b)),
  "semantics/self_matmul": ([x]) => matmul!(matmul!(x, x), x),
  "semantics/self_sub": ([x]) => sub(x!, x!),
  "semantics/self_div": ([x]) => div(x!, x!),
  "semantics/broadcast_self": ([x]) => mul(t.reshape!(x, [3, 1]), t.reshape!(x, [1, 3])),
};

/** The operation that a step of a random program names without its group. */
export function stepOf(op: string): Runner | undefined {
  const group = ["program", "unary", "binary", "reduce", "shape", "softmax", "matmul"].find(
    (name) => `${name}/${op}` in operations,
  );
  return group === undefined ? undefined : operations[`${group}/${op}`];
}

/** The largest along an axis, and where it is: the first of several takes the whole gradient. */
function maxWithIndices(x: AnyTensor, axis: number, keepdims = false): readonly AnyTensor[] {
  const indices = t.argmax!(x, axis, { keepdims: true });
  const values = t.gather!(x, indices, axis);
  return keepdims ? [values, indices] : [t.squeeze!(values, axis), t.squeeze!(indices, axis)];
}

/** Rolls along one axis after another. */
function roll(x: AnyTensor, shifts: number | readonly number[], axes: number | readonly number[] | null): AnyTensor {
  if (axes === null || typeof axes === "number") return tg.roll(x, shifts as number, axes);
  return axes.reduce<AnyTensor>((rolled, axis, i) => tg.roll(rolled, (shifts as readonly number[])[i]!, axis), x);
}

/** (x − mean) / √(variance + 1e-5) along an axis. */
function standardized(x: AnyTensor, axis: number): AnyTensor {
  const centered = sub(x, mean!(x, axis, { keepdims: true }));
  return div(centered, sqrt!(add(t.variance!(x, axis, { keepdims: true }), 1e-5)));
}

/** Functions of one number whose derivatives of high order are known. */
export const scalarFunctions: Readonly<Record<string, (x: AnyTensor) => AnyTensor>> = {
  sin: (x) => t.sin!(x),
  atan: (x) => t.atan!(x),
  erf: (x) => t.erf!(x),
  gelu: (x) => t.gelu!(x),
  exp: (x) => exp!(x),
  log: (x) => log!(x),
  sqrt: (x) => sqrt!(x),
  tanh: (x) => tanh!(x),
  sigmoid: (x) => sigmoid!(x),
  softplus: (x) => softplus!(x),
  "x^4": (x) => tg.power(x, 4),
};
