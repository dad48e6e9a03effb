import {
  type AnyTensor,
  checkOptions,
  DTypeError,
  type FloatDType,
  isFloat,
  isTensor,
  linear,
  type OperandShape,
  type Shape,
  ShapeError,
  sameShape,
  type Tensor,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import type { Demand, LinearRule, TakesVerdict, WithLast } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";
import { checkFloat, formOf } from "./check-input.ts";
import { checkSizes } from "./check-options.ts";
import { drawWeights, type WeightOptions, weightOptions } from "./draw-weights.ts";

/** The layer that a weight of [out, in] makes. */
export type LinearOf<W extends Tensor<Shape, FloatDType>> =
  W extends Tensor<readonly [infer Out extends number, infer In extends number], infer D extends FloatDType>
    ? Linear<In, Out, D>
    : Linear;

/**
 * x·Wᵀ + b for a weight of [out, in] and any number of batch axes in front of x: [..., in] to [..., out].
 * @throws ArgumentError without a key or for sizes that are no positive whole numbers; ShapeError in `forward` for an x
 * whose last axis is not `in`, DTypeError for one of another float.
 * @example
 * const layer = new Linear(3, 20, { key: key(0) });
 * layer.forward(ones([5, 3])).shape; // [5, 20]
 */
export class Linear<
  In extends number = number,
  Out extends number = number,
  D extends FloatDType = FloatDType,
> extends Module {
  declare readonly "~rule": LinearRule<In, Out, D>;
  readonly weight: Tensor<readonly [Out, In], D>;
  readonly bias: Tensor<readonly [Out], D> | null;

  constructor(inFeatures: In, outFeatures: Out, options: WeightOptions<D>) {
    super();
    checkOptions("Linear", options ?? {}, ...weightOptions);
    checkSizes("Linear", "features", inFeatures, outFeatures);
    const call = `Linear(${inFeatures}, ${outFeatures}`;
    const drawn = drawWeights("Linear", call, options, [outFeatures, inFeatures] as const, [outFeatures] as const);
    this.weight = drawn.weight;
    this.bias = drawn.bias;
  }

  /** A layer with given weights; see `LinearConstructor`. */
  static of<W extends Tensor<Shape, FloatDType>>(
    weight: W,
    bias: Tensor<Shape, FloatDType> | null = null,
  ): LinearOf<W> {
    const given = bias === null ? [weight] : [weight, bias];
    const fits = bias === null || (isTensor(bias) && sameShape(bias.shape, weight?.shape?.slice(0, 1) ?? []));
    if (!isTensor(weight) || weight.rank !== 2 || !fits) {
      throw new ShapeError("Linear.of", `${given.map(formOf).join(" and ")} make no layer`, "give [out, in] and [out]");
    }
    if (!given.every(({ dtype }) => isFloat(dtype) && dtype === weight.dtype)) {
      const dtypes = given.map(({ dtype }) => dtype).join(" and ");
      throw new DTypeError("Linear.of", `${dtypes} make no layer`, "give floats of one dtype");
    }
    return Object.assign(Object.create(Linear.prototype), { weight, bias });
  }

  get inFeatures(): In {
    return this.weight.shape[1];
  }

  get outFeatures(): Out {
    return this.weight.shape[0];
  }

  override get lastAxis(): LastAxis {
    return { takes: this.inFeatures, gives: this.outFeatures };
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"Linear", In, OperandShape<X>>>,
    context: Context = evaluation,
  ): Tensor<WithLast<OperandShape<X>, Out>, D> {
    checkContext(this, context);
    const { weight, bias } = this;
    if (!isTensor(x) || x.shape.at(-1) !== weight.shape[1]) {
      const [, ...axes] = isTensor(x) ? x.shape : [];
      const flat = axes.length > 1 && axes.reduce((size, axis) => size * axis, 1) === weight.shape[1];
      const advice = flat ? "flatten it first, by new Flatten()" : `give [..., ${weight.shape[1]}]`;
      throw new ShapeError(context.nameOf(this), `x is ${formOf(x)}, the weight is ${formOf(weight)}`, advice);
    }
    checkFloat(this, context, x, weight);
    const result = bias === null ? linear(x as AnyTensor, weight) : linear(x as AnyTensor, weight, bias as AnyTensor);
    return result as AnyTensor as Tensor<WithLast<OperandShape<X>, Out>, D>;
  }
}
