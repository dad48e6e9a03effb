import {
  type AnyTensor,
  type AvgPoolOptions,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  checkOptions,
  type Length,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type OperandDType,
  type OperandShape,
  type PerAxis,
  type Plane,
  type Pooled,
  type PoolOptions,
  type Tensor,
  type Volume,
} from "@tapegrad/core/functions";
import type { FloatOf, LayerRule, RuleOutput } from "../layer-types.ts";
import { Module } from "../module.ts";

/** The rule of maxima: all but the last axes are followed, and the dtype stays. */
export interface MaxPoolRule<Spatial extends readonly number[]> extends LayerRule {
  readonly output: Tensor<Pooled<OperandShape<this["input"]>, Spatial>, OperandDType<this["input"]>>;
}

/** The rule of means: all but the last axes are followed, and integers give floats. */
export interface AvgPoolRule<Spatial extends readonly number[]> extends LayerRule {
  readonly output: Tensor<Pooled<OperandShape<this["input"]>, Spatial>, FloatOf<OperandDType<this["input"]>>>;
}

/** What pooling layers with windows share. */
abstract class Pooling<Options extends PoolOptions> extends Module {
  readonly kernelSize: PerAxis;
  readonly options: Options;

  constructor(own: string, kernelSize: PerAxis, options: Options) {
    super();
    checkOptions(new.target.name, options, "stride", "padding", "ceilMode", own);
    this.kernelSize = kernelSize;
    this.options = options;
  }
}

abstract class MaxPool<Spatial extends readonly number[]> extends Pooling<MaxPoolOptions> {
  declare readonly "~rule": MaxPoolRule<Spatial>;

  constructor(kernelSize: PerAxis, options: MaxPoolOptions = {}) {
    super("dilation", kernelSize, options);
  }
  protected abstract pool(x: AnyTensor): AnyTensor;

  override forward<X extends AnyTensor>(x: X): RuleOutput<MaxPoolRule<Spatial>, X> {
    return this.pool(x) as RuleOutput<MaxPoolRule<Spatial>, X>;
  }
}

abstract class AvgPool<Spatial extends readonly number[]> extends Pooling<AvgPoolOptions> {
  declare readonly "~rule": AvgPoolRule<Spatial>;

  constructor(kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super("countIncludePad", kernelSize, options);
  }
  protected abstract pool(x: AnyTensor): AnyTensor;

  override forward<X extends AnyTensor>(x: X): RuleOutput<AvgPoolRule<Spatial>, X> {
    return this.pool(x) as RuleOutput<AvgPoolRule<Spatial>, X>;
  }
}

/**
 * Largest element of each window over the last axis of [..., length]: see `maxPool1d`.
 * @throws ArgumentError for an unknown option; in `forward` whatever `maxPool1d` throws.
 * @example
 * new MaxPool1d(2).forward(ones([1, 2, 6])).shape; // [1, 2, 3]
 */
export class MaxPool1d extends MaxPool<Length> {
  protected override pool(x: AnyTensor): AnyTensor {
    return maxPool1d(x, this.kernelSize, this.options);
  }
}

/**
 * Largest element of each window over the last two axes of [..., height, width]: see `maxPool2d`.
 * @throws ArgumentError for an unknown option; in `forward` whatever `maxPool2d` throws.
 * @example
 * new MaxPool2d(2).forward(ones([1, 2, 6, 6])).shape; // [1, 2, 3, 3]
 */
export class MaxPool2d extends MaxPool<Plane> {
  protected override pool(x: AnyTensor): AnyTensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

/**
 * Largest element of each window over the last three axes of [..., depth, height, width]: see `maxPool3d`.
 * @throws ArgumentError for an unknown option; in `forward` whatever `maxPool3d` throws.
 * @example
 * new MaxPool3d(2).forward(ones([1, 2, 6, 6, 6])).shape; // [1, 2, 3, 3, 3]
 */
export class MaxPool3d extends MaxPool<Volume> {
  protected override pool(x: AnyTensor): AnyTensor {
    return maxPool3d(x, this.kernelSize, this.options);
  }
}

/**
 * Mean of each window over the last axis of [..., length]: see `avgPool1d`.
 * @throws ArgumentError for an unknown option; in `forward` whatever `avgPool1d` throws.
 * @example
 * new AvgPool1d(2).forward(ones([1, 2, 6])).shape; // [1, 2, 3]
 */
export class AvgPool1d extends AvgPool<Length> {
  protected override pool(x: AnyTensor): AnyTensor {
    return avgPool1d(x, this.kernelSize, this.options);
  }
}

/**
 * Mean of each window over the last two axes of [..., height, width]: see `avgPool2d`.
 * @throws ArgumentError for an unknown option; in `forward` whatever `avgPool2d` throws.
 * @example
 * new AvgPool2d(2).forward(ones([1, 2, 6, 6])).shape; // [1, 2, 3, 3]
 */
export class AvgPool2d extends AvgPool<Plane> {
  protected override pool(x: AnyTensor): AnyTensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
}

/**
 * Mean of each window over the last three axes of [..., depth, height, width]: see `avgPool3d`.
 * @throws ArgumentError for an unknown option; in `forward` whatever `avgPool3d` throws.
 * @example
 * new AvgPool3d(2).forward(ones([1, 2, 6, 6, 6])).shape; // [1, 2, 3, 3, 3]
 */
export class AvgPool3d extends AvgPool<Volume> {
  protected override pool(x: AnyTensor): AnyTensor {
    return avgPool3d(x, this.kernelSize, this.options);
  }
}
