import { type AnyTensor, checkOptions, type FloatDType, type OperandShape } from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../../context.ts";
import type { Demand, TakesVerdict } from "../../layer-types.ts";
import type { AttentionCache, MaskOptions } from "./multi-head-attention.ts";
import {
  type Same,
  type Stepped,
  TransformerLayer,
  type TransformerLayerOptions,
  transformerLayerOptions,
} from "./transformer-layer.ts";

export interface EncoderLayerCall extends MaskOptions {
  /** Earlier steps, after which those of x come: each sees these, and x up to itself. */
  readonly cache?: AttentionCache;
}

/**
 * Self-attention and a network at each position, each added to its input and normalized; with `causal`, the layer of a language model.
 * (Vaswani et al., "Attention is all you need", 2017.) Over [batch, length, features]; masks as `MultiHeadAttention` takes them.
 * @throws as `MultiHeadAttention`
 * @example
 * const layer = new TransformerEncoderLayer(8, 2, { key: key(0), keep: 0.9 });
 * layer.forward(ones([3, 5, 8]), evaluation, { causal: true }).shape; // [3, 5, 8]
 */
export class TransformerEncoderLayer<
  F extends number = number,
  D extends FloatDType = "float32",
> extends TransformerLayer<F, D> {
  constructor(features: F, heads: number, options: TransformerLayerOptions<D>) {
    checkOptions("TransformerEncoderLayer", options ?? {}, ...transformerLayerOptions);
    super(features, heads, options);
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
    options: EncoderLayerCall = {},
  ): Same<X, F, D> {
    return this.step(x, context, options).output;
  }

  /** What `forward` gives, with the next cache. */
  step<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
    options: EncoderLayerCall = {},
  ): Stepped<Same<X, F, D>> {
    checkContext(this, context);
    checkOptions(context.nameOf(this), options, "mask", "keyMask", "causal", "cache");
    let cache: AttentionCache | null = null;
    const attend = (z: AnyTensor): AnyTensor => {
      const attended = this.attention.attend(z as never, context, options);
      cache = attended.cache;
      return attended.output as AnyTensor;
    };
    const output = this.fed(this.added(x, this.attentionNorm, attend, context), context);
    return { output: output as Same<X, F, D>, cache };
  }
}
