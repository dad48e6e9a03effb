import {
  type AnyTensor,
  ArgumentError,
  batchNorm,
  checkOptions,
  type FloatDType,
  groupNorm,
  instanceNorm,
  layerNorm,
  type NormalizationOptions,
  ones,
  rmsNorm,
  type Shape,
  type Tensor,
  zeros,
} from "@tapegrad/core/functions";
import { type Context, evaluation, isTraining } from "../context.ts";
import type { ElementwiseRule, RuleOutput } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";
import { checkChannels, checkLast } from "./check-input.ts";
import { checkFlag, checkSizes } from "./check-options.ts";

export interface NormOptions<D extends FloatDType = FloatDType> {
  /** Whether there are a weight, which begins at 1, and a bias, which begins at 0 and `RmsNorm` has none of; yes if not given. */
  readonly affine?: boolean;
  /** Added to the variance (for `RmsNorm` to the mean square), 1e-5 if not given. */
  readonly eps?: number;
  /** float32 if not given. */
  readonly dtype?: D;
}

/** What layers that keep the shape and normalize share. */
abstract class Normalization<D extends FloatDType> extends Module {
  declare readonly "~rule": ElementwiseRule;
  readonly weight: Tensor<Shape, D> | null;
  readonly bias: Tensor<Shape, D> | null;
  readonly eps: number;

  constructor(shape: Shape, options: NormOptions<D>, known: readonly string[], eps = 1e-5) {
    super();
    const layer = new.target.name;
    checkOptions(layer, options, ...known, "affine", "dtype");
    checkNormalized(layer, shape);
    const { affine = true, dtype = "float32" as D } = options;
    checkFlag(layer, { affine });
    this.eps = checkRate(layer, "eps", options.eps ?? eps, Number.POSITIVE_INFINITY);
    this.weight = affine ? ones(shape, { dtype }) : null;
    this.bias = affine ? zeros(shape, { dtype }) : null;
  }

  override get lastAxis(): LastAxis {
    return { takes: null, gives: "same" };
  }

  protected get options(): NormalizationOptions {
    const { weight, bias, eps } = this;
    return { eps, ...(weight && { weight: weight as AnyTensor }), ...(bias && { bias: bias as AnyTensor }) };
  }
}

/** @throws ArgumentError for no axes, or sizes that are no positive whole numbers. */
function checkNormalized(layer: string, shape: Shape): void {
  if (shape.length === 0) throw new ArgumentError(layer, "the shape is []", "give the sizes of the last axes");
  checkSizes(layer, "features", ...shape);
}

/** @throws ArgumentError for what is no number from 0 to a limit. */
function checkRate(layer: string, what: string, value: number, limit: number): number {
  if (typeof value === "number" && value >= 0 && value <= limit && value < Number.POSITIVE_INFINITY) return value;
  const range = limit === Number.POSITIVE_INFINITY ? "that is 0 or more" : `from 0 to ${limit}`;
  throw new ArgumentError(layer, `${what} is ${String(value)}`, `give a finite number ${range}`);
}

export interface BatchNormOptions<D extends FloatDType = FloatDType> extends NormOptions<D> {
  /** How much of a batch's statistics the running ones take over, 0.1 if not given, as in PyTorch (Keras gives what they keep). */
  readonly momentum?: number;
}

/**
 * Batch normalization of x of [batch, channels, ...], for any number of spatial axes: in training by the mean and variance of
 * each channel of the batch, in evaluation by running ones, which are buffers: `apply` returns their next values as
 * `updates`, and `withUpdates` puts them into the model (Ioffe and Szegedy, "Batch normalization", 2015).
 * @throws ArgumentError for channels that are no positive whole number, or a momentum outside [0, 1]; ShapeError in
 * `forward` for other channels, or for a single number per channel in training, which has no variance.
 * @example
 * const norm = new BatchNorm(2);
 * const { updates } = apply(norm, tensor([[1, 2], [3, 2]]), { key: key(0) });
 * withUpdates(norm, updates).runningMean.toArray(); // [0.20000000298023224, 0.20000000298023224]
 */
export class BatchNorm<D extends FloatDType = "float32"> extends Normalization<D> {
  static override readonly buffers: readonly string[] = ["runningMean", "runningVar"];
  readonly runningMean: Tensor<readonly [number], D>;
  readonly runningVar: Tensor<readonly [number], D>;
  readonly momentum: number;

  constructor(channels: number, options: BatchNormOptions<D> = {}) {
    super([channels], options, ["eps", "momentum"]);
    const { dtype = "float32" as D, momentum = 0.1 } = options;
    this.runningMean = zeros([channels], { dtype });
    this.runningVar = ones([channels], { dtype });
    this.momentum = checkRate("BatchNorm", "momentum", momentum, 1);
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ElementwiseRule, X> {
    const { runningMean, runningVar, momentum } = this;
    checkChannels(this, context, x, runningMean.shape[0], null, runningMean);
    const training = isTraining(this, context);
    const statistics = { runningMean: runningMean as AnyTensor, runningVar: runningVar as AnyTensor };
    const { output, ...next } = batchNorm(x as AnyTensor, { ...this.options, ...statistics, training, momentum });
    if (training) context.update(this, next as { runningMean: AnyTensor; runningVar: AnyTensor });
    return output as AnyTensor as RuleOutput<ElementwiseRule, X>;
  }
}

/**
 * Layer normalization: the last axes of x, those of `normalizedShape`, are shifted and scaled together to mean 0 and variance
 * 1, then multiplied by `weight` and shifted by `bias` of that shape (Ba et al., "Layer normalization", 2016).
 * @throws ArgumentError for sizes that are no positive whole numbers; ShapeError in `forward` where x does not end in them.
 * @example
 * new LayerNorm(2, { eps: 0 }).forward(tensor([[1, 3], [2, 6]])).toArray(); // [[-1, 1], [-1, 1]]
 */
export class LayerNorm<D extends FloatDType = "float32"> extends Normalization<D> {
  readonly normalizedShape: Shape;

