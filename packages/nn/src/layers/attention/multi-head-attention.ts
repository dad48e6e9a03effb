import {
  type AnyTensor,
  ArgumentError,
  add,
  attentionWeights,
  checkOptions,
  type FloatDType,
  isTensor,
  type Key,
  matmul,
  type OperandShape,
  permute,
  repeat,
  reshape,
  ShapeError,
  splitKey,
  type Tensor,
  takeAdd,
  zeros,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../../context.ts";
import { glorotUniform } from "../../init/glorot.ts";
import type { Initializer } from "../../init/initializer.ts";
import type { Demand, LinearRule, TakesVerdict, WithLast } from "../../layer-types.ts";
import { type LastAxis, Module } from "../../module.ts";
import { formOf } from "../check-input.ts";
import { checkFlag, checkKey } from "../check-options.ts";
import { Dropout } from "../dropout.ts";
import { Linear } from "../linear.ts";
import { joined, ofKeys, upTo } from "./attention-masks.ts";
import { positionsFrom, rotary } from "./positions.ts";

export interface MultiHeadAttentionOptions<D extends FloatDType = FloatDType> {
  /** Where the initial weights are drawn from. */
  readonly key: Key;
  /** Heads of keys and values, each of which several heads of queries share; as many as of queries if not given, 1 is multi-query. */
  readonly keyHeads?: number;
  /** Features of what keys and values are made of, if not those of queries. */
  readonly keyFeatures?: number;
  readonly valueFeatures?: number;
  /** Whether the four products add a bias, which starts at 0; yes if not given. */
  readonly bias?: boolean;
  /** Keep probability of attention weights in training, 1 if not given. */
  readonly keep?: number;
  /** Whether queries and keys turn by their positions, or the base of the angles; see `rotary`. */
  readonly rotary?: boolean | number;
  /** `glorotUniform` if not given. */
  readonly initializer?: Initializer;
  /** float32 if not given. */
  readonly dtype?: D;
}

/** Keys and values of earlier steps, in a memory of fixed length, so that a program for one step serves for all. */
export interface AttentionCache {
  /** [batch, keyHeads, longest, features / heads] */
  readonly keys: AnyTensor;
  readonly values: AnyTensor;
  /** int32 scalar: how many steps there are. */
  readonly filled: AnyTensor;
}

/** Which queries may attend to which keys. */
export interface MaskOptions {
  /**
   * Bool, true where a query may attend to a key (PyTorch's layer has it the other way), or floats to be added to scores;
   * broadcast to [batch, heads, L, S].
   */
  readonly mask?: AnyTensor | undefined;
  /** Bool [batch, S]: true where there is a key, false for padding (PyTorch's `key_padding_mask` is true for padding). */
  readonly keyMask?: AnyTensor | undefined;
  /** Whether query i may attend to keys 0 to i only; not, if not given. */
  readonly causal?: boolean;
}

export interface AttendOptions extends MaskOptions {
  /** What is attended to, [batch, S, keyFeatures]: x itself if not given. */
  readonly keys?: AnyTensor;
  /** What is summed, [batch, S, valueFeatures]: the keys if not given. */
  readonly values?: AnyTensor;
  /** Earlier steps, after which those of x come: each attends to these, and to x up to itself. */
  readonly cache?: AttentionCache;
}

export interface Attended<Out> {
  /** [batch, L, features] */
  readonly output: Out;
  /** How much each query attends to each key, [batch, heads, L, S], before dropout. */
  readonly weights: AnyTensor;
  /** With the steps of x, if one was given. */
  readonly cache: AttentionCache | null;
}

const optionNames = [
  "key",
  "keyHeads",
  "keyFeatures",
  "valueFeatures",
  "bias",
  "keep",
  "rotary",
  "initializer",
  "dtype",
];

/**
 * Attention of several heads: queries, keys and values are linear in their inputs, each head attends on its own features, and the
 * output is linear in all of them. (Vaswani et al., "Attention is all you need", 2017, section 3.2; heads that share keys: Shazeer 2019,
 * Ainslie et al., "GQA", 2023.) A query that may attend to nothing gets zeros, with a gradient of 0, before the output's product.
 *
 * `forward(x)` is self-attention over [batch, L, features], `forward(x, context, { keys })` attends to another sequence; `attend`
 * takes the same, and gives the weights and the cache, too.
 * @throws ArgumentError without a key, for sizes that are no positive whole numbers, or heads that do not divide the features; in
 * `forward` ShapeError, DTypeError for inputs and masks that do not fit.
 * @example
 * const attention = new MultiHeadAttention(8, 2, { key: key(0) });
 * attention.forward(ones([3, 5, 8]), evaluation, { causal: true }).shape; // [3, 5, 8]
 * const { weights } = attention.attend(ones([3, 5, 8]), evaluation, { keys: ones([3, 7, 8]) });
 * weights.shape; // [3, 2, 5, 7]
 */
export class MultiHeadAttention<F extends number = number, D extends FloatDType = "float32"> extends Module {
  declare readonly "~rule": LinearRule<F, F, D>;
  readonly query: Linear<F, F, D>;
  readonly key: Linear<number, number, D>;
  readonly value: Linear<number, number, D>;
  readonly output: Linear<F, F, D>;
  readonly dropout: Dropout;
  readonly heads: number;
  readonly keyHeads: number;
  /** Of the angles of positions, null where nothing turns. */
  readonly rotaryBase: number | null;

  constructor(features: F, heads: number, options: MultiHeadAttentionOptions<D>) {
    super();
    const name = "MultiHeadAttention";
    checkOptions(name, options ?? {}, ...optionNames);
    const key = checkKey(name, `${name}(${features}, ${heads}`, options);
    const { keyHeads = heads, keyFeatures = features, valueFeatures = keyFeatures, keep = 1 } = options;
    const { bias = true, rotary: turns = false, initializer = glorotUniform, dtype = "float32" as D } = options;
    const divides = (part: number, whole: number): boolean =>
      Number.isSafeInteger(part) && part > 0 && whole % part === 0;
    if (!divides(heads, features) || !divides(keyHeads, heads)) {
      const problem = `${heads} heads${keyHeads === heads ? "" : ` and ${keyHeads} of keys`} for ${features} features`;
      throw new ArgumentError(name, problem, "heads must divide the features, and heads of keys the heads");
    }
    const base = turns === true ? 10000 : turns === false ? null : turns;
    if (base !== null && !(Number.isFinite(base) && base > 0 && (features / heads) % 2 === 0)) {
      const problem = `rotary is ${String(turns)} for heads of ${features / heads} features`;
      throw new ArgumentError(
        name,
        problem,
        "give true, or a base above 0, and an even number of features to each head",
      );
    }
    const keys = splitKey(key, 4) as readonly Key[];
    const linear = <In extends number, Out extends number>(i: number, from: In, to: Out): Linear<In, Out, D> =>
      new Linear(from, to, { key: keys[i]!, initializer, bias, dtype });
    const width = (features / heads) * keyHeads;
    this.query = linear(0, features, features);
    this.key = linear(1, keyFeatures, width);
    this.value = linear(2, valueFeatures, width);
    this.output = linear(3, features, features);
    this.dropout = new Dropout(keep);
    this.heads = heads;
    this.keyHeads = keyHeads;
    this.rotaryBase = base;
  }

  override get lastAxis(): LastAxis {
    return { takes: this.query.inFeatures, gives: this.output.outFeatures };
  }

  /** An empty cache for sequences of up to `longest` steps. */
  emptyCache(batch: number, longest: number): AttentionCache {
    const width = this.query.outFeatures / this.heads;
    const empty = (): AnyTensor =>
      zeros([batch, this.keyHeads, longest, width], { dtype: this.key.weight.dtype }) as AnyTensor;
    return { keys: empty(), values: empty(), filled: zeros([], { dtype: "int32" }) as AnyTensor };
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
    options: AttendOptions = {},
  ): Tensor<WithLast<OperandShape<X>, F>, D> {
    return this.attend(x, context, options).output;
  }

  /** What `forward` gives, with the weights and the next cache. */
  attend<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", F, OperandShape<X>>>,
    context: Context = evaluation,
    options: AttendOptions = {},
  ): Attended<Tensor<WithLast<OperandShape<X>, F>, D>> {
    checkContext(this, context);
    const name = context.nameOf(this);
    checkOptions(name, options, "keys", "values", "mask", "keyMask", "causal", "cache");
    const { keys = x as AnyTensor, values = keys, mask, keyMask, causal = false, cache } = options;
    checkSequences(name, x, keys, values);
    checkFlag(name, { causal });
    if (mask !== undefined && !isTensor(mask)) {
      throw new ArgumentError(name, "the mask is no tensor", "wrap it, as in tensor([[true, false], [true, true]])");
    }
    if (cache !== undefined && (options.keys !== undefined || options.values !== undefined)) {
      throw new ArgumentError(
        name,
        "there are a cache and keys",
        "a cache is for self-attention; leave one of them out",
      );
    }
    const [batch, length] = x.shape as readonly number[] as [number, number];
    const start = cache?.filled ?? 0;
    const q = this.turned(this.parted(this.query.forward(x as never, context), this.heads), start);
    const k = this.turned(this.parted(this.key.forward(keys as never, context), this.keyHeads), start);
    const v = this.parted(this.value.forward(values as never, context), this.keyHeads);

    const next = cache === undefined ? null : continued(name, cache, k, v);
    const reach = next?.keys.shape[2] ?? keys.shape[1]!;
    // What a cache holds beyond its steps is out of sight, too.
    const sight = next === null ? undefined : upTo(positionsFrom(start, length), positionsFrom(0, reach));
    const weights = attentionWeights(q, this.shared(next?.keys ?? k), {
      causal: causal && next === null,
      ...maskOption(joined([mask, ofKeys(name, keyMask, batch, reach), sight])),
    }) as AnyTensor;
    const kept = this.dropout.forward(weights, context);
    const heads = matmul(kept, this.shared(next?.values ?? v)) as AnyTensor;
    const features = reshape(permute(heads, [0, 2, 1, 3]) as AnyTensor, [batch, length, this.query.outFeatures]);
    const output = this.output.forward(features as never, context) as Tensor<WithLast<OperandShape<X>, F>, D>;
    return { output, weights, cache: next };
  }

  /** [batch, length, features] to [batch, heads, length, features / heads]. */
  private parted(x: AnyTensor, heads: number): AnyTensor {
    const [batch, length, features] = x.shape as readonly [number, number, number];
    return permute(reshape(x, [batch, length, heads, features / heads]) as AnyTensor, [0, 2, 1, 3]) as AnyTensor;
  }

  private turned(x: AnyTensor, start: number | AnyTensor): AnyTensor {
    if (this.rotaryBase === null) return x;
    return rotary(x, { positions: positionsFrom(start, x.shape[2]!), base: this.rotaryBase });
  }

  /** Keys or values for each head of queries. */
  private shared(x: AnyTensor): AnyTensor {
    return this.keyHeads === this.heads ? x : (repeat(x, this.heads / this.keyHeads, 1) as AnyTensor);
  }
}

