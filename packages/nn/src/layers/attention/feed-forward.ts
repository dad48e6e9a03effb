import {
  type AnyTensor,
  ArgumentError,
  checkOptions,
  type FloatDType,
  type Key,
  type OperandShape,
  splitKey,
  type Tensor,
} from "@tapegrad/core/functions";
import { type Context, evaluation } from "../../context.ts";
import { glorotUniform } from "../../init/glorot.ts";
import type { Initializer } from "../../init/initializer.ts";
import type { Layer } from "../../layer.ts";
import type { Demand, LinearRule, TakesVerdict, WithLast } from "../../layer-types.ts";
import { type LastAxis, Module } from "../../module.ts";
import { Relu } from "../activations.ts";
import { checkKey } from "../check-options.ts";
import { Dropout } from "../dropout.ts";
import { Linear } from "../linear.ts";

export interface FeedForwardOptions<D extends FloatDType = FloatDType> {
  /** Where the initial weights are drawn from. */
  readonly key: Key;
  /** `new Relu()` if not given. */
  readonly activation?: Layer;
  /** Keep probability of hidden features in training, 1 if not given. */
  readonly keep?: number;
  /** Whether biases are added, which start at 0; yes if not given. */
  readonly bias?: boolean;
  /** `glorotUniform` if not given. */
  readonly initializer?: Initializer;
  /** float32 if not given. */
  readonly dtype?: D;
}

/**
 * Two linear layers with an activation between them, at each position alone: [..., features] to as many. (Vaswani et al., "Attention is
 * all you need", 2017, section 3.3.)
 * @throws ArgumentError without a key, for sizes that are no positive whole numbers, or an activation that is no layer; ShapeError, DTypeError in `forward` as `Linear`.
 * @example
 * new FeedForward(4, 16, { key: key(0), activation: new Relu() }).forward(ones([2, 3, 4])).shape; // [2, 3, 4]
 */
export class FeedForward<F extends number = number, D extends FloatDType = "float32"> extends Module {
  declare readonly "~rule": LinearRule<F, F, D>;
  readonly hidden: Linear<F, number, D>;
  readonly activation: Layer;
  readonly dropout: Dropout;
  readonly output: Linear<number, F, D>;

  constructor(features: F, hidden: number, options: FeedForwardOptions<D>) {
    super();
    checkOptions("FeedForward", options ?? {}, "key", "activation", "keep", "bias", "initializer", "dtype");
    const [first, second] = splitKey(checkKey("FeedForward", `FeedForward(${features}, ${hidden}`, options)) as [
      Key,
      Key,
    ];
    const {
      activation = new Relu(),
      keep = 1,
      bias = true,
      initializer = glorotUniform,
      dtype = "float32" as D,
    } = options;
    this.hidden = new Linear(features, hidden, { key: first, initializer, bias, dtype });
    if (!(activation instanceof Module)) {
      const given = typeof activation === "function" ? "a function" : JSON.stringify(activation);
      throw new ArgumentError("FeedForward", `the activation is ${given}`, "give a layer, as in new Gelu()");
    }
    this.activation = activation;
    this.dropout = new Dropout(keep);
    this.output = new Linear(hidden, features, { key: second, initializer, bias, dtype });
  }

  override get lastAxis(): LastAxis {
    return { takes: this.hidden.inFeatures, gives: this.output.outFeatures };
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
  ): Tensor<WithLast<OperandShape<X>, F>, D> {
    const hidden = this.activation.forward(this.hidden.forward(x as never, context) as AnyTensor, context);
    const output = this.output.forward(this.dropout.forward(hidden, context) as never, context);
    return output as AnyTensor as Tensor<WithLast<OperandShape<X>, F>, D>;
  }
}
