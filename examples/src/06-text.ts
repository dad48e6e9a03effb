/**
 * 6 · Text: a recurrent network and a transformer learn verse, a character at a time.
 *
 * Both read Milton's "Paradise Lost" and say at each character how likely every next one is. They are judged by the last tenth of the
 * poem, which they never saw, beside a table of counted pairs; and then they write. A transformer attends to all that came
 * before; a cache of keys and values spares it from reading that again, and has a fixed length, so that one compiled program
 * serves for every character.
 * (Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; Vaswani et al., "Attention is all you need",
 * 2017; rotary positions: Su et al., "RoFormer", 2021.) The two models are in `lib/readers.ts`.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/06-text.ts
 */
import {
  type AnyTensor,
  add,
  arange,
  argmax,
  compile,
  div,
  expandDims,
  foldIn,
  integers,
  type Key,
  key,
  log,
  neg,
  reshape,
  slice,
  snapshot,
  splitKey,
  take,
  tensor,
  uniform,
} from "@tapegrad/core";
import { softmaxCrossEntropy, summary } from "@tapegrad/nn";
import { adamw, chain, clipByGlobalNorm, cosine, trainingStep } from "@tapegrad/optim";
import { countedLoss } from "./lib/counted-loss.ts";
import { decode, paradiseLost, splitText, type Text } from "./lib/paradise-lost.ts";
import { type Claim, type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import { type Progress, silent } from "./lib/progress.ts";
import { AttentiveReader, CONTEXT, LAYERS, type Reader, RecurrentReader } from "./lib/readers.ts";
import { inFloat64, type SampledReport, sampledCheck } from "./lib/sampled-check.ts";
import { dim, table } from "./lib/terminal.ts";

// ── Training ──

/** Windows of a text, from `starts` on: mean nats per character. */
export function lossAt(model: Reader, text: AnyTensor, starts: AnyTensor, length: number): AnyTensor {
  const places = add(expandDims(starts, 1), arange(0, length + 1, 1, { dtype: "int32" }));
  const windows = take(text, places) as AnyTensor;
  const logits = model.forward(slice(windows, [null, [0, length]]));
  return softmaxCrossEntropy(logits, slice(windows, [null, [1, length + 1]]));
}

export interface Recipe {
  readonly learningRate: number;
  readonly steps: number;
  /** Windows in a mini-batch. */
  readonly batch: number;
}

export function trainReader<R extends Reader>(
  start: R,
  train: Int32Array,
  { learningRate, steps, batch }: Recipe,
  by: Key,
  watch: (step: number, loss: number) => void = () => {},
): R {
  const text = tensor(train) as AnyTensor;
  const optimizer = chain(
    clipByGlobalNorm(1),
    adamw({
      learningRate: cosine(learningRate, { total: steps, warmup: Math.min(50, steps - 1), floor: learningRate / 50 }),
      beta2: 0.99,
      weightDecay: 0.01,
    }),
  );
  const advance = trainingStep(
    (model: R, drawn: Key) => lossAt(model, text, integers(drawn, 0, train.length - CONTEXT, [batch]), CONTEXT),
    optimizer,
  );
  // Steps use up the model that they are given.
  let model = snapshot(start);
  let state = optimizer.init(model);
  for (let step = 0; step < steps; step++) {
    const trained = advance(model, state, foldIn(by, step));
    ({ model, state } = trained);
    watch(step, trained.value.item());
  }
  return model;
}

const JUDGED = 64;

/** Mean nats per character of a text, cut into windows of which each begins anew. */
export function readingLoss(model: Reader, characters: Int32Array): number {
  const text = tensor(characters) as AnyTensor;
  const loss = compile((at: Reader, starts: AnyTensor) => lossAt(at, text, starts, CONTEXT));
  const batches = Math.floor((characters.length - 1) / (CONTEXT * JUDGED));
  let sum = 0;
  for (let batch = 0; batch < batches; batch++) {
    const starts = Int32Array.from({ length: JUDGED }, (_, i) => (batch * JUDGED + i) * CONTEXT);
    sum += loss(model, tensor(starts) as AnyTensor).item();
  }
  return sum / batches;
}

// ── Writing ──

const TEMPERATURE = 0.8;

/** Characters after a prompt, each drawn by what the model says after all before it. */
export function write<State>(model: Reader<State>, prompt: Int32Array, length: number, by: Key): number[] {
  const next = compile(
    (reader: Reader<State>, state: State, character: AnyTensor, drawn: Key) => {
      const [logits, after] = reader.step(character, state);
      const scores = div(reshape(logits, [-1]), TEMPERATURE);
      // The largest of logits plus Gumbel's noise is a draw from their softmax. (Maddison, Tarlow and Minka, "A* sampling", 2014.)
      const noise = neg(log(neg(log(uniform(drawn, scores.shape)))));
      return { character: reshape(argmax(add(scores, noise) as AnyTensor, 0) as AnyTensor, [1, 1]), state: after };
    },
    { donate: [1] },
  );
  const written: number[] = [];
  let state = model.start(prompt.length + length);
  for (let i = 0; written.length < length; i++) {
    const character = i < prompt.length ? prompt[i]! : written.at(-1)!;
    const made = next(model, state, tensor([[character]], { dtype: "int32" }) as AnyTensor, foldIn(by, i));
    state = made.state as State;
    if (i >= prompt.length - 1) written.push((made.character as AnyTensor).item());
  }
  return written;
}

// ── All of it ──

/** What became of one of the models. */
export interface Learned {
  readonly name: string;
  readonly parameters: number;
  /** Nats per character of the validation part. */
  readonly loss: number;
  /** Losses of mini-batches, each the mean over a few steps. */
  readonly curve: readonly (readonly [step: number, loss: number])[];
  readonly written: string;
  readonly seconds: number;
}

export interface TextResult {
  readonly characters: { readonly train: number; readonly validation: number; readonly vocabulary: number };
  /** Nats per character by counted pairs, and by runs of three. */
  readonly bigram: number;
  readonly trigram: number;
  readonly recurrent: Learned;
  readonly attentive: Learned;
  /** What both went on from: the first line of the validation part. */
  readonly prompt: string;
  /** Which characters of `text` attend to which, by the heads of the last layer. */
  readonly attention: { readonly text: string; readonly heads: readonly (readonly (readonly number[])[])[] };
  /** Of the transformer. */
  readonly check: SampledReport;
  /** Whether the same seed gave the same text again. */
  readonly repeatable: boolean;
}

const WRITTEN = 400;
const QUICK_STEPS = 20;
/** Steps in a point of a curve. */
const AVERAGED = 20;

interface Kind<R extends Reader = Reader> {
  readonly name: string;
  readonly seed: number;
  readonly make: (vocabulary: number, from: Key) => R;
  readonly recipe: Recipe;
}

const recurrentKind: Kind<RecurrentReader> = {
  name: "GRU",
  seed: 6,
  make: (vocabulary, from) => new RecurrentReader(vocabulary, from),
  recipe: { learningRate: 8e-3, steps: 700, batch: 32 },
};

const attentiveKind: Kind<AttentiveReader> = {
  name: "transformer",
  seed: 7,
  make: (vocabulary, from) => new AttentiveReader(vocabulary, from),
  recipe: { learningRate: 5e-3, steps: 900, batch: 16 },
};

interface Task {
  readonly verse: Text;
  readonly prompt: Int32Array;
  readonly quick: boolean;
  readonly progress: Progress;
}

/** Trains a model, and lets it write. */
function learn<R extends Reader>(kind: Kind<R>, { verse, prompt, quick, progress }: Task): { model: R } & Learned {
  const { vocabulary, train, validation } = verse;
  const [weights, windows, draws] = splitKey(key(kind.seed), 3) as [Key, Key, Key];
  const recipe = quick ? { ...kind.recipe, steps: QUICK_STEPS } : kind.recipe;
  const task = progress.task(kind.name, recipe.steps);
  const curve: [number, number][] = [];
  const started = performance.now();
  let sum = 0;
  const model = trainReader(kind.make(vocabulary.length, weights), train, recipe, windows, (step, loss) => {
    sum += loss;
    if ((step + 1) % AVERAGED === 0) {
      curve.push([step + 1 - AVERAGED / 2, sum / AVERAGED]);
      sum = 0;
    }
    task.update(step, `${loss.toFixed(3)} nats`);
  });
  const seconds = (performance.now() - started) / 1000;
  const loss = readingLoss(model, validation);
  const written = decode(write(model, prompt, WRITTEN, draws), vocabulary);
  task.finish(`${loss.toFixed(3)} nats per character; ${seconds.toFixed(1)} s`);
  const { parameters } = summary(model);
  return { model, name: kind.name, parameters, loss, curve, written, seconds };
}

export function text(options: PartOptions = {}): TextResult {
  const { quick, progress } = withDefaults(options);
  const verse = splitText(paradiseLost());
  const { vocabulary, train, validation } = verse;
  const prompt = validation.slice(0, validation.indexOf(vocabulary.indexOf("\n")) + 1);
  const task = { verse, prompt, quick, progress };
  const { model: _, ...recurrent } = learn(recurrentKind, task);
  const { model, ...attentive } = learn(attentiveKind, task);
  return {
    characters: { train: train.length, validation: validation.length, vocabulary: vocabulary.length },
    bigram: countedLoss(verse, 2),
    trigram: countedLoss(verse, 3),
    recurrent,
    attentive,
    prompt: decode(prompt, vocabulary),
    attention: attentionIn(model, verse),
    check: checkReader(model, validation),
    repeatable: [recurrentKind, attentiveKind].every((kind) => repeats(kind, task)),
  };
}

/** Whether a short training and what is written after it are the same once more. */
function repeats(kind: Kind, task: Task): boolean {
  const written = [1, 2].map(() => learn(kind, { ...task, quick: true, progress: silent }).written);
  return written[0] === written[1];
}

/** Of the last layer, in a line and a half of the validation part. */
function attentionIn(model: AttentiveReader, { vocabulary, validation }: Text): TextResult["attention"] {
  const characters = validation.slice(0, CONTEXT);
  const weights = model.attention(tensor([Array.from(characters)], { dtype: "int32" }) as AnyTensor, LAYERS - 1);
  return { text: decode(characters, vocabulary), heads: weights.toArray() as number[][][] };
}

/** In float64, at the beginning of a text. */
export function checkReader(model: Reader, characters: Int32Array): SampledReport {
  const few = tensor(characters.slice(0, 33)) as AnyTensor;
  const starts = tensor([0, 16], { dtype: "int32" }) as AnyTensor;
  return sampledCheck((at: Reader) => lossAt(at, few, starts, 16), inFloat64(model), 6, key(7), 1e-5);
}

// ── What it prints ──

const bits = (nats: number): string => (nats / Math.LN2).toFixed(2);

function printText({ bigram, trigram, recurrent, attentive, characters, prompt, check }: TextResult): void {
  const row = (name: string, parameters: number, loss: number): string[] => [
    name,
    parameters.toLocaleString("en"),
    loss.toFixed(3),
    bits(loss),
  ];
  table(
    ["", "numbers", "nats per character", "bits"],
    [
      row("pairs, counted", characters.vocabulary ** 2, bigram),
      row("threes, counted", characters.vocabulary ** 3, trigram),
      ...[recurrent, attentive].map(({ name, parameters, loss }) => row(name, parameters, loss)),
    ],
  );
  for (const { name, written } of [recurrent, attentive]) {
    console.log(`  The ${name} writes, after "${prompt.trim()}":\n`);
    console.log(dim(written.replace(/^/gm, "    ")), "\n");
  }
  console.log(dim(`  gradient check of the transformer in float64: ${check.difference.toExponential(2)}`));
}

const claims = ({ bigram, trigram, recurrent, attentive, check, repeatable }: TextResult): readonly Claim[] => [
  {
    text: `the GRU comes to ${recurrent.loss.toFixed(3)} nats per character, 0.6 and more below the ${bigram.toFixed(3)} of counted pairs`,
    holds: recurrent.loss <= bigram - 0.6,
  },
  {
    text: `the transformer comes to ${attentive.loss.toFixed(3)}, 0.5 and more below`,
    holds: attentive.loss <= bigram - 0.5,
  },
  {
    text: `both are below the ${trigram.toFixed(3)} of counted threes`,
    holds: Math.max(recurrent.loss, attentive.loss) < trigram,
  },
  { text: `gradients right to ${check.difference.toExponential(2)}, below 1e-7`, holds: check.difference < 1e-7 },
  { text: "the same seed gives the same text", holds: repeatable },
];

export const textPart: Part<TextResult> = {
  number: 6,
  id: "text",
  title: "Verse, a character at a time",
  trains: true,
  run: text,
  print: printText,
  claims,
  report: async () => (await import("./report/text-section.ts")).textReport,
};

runAlone(import.meta.url, textPart);
