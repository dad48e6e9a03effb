import {
  type AnyTensor,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  isTensor,
  type Length,
  max,
  mean,
  type OperandDType,
  type OperandShape,
  type PerAxis,
  type Plane,
  type Shape,
  ShapeError,
  type Tensor,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import type { FloatOf, LayerRule, RuleOutput } from "../layer-types.ts";
import { Module } from "../module.ts";
import { formOf } from "./check-input.ts";
import type { AvgPoolRule, MaxPoolRule } from "./pooling.ts";

/** What pooling layers to a given size share. */
abstract class AdaptivePooling extends Module {
  readonly outputSize: PerAxis;

  constructor(outputSize: PerAxis) {
    super();
    this.outputSize = outputSize;
  }
}

/**
 * Largest elements of as many windows as the output is to have, over the last axis of [..., length]: see `adaptiveMaxPool1d`.
 * @throws in `forward` whatever `adaptiveMaxPool1d` throws.
 * @example
 * new AdaptiveMaxPool1d(3).forward(ones([1, 2, 6])).shape; // [1, 2, 3]
 */
export class AdaptiveMaxPool1d extends AdaptivePooling {
  declare readonly "~rule": MaxPoolRule<Length>;

  override forward<X extends AnyTensor>(x: X): RuleOutput<MaxPoolRule<Length>, X> {
    return adaptiveMaxPool1d(x as AnyTensor, this.outputSize) as AnyTensor as RuleOutput<MaxPoolRule<Length>, X>;
  }
}

/**
 * Largest elements of as many windows as the output is to have, over the last two axes of [..., height, width]: see `adaptiveMaxPool2d`.
 * @throws in `forward` whatever `adaptiveMaxPool2d` throws.
 * @example
 * new AdaptiveMaxPool2d(3).forward(ones([1, 2, 6, 6])).shape; // [1, 2, 3, 3]
 */
export class AdaptiveMaxPool2d extends AdaptivePooling {
  declare readonly "~rule": MaxPoolRule<Plane>;

  override forward<X extends AnyTensor>(x: X): RuleOutput<MaxPoolRule<Plane>, X> {
    return adaptiveMaxPool2d(x as AnyTensor, this.outputSize) as AnyTensor as RuleOutput<MaxPoolRule<Plane>, X>;
  }
}

/**
 * Means of as many windows as the output is to have, over the last axis of [..., length]: see `adaptiveAvgPool1d`.
 * @throws in `forward` whatever `adaptiveAvgPool1d` throws.
 * @example
 * new AdaptiveAvgPool1d(3).forward(ones([1, 2, 6])).shape; // [1, 2, 3]
 */
export class AdaptiveAvgPool1d extends AdaptivePooling {
  declare readonly "~rule": AvgPoolRule<Length>;

  override forward<X extends AnyTensor>(x: X): RuleOutput<AvgPoolRule<Length>, X> {
    return adaptiveAvgPool1d(x as AnyTensor, this.outputSize) as AnyTensor as RuleOutput<AvgPoolRule<Length>, X>;
  }
}

/**
 * Means of as many windows as the output is to have, over the last two axes of [..., height, width]: see `adaptiveAvgPool2d`.
 * @throws in `forward` whatever `adaptiveAvgPool2d` throws.
 * @example
 * new AdaptiveAvgPool2d(3).forward(ones([1, 2, 6, 6])).shape; // [1, 2, 3, 3]
 */
export class AdaptiveAvgPool2d extends AdaptivePooling {
  declare readonly "~rule": AvgPoolRule<Plane>;

  override forward<X extends AnyTensor>(x: X): RuleOutput<AvgPoolRule<Plane>, X> {
    return adaptiveAvgPool2d(x as AnyTensor, this.outputSize) as AnyTensor as RuleOutput<AvgPoolRule<Plane>, X>;
  }
}

/** The rule of pooling over all spatial axes, which go. */
export interface GlobalPoolRule extends LayerRule {
  readonly output: Tensor<BatchAndChannels<OperandShape<this["input"]>>, FloatOf<OperandDType<this["input"]>>>;
}
type BatchAndChannels<S extends Shape> = S extends readonly [infer N extends number, infer C extends number, ...Shape]
  ? readonly [N, C]
  : readonly [number, number];

/** The axes behind batch and channels. */
function spatialAxes(module: Module, context: Context, x: AnyTensor): readonly number[] {
  checkContext(module, context);
  if (isTensor(x) && x.rank >= 3) return x.shape.slice(2).map((_, i) => i + 2);
  const problem = `x of ${formOf(x)} has no spatial axes`;
  throw new ShapeError(context.nameOf(module), problem, "give [batch, channels, ...]");
}

/**
 * Mean of each channel over all spatial axes: x of [batch, channels, ...] to [batch, channels]
 * (Lin et al., "Network in network", 2014).
 * @throws ShapeError in `forward` for an x without spatial axes.
 * @example
 * new GlobalAvgPool().forward(ones([5, 3, 4, 4])).shape; // [5, 3]
 */
export class GlobalAvgPool extends Module {
  declare readonly "~rule": GlobalPoolRule;

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<GlobalPoolRule, X> {
    return mean(x as AnyTensor, spatialAxes(this, context, x)) as AnyTensor as RuleOutput<GlobalPoolRule, X>;
  }
}

/**
 * Largest element of each channel over all spatial axes: x of [batch, channels, ...] to [batch, channels].
 * @throws as `GlobalAvgPool`.
 * @example
 * new GlobalMaxPool().forward(ones([5, 3, 4, 4])).shape; // [5, 3]
 */
export class GlobalMaxPool extends Module {
  declare readonly "~rule": GlobalPoolRule;

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<GlobalPoolRule, X> {
    return max(x as AnyTensor, spatialAxes(this, context, x)) as AnyTensor as RuleOutput<GlobalPoolRule, X>;
  }
}
