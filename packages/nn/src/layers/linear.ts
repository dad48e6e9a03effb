import {
  type AnyTensor,
  ArgumentError,
  checkOptions,
  DTypeError,
  type FloatDType,
  isFloat,
  Key,
  linear,
  type OperandShape,
  type Shape,
  ShapeError,
  splitKey,
  Tensor,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import { heNormal } from "../init/he.ts";
import { drawParameter, type Initializer } from "../init/initializer.ts";
import { zeros } from "../init/plain.ts";
import type { Demand, LinearRule, TakesVerdict, WithLast } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";

export interface LinearOptions<D extends FloatDType = FloatDType> {
  /** Where the initial weights are drawn from. */
  readonly key: Key;
  /** `heNormal` if not given. */
  readonly initializer?: Initializer;
  /** Whether a bias is added; an initializer for it may be given, else it starts at 0. */
  readonly bias?: boolean | Initializer;
  /** float32 if not given. */
  readonly dtype?: D;
}

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

  constructor(inFeatures: In, outFeatures: Out, options: LinearOptions<D>) {
    super();
    checkOptions("Linear", options ?? {}, "key", "initializer", "bias", "dtype");
    const { initializer = heNormal, bias = true, dtype = "float32" as D } = options ?? {};
    for (const size of [inFeatures, outFeatures]) {
      if (Number.isSafeInteger(size) && size > 0) continue;
      throw new ArgumentError("Linear", `${size} is no number of features`, "give a whole number above 0");
    }
    if (!(options?.key instanceof Key)) {
      const example = `new Linear(${inFeatures}, ${outFeatures}, { key: key(0) })`;
      throw new ArgumentError("Linear", "there is no key to draw the weights from", `give one, as in ${example}`);
    }
    const [weightKey, biasKey] = splitKey(options.key) as [Key, Key];
    this.weight = drawParameter("Linear", initializer, weightKey, [outFeatures, inFeatures] as const, dtype);
    const ofBias = bias === true ? zeros : bias;
    this.bias = ofBias === false ? null : drawParameter("Linear", ofBias, biasKey, [outFeatures] as const, dtype);
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
      throw new ShapeError(context.nameOf(this), `${given}, ${wanted}`, `give [..., ${weight.shape[1]}]`);
    }
    if (isFloat(x.dtype) && x.dtype !== weight.dtype) {
      const dtypes = `x is ${x.dtype}, the weight is ${weight.dtype}`;
      throw new DTypeError(context.nameOf(this), dtypes, `cast one, as in cast(x, "${weight.dtype}")`);
    }
    const result = bias === null ? linear(x as AnyTensor, weight) : linear(x as AnyTensor, weight, bias as AnyTensor);
    return result as AnyTensor as Tensor<WithLast<OperandShape<X>, Out>, D>;
  }
}
