import type { FloatDType, Shape, Tensor } from "@tapegrad/core/functions";
import type { WeightOptions } from "./draw-weights.ts";
import { Linear as LinearClass, type LinearOf } from "./linear.ts";

/** Makes linear layers: of float32, unless another dtype is given. As a type, `Linear` is one of any float. */
export interface LinearConstructor {
  /**
   * A linear layer with drawn weights.
   * @throws ArgumentError without a key, or for sizes that are no positive whole numbers.
   * @example
   * const layer = new Linear(3, 20, { key: key(0) });
   */
  new <const In extends number, const Out extends number, D extends FloatDType = "float32">(
    inFeatures: In,
    outFeatures: Out,
    options: WeightOptions<D>,
  ): LinearClass<In, Out, D>;

  /**
   * A linear layer with given weights.
   * @param weight [out, in]
   * @param bias [out], or left out for none.
   * @throws ShapeError when they do not fit; DTypeError for what are no floats of one dtype.
   * @example
   * Linear.of(tensor([[1, 2]]), tensor([3])).forward(tensor([[1, 1]])).toArray(); // [[6]]
   */
  of<W extends Tensor<Shape, FloatDType>>(weight: W, bias?: Tensor<Shape, FloatDType> | null): LinearOf<W>;

  readonly prototype: LinearClass;
}

/**
 * x·Wᵀ + b for a weight of [out, in] and any number of batch axes in front of x: [..., in] to [..., out].
 * @throws as `LinearConstructor` says.
 * @example
 * new Linear(3, 20, { key: key(0) }).forward(ones([5, 3])).shape; // [5, 20]
 */
export const Linear: LinearConstructor = LinearClass;
export type Linear<
  In extends number = number,
  Out extends number = number,
  D extends FloatDType = FloatDType,
> = LinearClass<In, Out, D>;