const maskOption = (mask: AnyTensor | undefined): { readonly mask?: AnyTensor } => (mask === undefined ? {} : { mask });

function checkSequences(name: string, ...sequences: readonly unknown[]): void {
  const names = ["x", "keys", "values"];
  for (const [i, sequence] of sequences.entries()) {
    const [x] = sequences as readonly AnyTensor[];
    if (isTensor(sequence) && sequence.rank === 3 && sequence.shape[0] === x!.shape[0]) continue;
    const problem = i === 0 ? `x is ${formOf(x)}` : `x is ${formOf(x)}, ${names[i]} ${formOf(sequence)}`;
    throw new ShapeError(name, problem, "give [batch, length, features], of one batch");
  }
}

/** A cache with the keys and values of new steps behind those that it has: there it holds zeros. */
function continued(name: string, cache: AttentionCache, k: AnyTensor, v: AnyTensor): AttentionCache {
  const { keys, values, filled } = cache;
  const [batch, heads, , width] = k.shape as readonly number[];
  for (const [what, value] of Object.entries({ keys, values })) {
    const [b, h, , w] = value?.shape ?? [];
    if (b === batch && h === heads && w === width && value.dtype === k.dtype) continue;
    const shapes = `${what} of the cache are ${formOf(value)}, those of x ${formOf(k)}`;
    throw new ShapeError(name, shapes, `make it by emptyCache(${batch}, longest)`);
  }
  const places = positionsFrom(filled, k.shape[2]!);
  return {
    keys: takeAdd(keys, places, k, 2) as AnyTensor,
    values: takeAdd(values, places, v, 2) as AnyTensor,
    filled: add(filled, k.shape[2]!) as AnyTensor,
  };
}
