/**
 * 11 · Outliers: which examples pull hardest?
 *
 * One digit in fifty gets a wrong label. A network that is trained for a short while agrees with most of them and not with
 * those: their gradients, each example's own, are the longest. `vmap(grad(cost))` gives the gradients of all examples, where
 * the gradient of a batch is only their mean.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/11-outliers.ts
 */
import {
  type AnyTensor,
  add,
  compile,
  foldIn,
  grad,
  type Key,
  key,
  permutation,
  reshape,
  slice,
  splitKey,
  sqrt,
  square,
  sum,
  tensor,
  treeLeaves,
  vmap,
} from "@tapegrad/core";
import { apply, Dropout, Linear, Relu, rocAuc, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam, trainingStep } from "@tapegrad/optim";
import { batches, CLASSES, type Digits, loadDigits, PIXELS } from "./lib/digits.ts";
import { type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import { dim, percent, table } from "./lib/terminal.ts";

// ── Data: some labels are wrong, and we know which ──

export interface Mislabelled {
  readonly digits: Digits;
  /** The right labels. */
  readonly truth: Int32Array;
  /** The rows whose label is wrong. */
  readonly wrong: ReadonlySet<number>;
}

/** Every so many-th digit, in an order that a key decides, is called by another name. */
export function mislabel({ images, labels }: Digits, every: number, by: Key): Mislabelled {
  const truth = labels.data() as Int32Array;
  const order = permutation(by, truth.length).data();
  const wrong = new Set(Array.from(order.subarray(0, Math.floor(truth.length / every))));
  const given = truth.map((label, row) => (wrong.has(row) ? (label + 1 + (row % (CLASSES - 1))) % CLASSES : label));
  return { digits: { images, labels: tensor(given) }, truth, wrong };
}

// ── The network ──

function network(from: Key) {
  const [a, b] = splitKey(from) as [Key, Key];
  return new Sequential(
    new Linear(PIXELS, 192, { key: a }),
    new Relu(),
    new Dropout(0.6),
    new Linear(192, CLASSES, { key: b }),
  );
}

export type Network = ReturnType<typeof network>;

export function trainBriefly({ digits, seed, epochs }: { digits: Digits; seed: number; epochs: number }): Network {
  const [weights, order, dropout] = splitKey(key(seed), 3) as [Key, Key, Key];
  const optimizer = adam({ learningRate: 2e-3 });
  const advance = trainingStep((model: Network, { images, labels }: Digits, by: Key) => {
    const { output } = apply(model, images, { key: by });
    return softmaxCrossEntropy(output, labels);
  }, optimizer);
  let model = network(weights);
  let state = optimizer.init(model);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const batch of batches(digits, 100, foldIn(order, epoch))) {
      ({ model, state } = advance(model, state, batch, foldIn(dropout, state.step)));
    }
  }
  return model;
}

// ── The gradient of each example ──

/** The cost of one image, [pixels], and its label, a scalar. */
const costOfOne = (model: Network, image: AnyTensor, label: AnyTensor): AnyTensor =>
  softmaxCrossEntropy(model.forward(reshape(image, [1, -1])), reshape(label, [1]));

/** The length of the gradient by all parameters. */
function gradientNorm(model: Network, image: AnyTensor, label: AnyTensor): AnyTensor {
  const parts = treeLeaves(grad(costOfOne)(model, image, label)).map(({ value }) => sum(square(value as AnyTensor)));
  return sqrt(parts.reduce((a, b) => add(a, b)) as AnyTensor);
}

const CHUNK = 250;

/** The norms of the gradients of all examples, so many at a time: together they would not fit in memory. */
export function gradientNorms(model: Network, { images, labels }: Digits): Float32Array {
  const normsOf = compile(vmap(gradientNorm, { inAxes: [null, 0, 0] }));
  const count = labels.size;
  const norms = new Float32Array(count);
  for (let start = 0; start < count; start += CHUNK) {
    const rows = [[start, Math.min(start + CHUNK, count)] as const];
    norms.set(normsOf(model, slice(images, rows), slice(labels, rows)).data(), start);
  }
  return norms;
}

// ── The whole example ──

