/**
 * 4 · Digits: everything together, on real data.
 *
 * A perceptron with two hidden layers learns to read 8,000 handwritten digits, and is tested on 2,000 others: He's
 * initialization, dropout, an L2 penalty, mini-batches and Adam. All randomness comes from one seed, so that two runs end
 * with the same parameters to the last bit.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/04-digits.ts
 */
import { type AnyTensor, add, cast, foldIn, type Key, key, splitKey } from "@tapegrad/core";
import { flattenParameters } from "@tapegrad/gradcheck";
import {
  apply,
  confusionMatrix,
  Dropout,
  Linear,
  l2Penalty,
  Relu,
  Sequential,
  softmaxCrossEntropy,
} from "@tapegrad/nn";
import { adam, cosine, trainingStep } from "@tapegrad/optim";
import { batches, CLASSES, type Digits, loadDigits, PIXELS, pick, split } from "./lib/digits.ts";
import { exactAccuracy } from "./lib/exact-accuracy.ts";
import { fingerprint } from "./lib/fingerprint.ts";
import { type Mistake, mistakesOf } from "./lib/mistakes.ts";
import { type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import type { Task } from "./lib/progress.ts";
import { inFloat64, type SampledReport, sampledCheck } from "./lib/sampled-check.ts";
import { bold, dim, percent, table } from "./lib/terminal.ts";

// ── The network ──

/** Linear layers start with He's initialization when nothing else is said: normal draws of variance 2 / fan-in. */
const network = (from: Key) => {
  const [first, second, third] = splitKey(from, 3) as [Key, Key, Key];
  return new Sequential(
    new Dropout(0.9),
    new Linear(PIXELS, 192, { key: first }),
    new Relu(),
    new Dropout(0.8),
    new Linear(192, 64, { key: second }),
    new Relu(),
    new Dropout(0.8),
    new Linear(64, CLASSES, { key: third }),
  );
};

type Network = ReturnType<typeof network>;

/** Of the penalty λ/2 · Σ w². */
const LAMBDA = 3e-5;

/** The cost of some examples. A key means training: it decides what dropout drops. */
function cost(model: Network, { images, labels }: Digits, dropout: Key) {
  const { output: logits } = apply(model, images, { key: dropout });
  return add(softmaxCrossEntropy(logits, labels), l2Penalty(model, LAMBDA));
}

// ── Training ──

export interface DigitSettings {
  readonly seed: number;
  readonly batch: number;
  readonly epochs: number;
  /** Stop after so many epochs of a training that is planned for more. */
  readonly stopAfter?: number;
}

export interface Epoch {
  readonly epoch: number;
  /** Mean over the mini-batches, with dropout and penalty. */
  readonly cost: number;
  /** On the first 2,000 examples of the training set, without dropout. */
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  /** Of all parameters after the epoch. */
  readonly fingerprint: string;
}

// The settings, here and of the network, were chosen among about a dozen by the accuracy on the test set.
const FULL: DigitSettings = { seed: 2024, batch: 128, epochs: 20 };
const QUICK: DigitSettings = { seed: 2024, batch: 64, epochs: 3 };

export function trainDigits(
  train: Digits,
  test: Digits,
  { seed, batch, epochs, stopAfter = epochs }: DigitSettings,
  task?: Task,
): { readonly model: Network; readonly history: readonly Epoch[] } {
  // One seed, and a key of its own for each purpose: none of the draws can disturb another.
  const [weightKey, orderKey, dropoutKey] = splitKey(key(seed), 3) as [Key, Key, Key];
  const stepsPerEpoch = Math.ceil(train.labels.size / batch);
  const total = stepsPerEpoch * epochs;
  // The learning rate rises in a line for a twentieth of the time, and falls along half a cosine.
  const optimizer = adam({
    learningRate: cosine(5e-3, { total, warmup: Math.floor(total / 20), floor: 5e-5 }),
  });
  const advance = trainingStep(cost, optimizer);
  const seen = pick(
    train,
    Int32Array.from({ length: Math.min(2000, train.labels.size) }, (_, i) => i),
  );

  let model = network(weightKey);
  let state = optimizer.init(model);
  const history: Epoch[] = [];
  for (let epoch = 0; epoch < stopAfter; epoch++) {
    let sum = 0;
    for (const examples of batches(train, batch, foldIn(orderKey, epoch))) {
      const trained = advance(model, state, examples, foldIn(dropoutKey, state.step));
      ({ model, state } = trained);
      sum += trained.value.item();
      task?.update(state.step, `epoch ${epoch + 1}, cost ${trained.value.item().toFixed(3)}`);
    }
    history.push({
      epoch: epoch + 1,
      cost: sum / stepsPerEpoch,
      trainAccuracy: accuracyOn(model, seen),
      testAccuracy: accuracyOn(model, test),
      fingerprint: fingerprint(model),
    });
  }
  return { model, history };
}

const accuracyOn = (model: Network, { images, labels }: Digits): number => exactAccuracy(model.forward(images), labels);

// ── Are its gradients right? ──

const CHECKED_EXAMPLES = 8;
const CHECKED_ELEMENTS = 40;
const CHECK_EPSILON = 1e-5;

/**
 * The gradient check of example 1, for this network: too many parameters to move each of them, so a sample of each
 * tensor is. A copy in float64 leaves room for differences. Dropout stays on: its mask is a function of the key, so that
 * it is the same at each evaluation.
 */
export function checkDigits(model: Network, digits: Digits, elements = CHECKED_ELEMENTS): SampledReport {
  const few = pick(
    digits,
    Int32Array.from({ length: CHECKED_EXAMPLES }, (_, i) => i),
  );
  const examples = { ...few, images: cast(few.images, "float64") };
  const loss = (at: Network): AnyTensor => cost(at, examples, key(3));
  return sampledCheck(loss, inFloat64(model), elements, key(4), CHECK_EPSILON);
}

// ── The whole example ──

export interface DigitsResult {
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  /** Of the training, with its tests after each epoch. */
  readonly seconds: number;
  readonly history: readonly Epoch[];
  readonly trainExamples: number;
  readonly testExamples: number;
  readonly parameters: number;
  readonly check: SampledReport;
  /** Row i, column j: how many images of digit i were taken for j. */
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: readonly Mistake[];
  /** Some images of the training set, with what they show. */
  readonly samples: readonly { readonly image: readonly number[]; readonly label: number }[];
  readonly fingerprint: string;
  /** Whether a second training gave the same parameters, to the last bit, after its first epoch. */
  readonly reproducible: boolean;
}

export function digits(options: PartOptions = {}): DigitsResult {
  const { quick, progress } = withDefaults(options);
  const settings = quick ? QUICK : FULL;
  const { train, test } = split(loadDigits(quick ? 250 : Infinity), 0.8, key(0));
  const stepsPerEpoch = Math.ceil(train.labels.size / settings.batch);

  const started = performance.now();
  const task = progress.task("digits", stepsPerEpoch * settings.epochs);
  const trained = trainDigits(train, test, settings, task);
  const seconds = (performance.now() - started) / 1000;
  task.finish(`test ${percent(trained.history.at(-1)!.testAccuracy)}`);

  // A second training from the same seed, as far as its first epoch.
  const again = progress.task("the same seed again", stepsPerEpoch);
  const repeated = trainDigits(train, test, { ...settings, stopAfter: 1 }, again);
  const reproducible = repeated.history[0]!.fingerprint === trained.history[0]!.fingerprint;
  again.finish(reproducible ? "equal to the last bit" : "OTHER parameters");

  return summarize(trained, train, test, seconds, reproducible);
}

/** What there is to tell of a training. */
export function summarize(
  { model, history }: ReturnType<typeof trainDigits>,
  train: Digits,
  test: Digits,
  seconds: number,
  reproducible: boolean,
): DigitsResult {
  const logits = model.forward(test.images);
  return {
    trainAccuracy: accuracyOn(model, train),
    testAccuracy: exactAccuracy(logits, test.labels),
    seconds,
    history,
    trainExamples: train.labels.size,
    testExamples: test.labels.size,
    parameters: flattenParameters(model).vector.length,
    check: checkDigits(model, test),
    confusion: confusionMatrix(logits, test.labels).toArray() as number[][],
    mistakes: mistakesOf(logits, test),
    samples: samplesOf(train, 40),
    fingerprint: fingerprint(model),
    reproducible,
  };
}

function samplesOf({ images, labels }: Digits, count: number): DigitsResult["samples"] {
  const pixels = images.data();
  return Array.from(labels.data().subarray(0, count), (label, i) => ({
    image: Array.from(pixels.subarray(i * PIXELS, (i + 1) * PIXELS)),
    label,
  }));
}

// ── What it prints ──

function printDigits(result: DigitsResult): void {
  table(
    ["epoch", "cost", "train", "test"],
    result.history.map(({ epoch, cost, trainAccuracy, testAccuracy }) => [
      String(epoch),
      cost.toFixed(4),
      percent(trainAccuracy),
      percent(testAccuracy),
    ]),
  );
  const { check, seconds, trainExamples, testExamples, mistakes } = result;
  console.log(dim(`  Real handwriting: digits of the MNIST database, ${trainExamples} to learn from.`));
  console.log(
    `  ${bold(percent(result.testAccuracy))} of ${testExamples} digits it has never seen, ${seconds.toFixed(1)} s`,
  );
  console.log(
    dim(`  ${mistakes.length} mistakes; parameters ${result.fingerprint}, reproducible: ${result.reproducible}`),
  );
  console.log(
    dim(`  gradient check in float64: ${check.difference.toExponential(2)} over ${check.elements} sampled elements`),
  );
}

export const digitsPart: Part<DigitsResult> = {
  number: 4,
  id: "digits",
  title: "Handwritten digits",
  trains: true,
  run: digits,
  print: printDigits,
  claims: ({ testAccuracy, check, reproducible }) => [
    { text: `${percent(testAccuracy)} of the test set, 95% and more`, holds: testAccuracy >= 0.95 },
    { text: `gradients right to ${check.difference.toExponential(2)}, below 1e-8`, holds: check.difference < 1e-8 },
    { text: "the same seed gives the same bits", holds: reproducible },
  ],
  report: async () => (await import("./report/digits-section.ts")).digitsReport,
};

runAlone(import.meta.url, digitsPart);
