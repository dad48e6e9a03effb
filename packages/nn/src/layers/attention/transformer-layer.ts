import {
  type AnyTensor,
  add,
  type FloatDType,
  type Key,
  type OperandShape,
  splitKey,
  type Tensor,
} from "@tapegrad/core/functions";
import type { Context } from "../../context.ts";
import type { Layer } from "../../layer.ts";
import type { LinearRule, WithLast } from "../../layer-types.ts";
import { type LastAxis, Module } from "../../module.ts";
import { checkFlag, checkKey } from "../check-options.ts";
import { Dropout } from "../dropout.ts";
import { LayerNorm } from "../normalization.ts";
import { FeedForward } from "./feed-forward.ts";
import { type AttentionCache, MultiHeadAttention } from "./multi-head-attention.ts";

export interface TransformerLayerOptions<D extends FloatDType = FloatDType> {
  /** Where the initial weights are drawn from. */
  readonly key: Key;
  /** Features between the two linear layers, 4 times the others if not given. */
  readonly hidden?: number;
  /** Keep probability of attention weights, of hidden features, and of what each part adds; 1 if not given. */
  readonly keep?: number;
  /** Whether each part normalizes what it takes, x + f(norm(x)), and not the sum, norm(x + f(x)); yes if not given (in PyTorch no). */
  readonly normFirst?: boolean;
  /** Between the two linear layers, `new Relu()` if not given. */
  readonly activation?: Layer;
  /** See `MultiHeadAttention`. */
  readonly keyHeads?: number;
  readonly rotary?: boolean | number;
  /** Whether the products add biases; yes if not given. */
  readonly bias?: boolean;
  /** Of the normalization, 1e-5 if not given. */
  readonly eps?: number;
  /** float32 if not given. */
  readonly dtype?: D;
}

export const transformerLayerOptions: readonly string[] = [
  "key",
  "hidden",
  "keep",
  "normFirst",
  "activation",
  "keyHeads",
  "rotary",
  "bias",
  "eps",
  "dtype",
];

/** What a step of a layer with a cache gives. */
export interface Stepped<Out, Cache = AttentionCache> {
  readonly output: Out;
  /** With the new steps; `null` where none was given. */
  readonly cache: Cache | null;
}

/** An output like x in all but its dtype. */
export type Same<X extends AnyTensor, F extends number, D extends FloatDType> = Tensor<WithLast<OperandShape<X>, F>, D>;

/** What layers of encoders and decoders have in common: attention within the sequence, then a network at each position. */
export abstract class TransformerLayer<F extends number = number, D extends FloatDType = "float32"> extends Module {
  declare readonly "~rule": LinearRule<F, F, D>;
  readonly attention: MultiHeadAttention<F, D>;
  readonly attentionNorm: LayerNorm<D>;
  readonly feedForward: FeedForward<F, D>;
  readonly feedForwardNorm: LayerNorm<D>;
  readonly dropout: Dropout;
  readonly normFirst: boolean;

  constructor(features: F, heads: number, options: TransformerLayerOptions<D>) {
    super();
    const { name } = this.constructor;
    const keys = splitKey(checkKey(name, `${name}(${features}, ${heads}`, options)) as [Key, Key];
    const {
      hidden = 4 * features,
      keep = 1,
      normFirst = true,
      activation,
      keyHeads,
      rotary = false,
      bias = true,
    } = options;
    const { eps = 1e-5, dtype = "float32" as D } = options;
    checkFlag(name, { normFirst });
    const heading = keyHeads === undefined ? {} : { keyHeads };
    this.attention = new MultiHeadAttention(features, heads, { key: keys[0], keep, rotary, bias, dtype, ...heading });
    this.attentionNorm = new LayerNorm(features, { eps, dtype });
    const between = activation === undefined ? {} : { activation };
    this.feedForward = new FeedForward(features, hidden, { key: keys[1], keep, bias, dtype, ...between });
    this.feedForwardNorm = new LayerNorm(features, { eps, dtype });
    this.dropout = new Dropout(keep);
    this.normFirst = normFirst;
  }

  override get lastAxis(): LastAxis {
    return this.attention.lastAxis;
  }

  /** An empty cache for sequences of up to `longest` steps. */
  emptyCache(batch: number, longest: number): AttentionCache {
    return this.attention.emptyCache(batch, longest);
  }

  /** x with what a part makes of it: normalized before, or after. (Xiong et al., "On layer normalization in the transformer architecture", 2020.) */
  protected added(x: AnyTensor, norm: LayerNorm<D>, part: (z: AnyTensor) => AnyTensor, context: Context): AnyTensor {
    const made = this.dropout.forward(part(this.normFirst ? (norm.forward(x, context) as AnyTensor) : x), context);
    const sum = add(x, made) as AnyTensor;
    return this.normFirst ? sum : (norm.forward(sum, context) as AnyTensor);
  }

  protected fed(x: AnyTensor, context: Context): AnyTensor {
    return this.added(
      x,
      this.feedForwardNorm,
      (z) => this.feedForward.forward(z as never, context) as AnyTensor,
      context,
    );
  }
}
