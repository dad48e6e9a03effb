import { type FloatDType, type Key, type Shape, splitKey, type Tensor } from "@tapegrad/core/functions";
import { heNormal } from "../init/he.ts";
import { drawParameter, type Initializer } from "../init/initializer.ts";
import { zeros } from "../init/plain.ts";
import { checkKey } from "./check-options.ts";

/** How the weight and the bias of a layer are drawn. */
export interface WeightOptions<D extends FloatDType = FloatDType> {
  /** Where the initial weights are drawn from. */
  readonly key: Key;
  /** `heNormal` if not given. */
  readonly initializer?: Initializer;
  /** Whether a bias is added; an initializer for it may be given, else it starts at 0. */
  readonly bias?: boolean | Initializer;
  /** float32 if not given. */
  readonly dtype?: D;
}

/** Names of `WeightOptions`, for `checkOptions`. */
export const weightOptions = ["key", "initializer", "bias", "dtype"] as const;

/**
 * The weight and the bias of a layer, each from a key of its own.
 * @param call how the layer is made, for messages: `Linear(3, 20`.
 * @throws ArgumentError without a key.
 */
export function drawWeights<W extends Shape, B extends Shape, D extends FloatDType>(
  layer: string,
  call: string,
  options: WeightOptions<D> | undefined,
  weightShape: W,
  biasShape: B,
): { weight: Tensor<W, D>; bias: Tensor<B, D> | null } {
  const { initializer = heNormal, bias = true, dtype = "float32" as D } = options ?? {};
  const [weightKey, biasKey] = splitKey(checkKey(layer, call, options)) as [Key, Key];
  const ofBias = bias === true ? zeros : bias;
  return {
    weight: drawParameter(layer, initializer, weightKey, weightShape, dtype),
    bias: ofBias === false ? null : drawParameter(layer, ofBias, biasKey, biasShape, dtype),
  };
}
