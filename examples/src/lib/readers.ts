import { type AnyTensor, add, arange, greater, type Key, splitKey, squeeze } from "@tapegrad/core";
import {
  type Context,
  Embedding,
  evaluation,
  Gelu,
  Gru,
  init,
  Linear,
  Module,
  type StackCache,
  TransformerEncoder,
} from "@tapegrad/nn";

/** Reads characters, and gives logits of the next one. */
export abstract class Reader<State = unknown> extends Module {
  /** int32 [batch, time] to [batch, time, vocabulary]: each place sees those up to itself. */
  abstract override forward(characters: AnyTensor, context?: Context): AnyTensor;
  /** The state before the first of up to `longest` characters. */
  abstract start(longest: number): State;
  /** One character more, int32 [1, 1]: logits of [1, 1, vocabulary], and the next state. */
  abstract step(character: AnyTensor, state: State): readonly [logits: AnyTensor, state: State];
}

const EMBEDDED = 32;
const STATE = 128;

/** What it has read is in one vector, of 128 numbers. */
export class RecurrentReader extends Reader<AnyTensor> {
  readonly embedding: Embedding;
  readonly gru: Gru;
  readonly output: Linear;

  constructor(vocabulary: number, from: Key) {
    super();
    const [a, b, c] = splitKey(from, 3) as [Key, Key, Key];
    this.embedding = new Embedding(vocabulary, EMBEDDED, { key: a });
    this.gru = new Gru(EMBEDDED, STATE, { key: b });
    this.output = new Linear(STATE, vocabulary, { key: c, initializer: init.normal({ std: 0.02 }) });
  }

  override forward(characters: AnyTensor, context: Context = evaluation): AnyTensor {
    const { output } = this.gru.forward(this.embedding.forward(characters, context), context);
    return this.output.forward(output, context);
  }

  override start(): AnyTensor {
    return this.gru.layers[0]!.forward.start([1, 1, STATE]);
  }

  override step(character: AnyTensor, before: AnyTensor): readonly [AnyTensor, AnyTensor] {
    const { output, state } = this.gru.forward(this.embedding.forward(character), evaluation, { state: before });
    return [this.output.forward(output), state];
  }
}

const FEATURES = 64;
const HEADS = 4;
export const LAYERS = 2;
/** How many characters a transformer is trained to see. */
export const CONTEXT = 64;

/** It attends to the characters themselves. The table that makes vectors of characters also makes logits of vectors. */
export class AttentiveReader extends Reader<StackCache> {
  readonly embedding: Embedding;
  readonly encoder: TransformerEncoder;
  readonly output: Linear;

  constructor(vocabulary: number, from: Key, layers = LAYERS) {
    super();
    const [a, b] = splitKey(from) as [Key, Key];
    this.embedding = new Embedding(vocabulary, FEATURES, { key: a, initializer: init.normal({ std: 0.05 }) });
    // Rotary positions are relative, so that it can go on beyond the longest sequence of its training.
    this.encoder = new TransformerEncoder(FEATURES, HEADS, { key: b, layers, rotary: true, activation: new Gelu() });
    this.output = Linear.of(this.embedding.weight);
  }

  override forward(characters: AnyTensor, context: Context = evaluation): AnyTensor {
    const embedded = this.embedding.forward(characters, context);
    return this.output.forward(this.encoder.forward(embedded, context, { causal: true }), context);
  }

  override start(longest: number): StackCache {
    return this.encoder.emptyCache(1, longest);
  }

  override step(character: AnyTensor, before: StackCache): readonly [AnyTensor, StackCache] {
    // There is a place in the cache for each character, of which it sees as many as it was trained to.
    const [{ keys, filled }] = before as [StackCache[number]];
    const recent = greater(add(arange(0, keys.shape[2]!, 1, { dtype: "int32" }), CONTEXT), filled);
    const { output, cache } = this.encoder.step(this.embedding.forward(character), evaluation, {
      cache: before,
      mask: recent,
    });
    return [this.output.forward(output), cache!];
  }

  /** How much each character attends to each up to itself in a layer, [heads, time, time]. */
  attention(characters: AnyTensor, layer: number): AnyTensor {
    const { layers } = this.encoder;
    let x = this.embedding.forward(characters) as AnyTensor;
    for (const below of layers.slice(0, layer)) x = below.forward(x, evaluation, { causal: true });
    const { attention, attentionNorm } = layers[layer]!;
    const { weights } = attention.attend(attentionNorm.forward(x), evaluation, { causal: true });
    return squeeze(weights, 0);
  }
}
