import {
  type AnyTensor,
  ArgumentError,
  checkOptions,
  type FloatDType,
  foldIn,
  isTensor,
  type OperandShape,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../../context.ts";
import type { Demand, TakesVerdict } from "../../layer-types.ts";
import { LayerNorm } from "../normalization.ts";
import { type AttentionCache, type MaskOptions, MultiHeadAttention } from "./multi-head-attention.ts";
import {
  type Same,
  type Stepped,
  TransformerLayer,
  type TransformerLayerOptions,
  transformerLayerOptions,
} from "./transformer-layer.ts";

export interface TransformerDecoderLayerOptions<D extends FloatDType = FloatDType> extends TransformerLayerOptions<D> {
  /** Features of the memory, if not those of the layer. */
  readonly memoryFeatures?: number;
}

export interface DecoderLayerCall extends MaskOptions {
  /** What an encoder made, [batch, S, memoryFeatures]. */
  readonly memory: AnyTensor;
  /** As `mask`, of the positions of the memory: [..., L, S]. */
  readonly memoryMask?: AnyTensor | undefined;
  /** Bool [batch, S]: true where the memory is no padding. */
  readonly memoryKeyMask?: AnyTensor | undefined;
  /** Whether positions see those up to themselves only; yes, if not given. */
  readonly causal?: boolean;
  /** Earlier steps, after which those of x come. */
  readonly cache?: AttentionCache;
}

export const decoderCall: readonly string[] = [
  "memory",
  "mask",
  "keyMask",
  "causal",
  "memoryMask",
  "memoryKeyMask",
  "cache",
];

/**
 * Causal self-attention, attention to the memory of an encoder, and a network at each position, each added to its input and normalized.
 * (Vaswani et al., "Attention is all you need", 2017.) Over [batch, length, features].
 * @throws as `MultiHeadAttention`, and ArgumentError in `forward` without a memory.
 * @example
 * const layer = new TransformerDecoderLayer(8, 2, { key: key(0) });
 * layer.forward(ones([3, 5, 8]), evaluation, { memory: ones([3, 7, 8]) }).shape; // [3, 5, 8]
 */
export class TransformerDecoderLayer<
  F extends number = number,
  D extends FloatDType = "float32",
> extends TransformerLayer<F, D> {
  readonly memoryAttention: MultiHeadAttention<F, D>;
  readonly memoryNorm: LayerNorm<D>;

  constructor(features: F, heads: number, options: TransformerDecoderLayerOptions<D>) {
    checkOptions("TransformerDecoderLayer", options ?? {}, ...transformerLayerOptions, "memoryFeatures");
    super(features, heads, options);
    const { keep = 1, bias = true, keyHeads = heads, memoryFeatures = features, eps = 1e-5 } = options;
    const dtype = options.dtype ?? ("float32" as D);
    const own = { key: foldIn(options.key, 1), keep, bias, keyHeads, keyFeatures: memoryFeatures, dtype };
    this.memoryAttention = new MultiHeadAttention(features, heads, own);
    this.memoryNorm = new LayerNorm(features, { eps, dtype });
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
    options?: DecoderLayerCall,
  ): Same<X, F, D> {
    return this.step(x, context, options).output;
  }

  /** What `forward` gives, with the next cache. */
  step<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
    options?: DecoderLayerCall,
  ): Stepped<Same<X, F, D>> {
    checkContext(this, context);
    const name = context.nameOf(this);
    if (!isTensor(options?.memory)) {
      throw new ArgumentError(name, "there is no memory", "give one, as in forward(x, context, { memory })");
    }
    checkOptions(name, options, ...decoderCall);
    const { memory, memoryMask, memoryKeyMask, causal = true, ...own } = options;
    let cache: AttentionCache | null = null;
    const attend = (z: AnyTensor): AnyTensor => {
      const attended = this.attention.attend(z as never, context, { ...own, causal });
      cache = attended.cache;
      return attended.output as AnyTensor;
    };
    const masks = {
      ...(memoryMask && { mask: memoryMask }),
      ...(memoryKeyMask && { keyMask: memoryKeyMask }),
    };
    const recall = (z: AnyTensor): AnyTensor =>
      this.memoryAttention.forward(z as never, context, { keys: memory, ...masks }) as AnyTensor;
    const attended = this.added(x, this.attentionNorm, attend, context);
    const recalled = this.added(attended, this.memoryNorm, recall, context);
    return { output: this.fed(recalled, context) as Same<X, F, D>, cache };
  }
}
