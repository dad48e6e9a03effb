import {
  type AnyTensor,
  ArgumentError,
  type ConvolutionOptions,
  checkOptions,
  conv1d,
  conv2d,
  conv3d,
  type FloatDType,
  type Length,
  type OperandShape,
  type PerAxis,
  type Plane,
  type Shape,
  type Tensor,
  type Volume,
} from "@tapegrad/core/functions";
import { type Context, evaluation } from "../context.ts";
import type { ChannelsVerdict, Demand, LayerRule } from "../layer-types.ts";
import { Module } from "../module.ts";
import { checkChannels } from "./check-input.ts";
import { checkSizes } from "./check-options.ts";
import { drawWeights, type WeightOptions, weightOptions } from "./draw-weights.ts";

/** How a convolution moves, and how its weights are drawn. */
export interface ConvOptions<D extends FloatDType = FloatDType> extends WeightOptions<D>, ConvolutionOptions {}

/** The rule of convolutions: batch and channels are followed, spatial sizes are not. */
export interface ConvRule<Out extends number, Spatial extends Shape, D extends FloatDType> extends LayerRule {
  readonly output: Convolved<this["input"], Out, Spatial, D>;
  readonly gives: number;
}
export type Convolved<X, Out extends number, Spatial extends Shape, D extends FloatDType> = Tensor<
  readonly [OperandShape<X>[0], Out, ...Spatial],
  D
>;

/**
 * The sizes of a kernel, after checks of what weights of convolutions are made by.
 * @throws ArgumentError for sizes that are no positive whole numbers, or channels that do not fall into the groups.
 */
export function checkKernel(
  layer: string,
  axes: number,
  channels: readonly [number, number],
  kernelSize: PerAxis,
  groups: number,
): Shape {
  checkSizes(layer, "channels", ...channels);
  checkSizes(layer, "groups", groups);
  const isList = Array.isArray(kernelSize);
  const kernel: number[] = isList ? [...kernelSize] : new Array(axes).fill(kernelSize);
  if (kernel.length !== axes || !kernel.every((size) => Number.isSafeInteger(size) && size > 0)) {
    const given = isList ? `[${kernelSize.join(", ")}]` : String(kernelSize);
    const many = axes === 1 ? "" : `, or ${axes} of them`;
    throw new ArgumentError(layer, `the kernel size is ${given}`, `give a whole number above 0${many}`);
  }
  const odd = channels.find((count) => count % groups !== 0);
  if (odd === undefined) return kernel;
  throw new ArgumentError(layer, `${odd} channels do not fall into ${groups} groups`, "give a divisor of both");
}

/** What convolutions over any number of axes share. */
abstract class Convolution<In extends number, Out extends number, D extends FloatDType> extends Module {
  /** [out, in / groups, ...kernel] */
  readonly weight: Tensor<Shape, D>;
  readonly bias: Tensor<readonly [Out], D> | null;
  readonly options: ConvolutionOptions;

  constructor(axes: number, inChannels: In, outChannels: Out, kernelSize: PerAxis, given: ConvOptions<D>) {
    super();
    const layer = new.target.name;
    checkOptions(layer, given ?? {}, ...weightOptions, "stride", "padding", "dilation", "groups");
    const { stride = 1, padding = 0, dilation = 1, groups = 1, ...weights } = given ?? {};
    const kernel = checkKernel(layer, axes, [inChannels, outChannels], kernelSize, groups);
    const call = `${layer}(${inChannels}, ${outChannels}, ${JSON.stringify(kernelSize)}`;
    const shape = [outChannels, inChannels / groups, ...kernel];
    const drawn = drawWeights(layer, call, weights as WeightOptions<D>, shape, [outChannels] as const);
    this.weight = drawn.weight;
    this.bias = drawn.bias;
    this.options = { stride, padding, dilation, groups };
  }

  get inChannels(): In {
    return (this.weight.shape[1]! * this.options.groups!) as In;
  }