/** An example whose gradient is among the longest. */
export interface Suspect {
  /** 784 grey values. */
  readonly image: readonly number[];
  readonly given: number;
  readonly truth: number;
  readonly norm: number;
}

export interface OutlierResult {
  readonly examples: number;
  readonly planted: number;
  /** How many of the planted are among as many examples with the longest gradients. */
  readonly found: number;
  /** The chance that the gradient of a wrongly labelled example is longer than that of another. */
  readonly auc: number;
  /** Of right and of wrong labels. */
  readonly medians: { readonly right: number; readonly wrong: number };
  readonly suspects: readonly Suspect[];
  /** Lengths by share of the examples, for each kind. */
  readonly norms: { readonly right: readonly number[]; readonly wrong: readonly number[] };
  readonly seconds: { readonly training: number; readonly gradients: number };
}

const EVERY = 50;
const SHOWN = 30;

export function outliers(options: PartOptions = {}): OutlierResult {
  const { quick, progress } = withDefaults(options);
  const planted = mislabel(loadDigits(quick ? 200 : Infinity), EVERY, key(21));
  const { digits, truth, wrong } = planted;
  const task = progress.task("outliers", 2);
  let started = performance.now();
  const model = trainBriefly({ digits, seed: 5, epochs: quick ? 4 : 8 });
  const training = (performance.now() - started) / 1000;
  task.update(1, "trained");
  started = performance.now();
  const norms = gradientNorms(model, digits);
  const gradients = (performance.now() - started) / 1000;

  const order = Array.from(norms.keys()).sort((a, b) => norms[b]! - norms[a]!);
  const first = order.slice(0, wrong.size);
  const kind = (isWrong: boolean): number[] =>
    Array.from(norms)
      .filter((_, row) => wrong.has(row) === isWrong)
      .sort((a, b) => a - b);
  const [right, mistaken] = [kind(false), kind(true)];
  const labels = tensor(Int32Array.from(norms, (_, row) => Number(wrong.has(row))));
  const [pixels, given] = [digits.images.data(), digits.labels.data()];
  const found = first.filter((row) => wrong.has(row)).length;
  task.finish(`${found} of ${wrong.size} found`);
  return {
    examples: truth.length,
    planted: wrong.size,
    found,
    auc: rocAuc(tensor(norms), labels),
    medians: { right: right[right.length >> 1]!, wrong: mistaken[mistaken.length >> 1]! },
    suspects: order.slice(0, SHOWN).map((row) => ({
      image: Array.from(pixels.subarray(row * PIXELS, (row + 1) * PIXELS)),
      given: given[row]!,
      truth: truth[row]!,
      norm: norms[row]!,
    })),
    norms: { right: thinned(right), wrong: thinned(mistaken) },
    seconds: { training, gradients },
  };
}

/** A hundred of the sorted values, evenly. */
const thinned = (sorted: readonly number[]): number[] =>
  Array.from({ length: 100 }, (_, i) => sorted[Math.floor((i / 99) * (sorted.length - 1))]!);

// ── What it prints ──

function printOutliers({ examples, planted, found, auc, medians, seconds }: OutlierResult): void {
  table(
    ["labels", "examples", "median length of the gradient"],
    [
      ["right", String(examples - planted), medians.right.toExponential(2)],
      ["wrong", String(planted), medians.wrong.toExponential(2)],
    ],
  );
  console.log(
    `  ${found} of the ${planted} wrong labels are among the ${planted} longest gradients; AUC ${auc.toFixed(4)}`,
  );
  console.log(
    dim(
      `  ${seconds.training.toFixed(1)} s to train, ${seconds.gradients.toFixed(1)} s for ${examples} gradients of their own`,
    ),
  );
}

export const outliersPart: Part<OutlierResult> = {
  number: 11,
  id: "outliers",
  title: "Which examples pull hardest",
  trains: true,
  run: outliers,
  print: printOutliers,
  claims: ({ planted, found, auc }) => [
    { text: `${percent(found / planted, 1)} of the wrong labels found, 75% and more`, holds: found / planted >= 0.75 },
    { text: `AUC ${auc.toFixed(4)}, 0.99 and more`, holds: auc >= 0.99 },
  ],
  report: async () => (await import("./report/outliers-section.ts")).outliersReport,
};

runAlone(import.meta.url, outliersPart);