  constructor(normalizedShape: number | Shape, options: NormOptions<D> = {}) {
    super(typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape, options, ["eps"]);
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ElementwiseRule, X> {
    checkLast(this, context, x, this.normalizedShape, this.weight);
    const y: AnyTensor = layerNorm(x as AnyTensor, this.normalizedShape, this.options);
    return y as RuleOutput<ElementwiseRule, X>;
  }
}

/**
 * Layer normalization without a mean and a bias: the last axes of x are divided together by the root of their mean square, then
 * multiplied by `weight` (Zhang and Sennrich, "Root mean square layer normalization", 2019). PyTorch's `eps` is the smallest
 * step of the dtype, if not given.
 * @throws as `LayerNorm`.
 * @example
 * new RmsNorm(2, { eps: 12.5 }).forward(tensor([[3, 4]])).toArray(); // [[0.6000000238418579, 0.800000011920929]]
 */
export class RmsNorm<D extends FloatDType = "float32"> extends Module {
  declare readonly "~rule": ElementwiseRule;
  readonly weight: Tensor<Shape, D> | null;
  readonly normalizedShape: Shape;
  /** Added to the mean square. */
  readonly eps: number;

  constructor(normalizedShape: number | Shape, options: NormOptions<D> = {}) {
    super();
    checkOptions("RmsNorm", options, "eps", "affine", "dtype");
    const { affine = true, dtype = "float32" as D, eps = 1e-5 } = options;
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    checkNormalized("RmsNorm", this.normalizedShape);
    checkFlag("RmsNorm", { affine });
    this.weight = affine ? ones(this.normalizedShape, { dtype }) : null;
    this.eps = checkRate("RmsNorm", "eps", eps, Number.POSITIVE_INFINITY);
  }

  override get lastAxis(): LastAxis {
    return { takes: null, gives: "same" };
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ElementwiseRule, X> {
    const { weight, eps } = this;
    checkLast(this, context, x, this.normalizedShape, weight);
    const options = weight === null ? { eps } : { eps, weight: weight as AnyTensor };
    return rmsNorm(x as AnyTensor, this.normalizedShape, options) as AnyTensor as RuleOutput<ElementwiseRule, X>;
  }
}

/**
 * Group normalization of x of [batch, channels, ...]: the channels fall into groups, each of which is normalized in each
 * example; then a weight and a bias for each channel (Wu and He, "Group normalization", 2018).
 * @throws ArgumentError for sizes that are no positive whole numbers, or channels that do not fall into the groups; ShapeError
 * in `forward` for other channels.
 * @example
 * new GroupNorm(2, 4, { eps: 0 }).forward(tensor([[1, 3, 2, 6]])).toArray(); // [[-1, 1, -1, 1]]
 */
export class GroupNorm<D extends FloatDType = "float32"> extends Normalization<D> {
  readonly groups: number;
  readonly channels: number;

  constructor(groups: number, channels: number, options: NormOptions<D> = {}) {
    super([channels], options, ["eps"]);
    checkSizes("GroupNorm", "groups", groups);
    if (channels % groups !== 0) {
      const problem = `${channels} channels do not fall into ${groups} groups`;
      throw new ArgumentError("GroupNorm", problem, "give a divisor of the channels");
    }
    this.groups = groups;
    this.channels = channels;
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ElementwiseRule, X> {
    checkChannels(this, context, x, this.channels, null, this.weight);
    return groupNorm(x as AnyTensor, this.groups, this.options) as AnyTensor as RuleOutput<ElementwiseRule, X>;
  }
}

/**
 * Instance normalization of x of [batch, channels, ...]: each channel of each example is normalized over its spatial axes; then
 * a weight and a bias for each channel (Ulyanov et al., "Instance normalization", 2016).
 * @throws ArgumentError for channels that are no positive whole number; ShapeError in `forward` for other channels, or without
 * spatial axes.
 * @example
 * new InstanceNorm(2, { eps: 0 }).forward(tensor([[[1, 3], [2, 6]]])).toArray(); // [[[-1, 1], [-1, 1]]]
 */
export class InstanceNorm<D extends FloatDType = "float32"> extends Normalization<D> {
  readonly channels: number;

  constructor(channels: number, options: NormOptions<D> = {}) {
    super([channels], options, ["eps"]);
    this.channels = channels;
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ElementwiseRule, X> {
    checkChannels(this, context, x, this.channels, null, this.weight);
    return instanceNorm(x as AnyTensor, this.options) as AnyTensor as RuleOutput<ElementwiseRule, X>;
  }
}