  get outChannels(): Out {
    return this.weight.shape[0] as Out;
  }

  protected check(x: AnyTensor, context: Context): AnyTensor {
    checkChannels(this, context, x, this.inChannels, this.weight.rank - 2, this.weight);
    return x;
  }
}

/**
 * Convolution over one axis: x of [batch, in, length] to [batch, out, ...], for a weight of [out, in / groups, kernel]. With
 * `groups` of `in` it is depthwise.
 * @throws ArgumentError without a key, or for sizes that are no positive whole numbers or do not fall into the groups;
 * ShapeError in `forward` for other channels, or an x that is smaller than the kernel, DTypeError for the other float.
 * @example
 * new Conv1d(2, 4, 3, { key: key(0), padding: "same" }).forward(ones([5, 2, 8])).shape; // [5, 4, 8]
 */
export class Conv1d<
  const In extends number = number,
  const Out extends number = number,
  D extends FloatDType = "float32",
> extends Convolution<In, Out, D> {
  declare readonly "~rule": ConvRule<Out, Length, D>;

  constructor(inChannels: In, outChannels: Out, kernelSize: PerAxis, options: ConvOptions<D>) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<ChannelsVerdict<"Conv1d", In, OperandShape<X>>>,
    context: Context = evaluation,
  ): Convolved<X, Out, Length, D> {
    const y: AnyTensor = conv1d(this.check(x, context), this.weight, this.bias, this.options);
    return y as Convolved<X, Out, Length, D>;
  }
}

/**
 * Convolution over two axes: x of [batch, in, height, width] to [batch, out, ...], for a weight of [out, in / groups,
 * ...kernel]. With `groups` of `in` it is depthwise.
 * @throws as `Conv1d`.
 * @example
 * const layer = new Conv2d(3, 8, [3, 3], { key: key(0), stride: 2, padding: 1 });
 * layer.forward(ones([5, 3, 16, 16])).shape; // [5, 8, 8, 8]
 * new Conv2d(8, 8, 3, { key: key(0), groups: 8 }).weight.shape; // [8, 1, 3, 3]
 */
export class Conv2d<
  const In extends number = number,
  const Out extends number = number,
  D extends FloatDType = "float32",
> extends Convolution<In, Out, D> {
  declare readonly "~rule": ConvRule<Out, Plane, D>;

  constructor(inChannels: In, outChannels: Out, kernelSize: PerAxis, options: ConvOptions<D>) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<ChannelsVerdict<"Conv2d", In, OperandShape<X>>>,
    context: Context = evaluation,
  ): Convolved<X, Out, Plane, D> {
    const y: AnyTensor = conv2d(this.check(x, context), this.weight, this.bias, this.options);
    return y as Convolved<X, Out, Plane, D>;
  }
}

/**
 * Convolution over three axes: x of [batch, in, depth, height, width] to [batch, out, ...], for a weight of
 * [out, in / groups, ...kernel]. With `groups` of `in` it is depthwise.
 * @throws as `Conv1d`.
 * @example
 * new Conv3d(1, 2, 2, { key: key(0) }).forward(ones([5, 1, 4, 4, 4])).shape; // [5, 2, 3, 3, 3]
 */
export class Conv3d<
  const In extends number = number,
  const Out extends number = number,
  D extends FloatDType = "float32",
> extends Convolution<In, Out, D> {
  declare readonly "~rule": ConvRule<Out, Volume, D>;

  constructor(inChannels: In, outChannels: Out, kernelSize: PerAxis, options: ConvOptions<D>) {
    super(3, inChannels, outChannels, kernelSize, options);
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<ChannelsVerdict<"Conv3d", In, OperandShape<X>>>,
    context: Context = evaluation,
  ): Convolved<X, Out, Volume, D> {
    const y: AnyTensor = conv3d(this.check(x, context), this.weight, this.bias, this.options);
    return y as Convolved<X, Out, Volume, D>;
  }
}
