import {
  type AnyTensor,
  checkOptions,
  type FloatDType,
  linear,
  type OperandShape,
  type Shape,
  ShapeError,
  Tensor,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import type { Demand, LinearRule, TakesVerdict, WithLast } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";
import { checkFloat } from "./check-input.ts";
import { checkSizes, drawWeights, type WeightOptions, weightOptions } from "./draw-weights.ts";

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
    const fits = bias === null || (bias.rank === 1 && bias.shape[0] === weight.shape[0]);
    if (weight.rank !== 2 || !fits) {
      const shapes = [weight, ...(bias === null ? [] : [bias])].map(({ shape }) => `[${shape.join(", ")}]`);
      throw new ShapeError("Linear.of", `${shapes.join(" and ")} make no layer`, "give [out, in] and [out]");
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
    if (!(x instanceof Tensor) || x.shape.at(-1) !== weight.shape[1]) {
      const given = x instanceof Tensor ? `x is [${x.shape.join(", ")}]` : "x is no tensor";
      const wanted = `the weight is [${weight.shape.join(", ")}]`;
      const [, ...axes] = x instanceof Tensor ? x.shape : [];
      const flat = axes.length > 1 && axes.reduce((size, axis) => size * axis, 1) === weight.shape[1];
      const advice = flat ? "flatten it first, by new Flatten()" : `give [..., ${weight.shape[1]}]`;
      throw new ShapeError(context.nameOf(this), `${given}, ${wanted}`, advice);
    }
    checkFloat(this, context, x, weight);
    const result = bias === null ? linear(x as AnyTensor, weight) : linear(x as AnyTensor, weight, bias as AnyTensor);
    return result as AnyTensor as Tensor<WithLast<OperandShape<X>, Out>, D>;
  }
}
