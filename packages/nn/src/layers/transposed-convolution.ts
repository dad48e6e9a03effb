import {
  type AnyTensor,
  checkOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type FloatDType,
  type Key,
  type Length,
  type OperandShape,
  type PerAxis,
  type Plane,
  permute,
  reshape,
  type Shape,
  type Tensor,
  type TransposedConvolutionOptions,
  type Volume,
} from "@tapegrad/core/functions";
import { type Context, evaluation } from "../context.ts";
import { heNormal } from "../init/he.ts";
import type { Initializer, InitializerOptions } from "../init/initializer.ts";
import type { ChannelsVerdict, Demand } from "../layer-types.ts";
import { Module } from "../module.ts";
import { checkChannels } from "./check-input.ts";
import { type Convolved, type ConvRule, checkKernel } from "./convolution.ts";
import { drawWeights, type WeightOptions, weightOptions } from "./draw-weights.ts";

/** How a transposed convolution moves, and how its weights are drawn. */
export interface ConvTransposeOptions<D extends FloatDType = FloatDType>
  extends WeightOptions<D>,
    TransposedConvolutionOptions {}

/**
 * Draws a weight of [in, out / groups, ...kernel] as that of a convolution with these channels, [out, in / groups, ...kernel],
 * so that an initializer sees the right fan-in.
 */
function transposed(initializer: Initializer, groups: number): Initializer {
  return (key: Key, shape: Shape, options?: InitializerOptions) => {
    const [inChannels, outPerGroup, ...kernel] = shape as readonly [number, number, ...number[]];
    const inPerGroup = inChannels / groups;
    const drawn = initializer(key, [outPerGroup * groups, inPerGroup, ...kernel], options);
    const grouped = reshape(drawn, [groups, outPerGroup, inPerGroup, ...kernel]) as AnyTensor;
    const swapped = permute(grouped, [0, 2, 1, ...kernel.map((_, i) => i + 3)]) as AnyTensor;
    return reshape(swapped, shape) as AnyTensor as Tensor<Shape, FloatDType>;
  };
}

/** What transposed convolutions over any number of axes share. */
abstract class TransposedConvolution<In extends number, Out extends number, D extends FloatDType> extends Module {
  /** [in, out / groups, ...kernel] */
  readonly weight: Tensor<Shape, D>;
  readonly bias: Tensor<readonly [Out], D> | null;
  readonly options: TransposedConvolutionOptions;

  constructor(axes: number, inChannels: In, outChannels: Out, kernelSize: PerAxis, given: ConvTransposeOptions<D>) {
    super();
    const layer = new.target.name;
    const own = ["stride", "padding", "outputPadding", "dilation", "groups"];
    checkOptions(layer, given ?? {}, ...weightOptions, ...own);
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1, ...weights } = given ?? {};
    const kernel = checkKernel(layer, axes, [inChannels, outChannels], kernelSize, groups);
    const call = `${layer}(${inChannels}, ${outChannels}, ${JSON.stringify(kernelSize)}`;
    const { initializer = heNormal } = weights as WeightOptions<D>;
    const options = { ...weights, initializer: transposed(initializer, groups) } as WeightOptions<D>;
    const drawn = drawWeights(layer, call, options, [inChannels, outChannels / groups, ...kernel], [
      outChannels,
    ] as const);
    this.weight = drawn.weight;
    this.bias = drawn.bias;
    this.options = { stride, padding, outputPadding, dilation, groups };
  }

  get inChannels(): In {
    return this.weight.shape[0] as In;
  }

  get outChannels(): Out {
    return (this.weight.shape[1]! * this.options.groups!) as Out;
  }

  protected check(x: AnyTensor, context: Context): AnyTensor {
    checkChannels(this, context, x, this.inChannels, this.weight.rank - 2, this.weight);
    return x;
  }
}

/**
 * Transposed convolution over one axis: x of [batch, in, length] to [batch, out, (length − 1)·stride − 2·padding +
 * dilation·(kernel − 1) + outputPadding + 1], for a weight of [in, out / groups, kernel].
 * @throws ArgumentError without a key, or for sizes that are no positive whole numbers or do not fall into the groups;
 * ShapeError in `forward` for other channels, or where nothing is left, DTypeError for the other float.
 * @example
 * new ConvTranspose1d(4, 2, 2, { key: key(0), stride: 2 }).forward(ones([5, 4, 8])).shape; // [5, 2, 16]
 */
export class ConvTranspose1d<
  const In extends number = number,
  const Out extends number = number,
  D extends FloatDType = "float32",
> extends TransposedConvolution<In, Out, D> {
  declare readonly "~rule": ConvRule<Out, Length, D>;

  constructor(inChannels: In, outChannels: Out, kernelSize: PerAxis, options: ConvTransposeOptions<D>) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<ChannelsVerdict<"ConvTranspose1d", In, OperandShape<X>>>,
    context: Context = evaluation,
  ): Convolved<X, Out, Length, D> {
    const y: AnyTensor = convTranspose1d(this.check(x, context), this.weight, this.bias, this.options);
    return y as Convolved<X, Out, Length, D>;
  }
}

/**
 * Transposed convolution over two axes: x of [batch, in, height, width] to [batch, out, ...], for a weight of
 * [in, out / groups, ...kernel]; sizes as in `ConvTranspose1d`.
 * @throws as `ConvTranspose1d`.
 * @example
 * new ConvTranspose2d(4, 2, 2, { key: key(0), stride: 2 }).forward(ones([5, 4, 8, 8])).shape; // [5, 2, 16, 16]
 */
export class ConvTranspose2d<
  const In extends number = number,
  const Out extends number = number,
  D extends FloatDType = "float32",
> extends TransposedConvolution<In, Out, D> {
  declare readonly "~rule": ConvRule<Out, Plane, D>;

  constructor(inChannels: In, outChannels: Out, kernelSize: PerAxis, options: ConvTransposeOptions<D>) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<ChannelsVerdict<"ConvTranspose2d", In, OperandShape<X>>>,
    context: Context = evaluation,
  ): Convolved<X, Out, Plane, D> {
    const y: AnyTensor = convTranspose2d(this.check(x, context), this.weight, this.bias, this.options);
    return y as Convolved<X, Out, Plane, D>;
  }
}

/**
 * Transposed convolution over three axes: x of [batch, in, depth, height, width] to [batch, out, ...], for a weight of
 * [in, out / groups, ...kernel]; sizes as in `ConvTranspose1d`.
 * @throws as `ConvTranspose1d`.
 * @example
 * new ConvTranspose3d(2, 1, 2, { key: key(0) }).forward(ones([5, 2, 3, 3, 3])).shape; // [5, 1, 4, 4, 4]
 */
export class ConvTranspose3d<
  const In extends number = number,
  const Out extends number = number,
  D extends FloatDType = "float32",
> extends TransposedConvolution<In, Out, D> {
  declare readonly "~rule": ConvRule<Out, Volume, D>;

  constructor(inChannels: In, outChannels: Out, kernelSize: PerAxis, options: ConvTransposeOptions<D>) {
    super(3, inChannels, outChannels, kernelSize, options);
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<ChannelsVerdict<"ConvTranspose3d", In, OperandShape<X>>>,
    context: Context = evaluation,
  ): Convolved<X, Out, Volume, D> {
    const y: AnyTensor = convTranspose3d(this.check(x, context), this.weight, this.bias, this.options);
    return y as Convolved<X, Out, Volume, D>;
  }
}
