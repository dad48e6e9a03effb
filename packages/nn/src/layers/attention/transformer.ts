import {
  type AnyTensor,
  ArgumentError,
  checkOptions,
  checkpoint,
  type FloatDType,
  type Key,
  type OperandShape,
  splitKey,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../../context.ts";
import type { Demand, LinearRule, TakesVerdict } from "../../layer-types.ts";
import { type LastAxis, Module } from "../../module.ts";
import { checkFlag, checkKey, checkSizes } from "../check-options.ts";
import { LayerNorm } from "../normalization.ts";
import type { AttentionCache, MaskOptions } from "./multi-head-attention.ts";
import {
  type DecoderLayerCall,
  TransformerDecoderLayer,
  type TransformerDecoderLayerOptions,
} from "./transformer-decoder-layer.ts";
import { TransformerEncoderLayer } from "./transformer-encoder-layer.ts";
import { type Same, type Stepped, type TransformerLayerOptions, transformerLayerOptions } from "./transformer-layer.ts";

interface StackOptions {
  /** How many layers stand on each other. */
  readonly layers: number;
  /** Whether layers run again in the reverse sweep, so that what is within them need not be kept; not, if not given. */
  readonly checkpoint?: boolean;
}

export interface TransformerEncoderOptions<D extends FloatDType = FloatDType>
  extends TransformerLayerOptions<D>,
    StackOptions {}

export interface TransformerDecoderOptions<D extends FloatDType = FloatDType>
  extends TransformerDecoderLayerOptions<D>,
    StackOptions {}

/** A cache for each layer. */
export type StackCache = readonly AttentionCache[];
type OfStack<Call> = Omit<Call, "cache"> & { readonly cache?: StackCache };

type AnyLayer<D extends FloatDType> = TransformerEncoderLayer<number, D> | TransformerDecoderLayer<number, D>;
type LayerCall = { readonly cache?: AttentionCache };

/** Layers on each other, and where these normalize what they take, a normalization at the end. */
abstract class TransformerStack<
  F extends number,
  D extends FloatDType,
  L extends AnyLayer<D>,
  Call extends object,
> extends Module {
  declare readonly "~rule": LinearRule<F, F, D>;
  readonly layers: readonly L[];
  readonly norm: LayerNorm<D> | null;
  readonly checkpoint: boolean;

  constructor(features: F, options: TransformerEncoderOptions<D>, known: readonly string[], make: (own: never) => L) {
    super();
    const { name } = this.constructor;
    checkOptions(name, options ?? {}, ...known, "layers", "checkpoint");
    const key = checkKey(name, `${name}(${features}, heads`, options);
    const { layers, checkpoint: again = false, ...own } = options;
    checkSizes(name, "layers", layers);
    checkFlag(name, { checkpoint: again });
    this.layers = (splitKey(key, layers) as readonly Key[]).map((k) => make({ ...own, key: k } as never));
    const { eps = 1e-5, dtype = "float32" as D, normFirst = true } = own;
    this.norm = normFirst ? new LayerNorm(features, { eps, dtype }) : null;
    this.checkpoint = again;
  }

  override get lastAxis(): LastAxis {
    return this.layers[0]!.lastAxis;
  }

  /** An empty cache for sequences of up to `longest` steps. */
  emptyCache(batch: number, longest: number): StackCache {
    return this.layers.map((layer) => layer.emptyCache(batch, longest));
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
    options?: OfStack<Call>,
  ): Same<X, F, D> {
    return this.step(x, context, options).output;
  }

  /** What `forward` gives, with the next caches. */
  step<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
    options?: OfStack<Call>,
  ): Stepped<Same<X, F, D>, StackCache> {
    checkContext(this, context);
    const { cache, ...rest } = options ?? ({} as { readonly cache?: StackCache });
    if (cache !== undefined && cache.length !== this.layers.length) {
      const problem = `there are ${cache.length} caches for ${this.layers.length} layers`;
      throw new ArgumentError(context.nameOf(this), problem, "make them by emptyCache(batch, longest)");
    }
    let value = x as AnyTensor;
    const next: AttentionCache[] = [];
    for (const [i, layer] of this.layers.entries()) {
      const call = { ...rest, ...(cache && { cache: cache[i]! }) } as LayerCall;
      const run = (z: AnyTensor): Stepped<AnyTensor> =>
        layer.step(z as never, context, call as never) as Stepped<AnyTensor>;
      const made = (this.checkpoint ? checkpoint(run) : run)(value);
      value = made.output;
      if (made.cache !== null) next.push(made.cache);
    }
    const output = this.norm === null ? value : this.norm.forward(value, context);
    return { output: output as Same<X, F, D>, cache: cache === undefined ? null : next };
  }
}

/**
 * Layers of self-attention on each other; see `TransformerEncoderLayer`. `forward(x, context, { causal: true })` makes a language model of it,
 * and `step` with a cache goes on from earlier steps.
 * @throws as `TransformerEncoderLayer`, and ArgumentError for no number of layers.
 * @example
 * const encoder = new TransformerEncoder(8, 2, { key: key(0), layers: 2 });
 * encoder.forward(ones([3, 5, 8])).shape; // [3, 5, 8]
 */
export class TransformerEncoder<F extends number = number, D extends FloatDType = "float32"> extends TransformerStack<
  F,
  D,
  TransformerEncoderLayer<F, D>,
  MaskOptions
> {
  constructor(features: F, heads: number, options: TransformerEncoderOptions<D>) {
    super(features, options, transformerLayerOptions, (own) => new TransformerEncoderLayer<F, D>(features, heads, own));
  }
}

/**
 * Layers on each other that attend to themselves and to the memory of an encoder; see `TransformerDecoderLayer`.
 * @throws as `TransformerDecoderLayer`, and ArgumentError for no number of layers.
 * @example
 * const decoder = new TransformerDecoder(8, 2, { key: key(0), layers: 2 });
 * decoder.forward(ones([3, 5, 8]), evaluation, { memory: ones([3, 7, 8]) }).shape; // [3, 5, 8]
 */
export class TransformerDecoder<F extends number = number, D extends FloatDType = "float32"> extends TransformerStack<
  F,
  D,
  TransformerDecoderLayer<F, D>,
  DecoderLayerCall
> {
  constructor(features: F, heads: number, options: TransformerDecoderOptions<D>) {
    const known = [...transformerLayerOptions, "memoryFeatures"];
    super(features, options, known, (own) => new TransformerDecoderLayer<F, D>(features, heads, own));
  }
}
