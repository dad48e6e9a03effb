/**
 * 5 · A convolutional network: the digits again, with what images are taken for granted.
 *
 * Pixels that are neighbours belong together, and a digit that moves by a pixel is the same digit. A convolution has both
 * built in (LeCun et al., "Gradient-based learning applied to document recognition", 1998), and where the perceptron of
 * example 4 reads 96% of the unseen digits, a network of two thirds its size reads more than 98%. With batch normalization (Ioffe
 * and Szegedy, 2015), dropout, random shifts, label smoothing and a one-cycle schedule, all of it in one compiled step.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/05-convolution.ts
 */
import {
  type AnyTensor,
  add,
  arange,
  cast,
  compile,
  concat,
  expandDims,
  foldIn,
  gather,
  grad,
  integers,
  type Key,
  key,
  max,
  mean,
  mul,
  normal,
  pad,
  reshape,
  slice,
  splitKey,
} from "@tapegrad/core";
import {
  apply,
  BatchNorm,
  Conv2d,
  confusionMatrix,
  Dropout,
  Flatten,
  type LayerRow,
  Linear,
  MaxPool2d,
  Relu,
  Sequential,
  softmaxCrossEntropy,
  summary,
  type Updates,
  withUpdates,
} from "@tapegrad/nn";
import { adamw, oneCycle, trainingStep } from "@tapegrad/optim";
import { batches, CLASSES, type Digits, loadDigits, PIXELS, SIDE, split, splitAt } from "./lib/digits.ts";
import { exactAccuracy } from "./lib/exact-accuracy.ts";
import { type Mistake, mistakesOf } from "./lib/mistakes.ts";
import { type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import type { Task } from "./lib/progress.ts";
import { inFloat64, type SampledReport, sampledCheck } from "./lib/sampled-check.ts";
import { bold, dim, percent, table } from "./lib/terminal.ts";

// ── The network ──

const [FIRST, SECOND, HIDDEN] = [16, 32, 64];

/** A bias before batch normalization would be taken away by it. */
export function network(from: Key) {
  const [a, b, c, d] = splitKey(from, 4) as [Key, Key, Key, Key];
  return new Sequential(
    new Conv2d(1, FIRST, 5, { key: a, padding: "same", bias: false }),
    new BatchNorm(FIRST),
    new Relu(),
    new MaxPool2d(2),
    new Conv2d(FIRST, SECOND, 3, { key: b, padding: "same", bias: false }),
    new BatchNorm(SECOND),
    new Relu(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(SECOND * (SIDE / 4) ** 2, HIDDEN, { key: c }),
    new Relu(),
    new Dropout(0.75),
    new Linear(HIDDEN, CLASSES, { key: d }),
  );
}

export type Network = ReturnType<typeof network>;

/** Rows of pixels as images of one channel. */
const planes = (images: AnyTensor): AnyTensor => reshape(images, [-1, 1, SIDE, SIDE]);

/** Logits in evaluation: running statistics, no dropout. */
const logitsOf = (model: Network, images: AnyTensor): AnyTensor => model.forward(planes(images));

// ── Random shifts ──

const REACH = 2;

/**
 * Each image moved by up to two pixels either way: a window of the padded image that begins at a drawn place. It is a
 * function of a key like any other draw, and a part of the compiled step.
 */
export function shifted(images: AnyTensor, by: Key): AnyTensor {
  const [down, across] = splitKey(by) as [Key, Key];
  const count = images.shape[0]!;
  const wide = SIDE + 2 * REACH;
  const around = [REACH, REACH] as const;
  const padded = reshape(pad(reshape(images, [count, SIDE, SIDE]), [[0, 0], around, around]), [count, wide * wide]);
  const begin = (axis: Key): AnyTensor => integers(axis, 0, 2 * REACH + 1, [count, 1]);
  const window = reshape(add(expandDims(mul(arange(SIDE), wide), 1), arange(SIDE)), [1, PIXELS]);
  const places = add(add(mul(begin(down), wide), begin(across)), window);
  return gather(padded, places, 1);
}

// ── Training ──

const SMOOTHING = 0.05;

/** The cost of some examples in training, and what batch normalization has learned about them. */
function cost(model: Network, { images, labels }: Digits, by: Key): readonly [AnyTensor, Updates] {
  const [shift, dropout] = splitKey(by) as [Key, Key];
  const { output, updates } = apply(model, planes(shifted(images, shift)), { key: dropout });
  const loss = softmaxCrossEntropy(output as AnyTensor, labels, { labelSmoothing: SMOOTHING });
  return [loss, updates];
}

export interface ConvolutionSettings {
  readonly seed: number;
  readonly batch: number;
  readonly epochs: number;
}

export interface Epoch {
  readonly epoch: number;
  /** Mean over the mini-batches, with shifts, dropout and smoothing. */
  readonly cost: number;
  /** On as many examples of the training set as there are for validation, as they are. */
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
}

// The settings, here and of the network, were chosen among a handful by the accuracy on the validation set.
const FULL: ConvolutionSettings = { seed: 5, batch: 50, epochs: 10 };
const QUICK: ConvolutionSettings = { seed: 5, batch: 50, epochs: 2 };

export interface TrainedConvolution {
  readonly model: Network;
  readonly history: readonly Epoch[];
  readonly seconds: number;
}

export function trainConvolution(
  train: Digits,
  validation: Digits,
  { seed, batch, epochs }: ConvolutionSettings,
  task?: Task,
): TrainedConvolution {
  const [weights, order, draws] = splitKey(key(seed), 3) as [Key, Key, Key];
  const stepsPerEpoch = Math.ceil(train.labels.size / batch);
  const optimizer = adamw({ learningRate: oneCycle(5e-3, { total: stepsPerEpoch * epochs }), weightDecay: 0.01 });
  const advance = trainingStep(cost, optimizer);
  const predict = classifier();
  const { first: seen } = splitAt(train, validation.labels.size);

  const started = performance.now();
  let model = network(weights);
  let state = optimizer.init(model);
  const history: Epoch[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    let total = 0;
    for (const examples of batches(train, batch, foldIn(order, epoch))) {
      const trained = advance(model, state, examples, foldIn(draws, state.step));
      // The optimizer has moved the parameters; the running statistics come with the cost.
      model = withUpdates(trained.model, trained.aux);
      state = trained.state;
      total += trained.value.item();
      task?.update(state.step, `epoch ${epoch + 1}, cost ${trained.value.item().toFixed(3)}`);
    }
    history.push({
      epoch: epoch + 1,
      cost: total / stepsPerEpoch,
      trainAccuracy: exactAccuracy(predict(model, seen.images), seen.labels),
      validationAccuracy: exactAccuracy(predict(model, validation.images), validation.labels),
    });
  }
  return { model, history, seconds: (performance.now() - started) / 1000 };
}

const CHUNK = 250;

/** Logits of any number of images, compiled, so many at a time: the images between the layers would need much memory. */
function classifier(): (model: Network, images: AnyTensor) => AnyTensor {
  const logits = compile(logitsOf);
  return (model, images) => {
    const count = images.shape[0]!;
    const starts = Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => i * CHUNK);
    return concat(
      starts.map((from) => logits(model, slice(images, [[from, Math.min(from + CHUNK, count)]]))),
    ) as AnyTensor;
  };
}

// ── Are its gradients right? ──

/** A sample of the elements of each parameter, in float64, with batch statistics, shifts and dropout by a fixed key. */
export function checkConvolution(model: Network, { images, labels }: Digits, elements: number): SampledReport {
  const [few, their] = [cast(slice(images, [[0, 8]]), "float64"), slice(labels, [[0, 8]])];
  const examples = { images: few, labels: their } as unknown as Digits;
  return sampledCheck((at: Network) => cost(at, examples, key(3))[0], inFloat64(model), elements, key(4), 1e-6);
}

// ── What does it look at? ──

const COPIES = 64;

/**
 * How each pixel would change the largest logit of an image, [1, pixels] (Simonyan et al., "Deep inside convolutional
 * networks", 2014), as a mean over noisy copies of it, because slopes change from one image to the next that looks the same
 * (Smilkov et al., "SmoothGrad", 2017).
 */
export function saliency(model: Network, image: AnyTensor, by: Key, noise = 0.2): AnyTensor {
  const noisy = normal(by, [COPIES, PIXELS], { std: noise, dtype: image.dtype as "float32" }) as AnyTensor;
  const answer = (pixels: AnyTensor): AnyTensor => mean(max(logitsOf(model, add(pixels, noisy)), -1));
  return grad(answer)(image) as AnyTensor;
}

// ── The whole example ──

/** A digit, and how its answer depends on its pixels. */
export interface Salient {
  readonly image: readonly number[];
  readonly label: number;
  /** By pixel, from −1 to 1: the largest is 1 or −1. */
  readonly gradient: readonly number[];
}

export interface ConvolutionResult {
  readonly testAccuracy: number;
  readonly seconds: number;
  readonly history: readonly Epoch[];
  readonly trainExamples: number;
  readonly validationExamples: number;
  readonly testExamples: number;
  readonly parameters: number;
  /** Floating-point operations for one image. */
  readonly flops: number;
  readonly layers: readonly LayerRow[];
  readonly check: SampledReport;
  /** Row i, column j: how many images of digit i were taken for j. */
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: readonly Mistake[];
  /** The kernels of the first layer, rows of weights from −1 to 1. */
  readonly filters: readonly (readonly (readonly number[])[])[];
  readonly salient: readonly Salient[];
}

export function convolution(options: PartOptions = {}): ConvolutionResult {
  const { quick, progress } = withDefaults(options);
  const settings = quick ? QUICK : FULL;
  const { train: known, test } = split(loadDigits(quick ? 100 : Infinity), 0.8, key(0));
  const { first: train, rest: validation } = splitAt(known, Math.round(0.875 * known.labels.size));
  const task = progress.task("convolution", Math.ceil(train.labels.size / settings.batch) * settings.epochs);
  const trained = trainConvolution(train, validation, settings, task);
  task.finish(`validation ${percent(trained.history.at(-1)!.validationAccuracy)}`);
  return summarize(trained, { train, validation, test });
}

/**
 * What there is to tell and to show of a training. No training sees the test set, it comes in here.
 * @param checked how many elements of each parameter the gradient check moves.
 */
export function summarize(
  { model, history, seconds }: TrainedConvolution,
  { train, validation, test }: { readonly train: Digits; readonly validation: Digits; readonly test: Digits },
  checked = 40,
): ConvolutionResult {
  const logits = classifier()(model, test.images);
  const { parameters, flops, layers } = summary(model, { input: [1, 1, SIDE, SIDE] });
  return {
    testAccuracy: exactAccuracy(logits, test.labels),
    seconds,
    history,
    trainExamples: train.labels.size,
    validationExamples: validation.labels.size,
    testExamples: test.labels.size,
    parameters,
    flops,
    layers,
    check: checkConvolution(model, test, checked),
    confusion: confusionMatrix(logits, test.labels as AnyTensor).toArray() as number[][],
    mistakes: mistakesOf(logits, test),
    filters: filtersOf(model),
    salient: salientOf(model, test),
  };
}

/** Values divided by the largest magnitude. */
function scaled(values: readonly number[]): number[] {
  const largest = Math.max(1e-12, ...values.map(Math.abs));
  return values.map((value) => value / largest);
}

function filtersOf(model: Network): number[][][] {
  const { weight } = model.layers[0];
  const [count, , height, width] = weight.shape as readonly [number, number, number, number];
  const all = Array.from(weight.data());
  return Array.from({ length: count }, (_, i) => {
    const kernel = scaled(all.slice(i * height * width, (i + 1) * height * width));
    return Array.from({ length: height }, (_, row) => kernel.slice(row * width, (row + 1) * width));
  });
}

/** One of each digit. */
function salientOf(model: Network, { images, labels }: Digits): Salient[] {
  const all = Array.from(labels.data());
  const rows = Array.from({ length: CLASSES }, (_, digit) => all.indexOf(digit)).filter((row) => row >= 0);
  return rows.map((row) => {
    const image: AnyTensor = slice(images, [[row, row + 1]]);
    return {
      image: Array.from(image.data()),
      label: all[row]!,
      gradient: scaled(Array.from(saliency(model, image, key(6)).data())),
    };
  });
}

// ── What it prints ──

function printConvolution(result: ConvolutionResult): void {
  table(
    ["epoch", "cost", "train", "validation"],
    result.history.map(({ epoch, cost, trainAccuracy, validationAccuracy }) => [
      String(epoch),
      cost.toFixed(4),
      percent(trainAccuracy, 1),
      percent(validationAccuracy, 1),
    ]),
  );
  const { check, seconds, trainExamples, testExamples, mistakes } = result;
  console.log(
    `  ${bold(percent(result.testAccuracy))} of ${testExamples} digits it has never seen, ${mistakes.length} mistakes; ${seconds.toFixed(1)} s for ${trainExamples} digits`,
  );
  console.log(
    dim(
      `  ${result.parameters.toLocaleString("en")} parameters, ${(result.flops / 1e6).toFixed(1)} million operations for an image`,
    ),
  );
  console.log(
    dim(`  gradient check in float64: ${check.difference.toExponential(2)} over ${check.elements} sampled elements`),
  );
}

export const convolutionPart: Part<ConvolutionResult> = {
  number: 5,
  id: "convolution",
  title: "A convolutional network",
  trains: true,
  run: convolution,
  print: printConvolution,
  claims: ({ testAccuracy, seconds, check }) => [
    { text: `${percent(testAccuracy)} of the test set, 98% and more`, holds: testAccuracy >= 0.98 },
    { text: `trained in ${seconds.toFixed(1)} s, less than a minute`, holds: seconds < 60 },
    { text: `gradients right to ${check.difference.toExponential(2)}, below 1e-8`, holds: check.difference < 1e-8 },
  ],
  report: async () => (await import("./report/convolution-section.ts")).convolutionReport,
};

runAlone(import.meta.url, convolutionPart);
