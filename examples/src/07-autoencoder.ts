/**
 * 7 · A variational autoencoder: digits out of nothing.
 *
 * A digit is thought to come from a few hidden numbers, a code z, drawn from a normal distribution: a decoder p(x|z) makes the
 * pixels of it. Which codes could have made a given digit is guessed by an encoder q(z|x), a normal distribution again. Both
 * learn together, by a lower bound of log p(x):
 *
 *     log p(x) ≥ E[log p(x|z)] − KL(q(z|x) ‖ p(z))     (the ELBO)
 *
 * The expectation is over z = μ + σ ε with ε drawn from a key: so the draw does not stand between the cost and the encoder's
 * parameters (Kingma and Welling, "Auto-encoding variational Bayes", 2014). A code of 2 numbers is a map that can be
 * looked at; one of 10 makes better digits.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/07-autoencoder.ts
 */
import {
  type AnyTensor,
  add,
  bernoulli,
  cast,
  compile,
  div,
  exp,
  foldIn,
  type Key,
  key,
  linspace,
  log,
  logsumexp,
  mean,
  mul,
  normal,
  reshape,
  sigmoid,
  slice,
  splitKey,
  square,
  stack,
  sub,
  sum,
  take,
  tensor,
} from "@tapegrad/core";
import { binaryCrossEntropyWithLogits, Linear, Relu, Sequential } from "@tapegrad/nn";
import { adam, cosine, trainingStep } from "@tapegrad/optim";
import { batches, CLASSES, type Digits, loadDigits, PIXELS, pick, split, splitAt } from "./lib/digits.ts";
import { fingerprint } from "./lib/fingerprint.ts";
import { type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import type { Task } from "./lib/progress.ts";
import { inFloat64, type SampledReport, sampledCheck } from "./lib/sampled-check.ts";
import { bold, dim, table } from "./lib/terminal.ts";

// ── The model ──

const [WIDE, NARROW] = [256, 64];

/** A model is a tree of modules: here a plain object of two. */
export function autoencoder(latent: number, from: Key) {
  const [a, b, c, d, e, f] = splitKey(from, 6) as [Key, Key, Key, Key, Key, Key];
  return {
    encoder: new Sequential(
      new Linear(PIXELS, WIDE, { key: a }),
      new Relu(),
      new Linear(WIDE, NARROW, { key: b }),
      new Relu(),
      new Linear(NARROW, 2 * latent, { key: c }),
    ),
    decoder: new Sequential(
      new Linear(latent, NARROW, { key: d }),
      new Relu(),
      new Linear(NARROW, WIDE, { key: e }),
      new Relu(),
      new Linear(WIDE, PIXELS, { key: f }),
    ),
  };
}

export type Autoencoder = ReturnType<typeof autoencoder>;

/** Normal distributions without correlations, one per row. */
interface Gaussian {
  readonly mean: AnyTensor;
  readonly logVariance: AnyTensor;
}

/** q(z|x): the encoder gives means and logarithms of variances, side by side. */
export function encode({ encoder }: Autoencoder, images: AnyTensor): Gaussian {
  const both: AnyTensor = encoder.forward(images);
  const latent = both.shape[1]! / 2;
  return { mean: slice(both, [null, [0, latent]]), logVariance: slice(both, [null, [latent, 2 * latent]]) };
}

/** Codes drawn from q(z|x), as a smooth function of its parameters: z = μ + σ ε. */
export function drawCodes({ mean, logVariance }: Gaussian, by: Key): AnyTensor {
  const noise = normal(by, mean.shape, { dtype: mean.dtype as "float32" });
  return add(mean, mul(exp(mul(logVariance, 0.5)), noise as AnyTensor));
}

/** KL(q ‖ N(0, 1)) of each row, in nats: ½ Σ (μ² + σ² − 1 − log σ²), appendix B of the paper. */
export const divergence = ({ mean, logVariance }: Gaussian): AnyTensor =>
  mul(sum(sub(add(square(mean), exp(logVariance)), add(logVariance, 1)), -1), 0.5);

/** log p(x|z) of each row, in nats: the decoder gives the logits of the pixels. */
const logLikelihood = ({ decoder }: Autoencoder, images: AnyTensor, codes: AnyTensor): AnyTensor => {
  const logits: AnyTensor = decoder.forward(codes);
  return mul(sum(binaryCrossEntropyWithLogits(logits, images, { reduction: "none" }) as AnyTensor, -1), -1);
};

/** The bound of log p(x) for each image, by one draw of its code. */
export function elbo(model: Autoencoder, images: AnyTensor, by: Key): AnyTensor {
  const code = encode(model, images);
  return sub(logLikelihood(model, images, drawCodes(code, by)), divergence(code));
}

// ── Data: black or white ──

/**
 * Pixels that are ink with the probability of their grey value, so that log p(x) is that of a real distribution (Salakhutdinov
 * and Murray, "On the quantitative analysis of deep belief networks", 2008). Training draws them anew at each step.
 */
export const blackAndWhite = (images: AnyTensor, by: Key): AnyTensor =>
  cast(bernoulli(by, images, images.shape), images.dtype);

// ── Training ──

export interface AutoencoderSettings {
  readonly latent: number;
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  /** Stop after so many epochs of a training that is planned for more. */
  readonly stopAfter?: number;
}

export interface Bounds {
  readonly epoch: number;
  /** Mean over the mini-batches, in nats. */
  readonly train: number;
  readonly validation: number;
  /** Of all parameters after the epoch. */
  readonly fingerprint: string;
}

export interface TrainedAutoencoder {
  readonly model: Autoencoder;
  readonly history: readonly Bounds[];
  readonly seconds: number;
}

export function trainAutoencoder(
  train: Digits,
  validation: AnyTensor,
  { latent, seed, epochs, batch, stopAfter = epochs }: AutoencoderSettings,
  task?: Task,
): TrainedAutoencoder {
  const [weights, order, draws, judging] = splitKey(key(seed), 4) as [Key, Key, Key, Key];
  const stepsPerEpoch = Math.ceil(train.labels.size / batch);
  const total = stepsPerEpoch * epochs;
  const optimizer = adam({
    learningRate: cosine(6e-3, { total, warmup: Math.floor(total / 20), floor: 6e-5 }),
  });
  const advance = trainingStep((model: Autoencoder, images: AnyTensor, by: Key) => {
    const [pixels, codes] = splitKey(by) as [Key, Key];
    return mul(mean(elbo(model, blackAndWhite(images, pixels), codes)), -1);
  }, optimizer);
  const boundOf = compile((model: Autoencoder, images: AnyTensor, by: Key) => mean(elbo(model, images, by)));

  const started = performance.now();
  let model = autoencoder(latent, weights);
  let state = optimizer.init(model);
  const history: Bounds[] = [];
  for (let epoch = 0; epoch < stopAfter; epoch++) {
    let sum = 0;
    for (const { images } of batches(train, batch, foldIn(order, epoch))) {
      const trained = advance(model, state, images, foldIn(draws, state.step));
      ({ model, state } = trained);
      sum -= trained.value.item();
      task?.update(state.step, `epoch ${epoch + 1}, ${trained.value.item().toFixed(1)} nats`);
    }
    history.push({
      epoch: epoch + 1,
      train: sum / stepsPerEpoch,
      validation: boundOf(model, validation, judging).item(),
      fingerprint: fingerprint(model),
    });
  }
  return { model, history, seconds: (performance.now() - started) / 1000 };
}

// ── How good is it? ──

export interface Judged {
  /** Mean of log p(x|z) + log p(z) − log q(z|x) over images and draws: the bound. */
  readonly elbo: number;
  /** The mean of log 1/K Σ p(x|z) p(z) / q(z|x) over K draws, a tighter bound of log p(x). */
  readonly logLikelihood: number;
}

/** The logarithm of p(x|z) p(z) / q(z|x) for each image and one drawn code. Constants of both normal distributions cancel. */
function logWeight(model: Autoencoder, images: AnyTensor, by: Key): AnyTensor {
  const code = encode(model, images);
  const codes = drawCodes(code, by);
  const distance = div(square(sub(codes, code.mean)), exp(code.logVariance));
  const ratio = mul(sum(sub(add(distance, code.logVariance), square(codes)), -1), 0.5);
  return add(logLikelihood(model, images, codes), ratio);
}

/** Both bounds by so many draws (the second: Burda et al., "Importance weighted autoencoders", 2016). */
export function judge(model: Autoencoder, images: AnyTensor, by: Key, draws: number): Judged {
  const weights = compile(logWeight);
  const all = stack(
    Array.from({ length: draws }, (_, i) => weights(model, images, foldIn(by, i)) as AnyTensor),
  ) as AnyTensor;
  return {
    elbo: (mean(all) as AnyTensor).item() as number,
    logLikelihood: (mean(sub(logsumexp(all, 0) as AnyTensor, Math.log(draws))) as AnyTensor).item() as number,
  };
}

/** Without any code: log p(x) where each pixel has its own probability of ink, that of the training images. */
export function independentPixels(train: AnyTensor, images: AnyTensor): number {
  const count = train.shape[0]!;
  // One imagined image in black and one in white keep the probabilities from 0 and 1.
  const ink = div(add(sum(train, 0), 1), count + 2) as AnyTensor;
  const each = add(mul(images, log(ink)), mul(sub(1, images), log(sub(1, ink)))) as AnyTensor;
  return (mean(sum(each, -1)) as AnyTensor).item() as number;
}

// ── Are its gradients right? ──

/** A sample of the elements of each parameter, in float64. Pixels and codes are drawn by fixed keys. */
export function checkAutoencoder(model: Autoencoder, { images }: Digits, elements: number): SampledReport {
  const few = blackAndWhite(cast(slice(images, [[0, 8]]), "float64"), key(3));
  return sampledCheck((at) => mul(mean(elbo(at, few, key(4))), -1), inFloat64(model), elements, key(5), 1e-5);
}

// ── Pictures: what the decoder makes of codes ──

/** A picture of grey values from 0 to 1, row by row. */
export type Grey = readonly number[];

function greysOf(images: AnyTensor): Grey[] {
  const values = images.data();
  return Array.from({ length: images.shape[0]! }, (_, i) => Array.from(values.subarray(i * PIXELS, (i + 1) * PIXELS)));
}

/** The probabilities of ink for each code. */
const decode = ({ decoder }: Autoencoder, codes: AnyTensor): Grey[] => greysOf(sigmoid(decoder.forward(codes)));

/** Up to where the map goes, in standard deviations. */
export const EDGE = 2.4;

/** Digits on a square of codes of two numbers: the first grows to the right, the second upwards. */
export function plane(model: Autoencoder, side: number): Grey[] {
  const at = Array.from(linspace(-EDGE, EDGE, side).data());
  return decode(model, tensor([...at].reverse().flatMap((y) => at.map((x) => [x, y]))));
}

/** From the code of one image to that of another, in equal steps. */
export function between(model: Autoencoder, pair: AnyTensor, steps: number): Grey[] {
  const { mean: codes } = encode(model, pair);
  const [from, to] = [slice(codes, [[0, 1]]), slice(codes, [[1, 2]])];
  const part = reshape(linspace(0, 1, steps), [steps, 1]) as AnyTensor;
  return decode(model, add(mul(from, sub(1, part)), mul(to, part)) as AnyTensor);
}

// ── The whole example ──

/** A digit as a point of the map. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

export interface AutoencoderResult {
  readonly examples: number;
  readonly tested: number;
  /** Log-likelihoods of test images in nats, by the size of the code. */
  readonly models: readonly (Judged & { readonly latent: number; readonly history: readonly Bounds[] })[];
  readonly baseline: number;
  readonly check: SampledReport;
  readonly fingerprint: string;
  readonly reproducible: boolean;
  readonly seconds: number;
  readonly plane: readonly Grey[];
  readonly places: readonly Place[];
  readonly samples: readonly Grey[];
  readonly originals: readonly Grey[];
  /** The originals again, through the code of each model. */
  readonly reconstructions: readonly (readonly Grey[])[];
  readonly interpolations: readonly (readonly Grey[])[];
}

const FLAT = 2;
const DEEP = 10;
// These, and the settings above, were chosen among a handful by the bound on the validation set.
const [FULL_EPOCHS, QUICK_EPOCHS] = [20, 2];
const SEED = 7;
/** Of each code, for the tighter bound. */
export const DRAWS = 50;

export function autoencoding(options: PartOptions = {}): AutoencoderResult {
  const { quick, progress } = withDefaults(options);
  const { train: known, test } = split(loadDigits(quick ? 100 : Infinity), 0.8, key(0));
  const { first: train, rest: validation } = splitAt(known, Math.round(0.875 * known.labels.size));
  const epochs = quick ? QUICK_EPOCHS : FULL_EPOCHS;
  const judged = blackAndWhite(validation.images, key(1));
  const learn = (latent: number, stopAfter: number, name: string): TrainedAutoencoder => {
    const batch = 100;
    const task = progress.task(name, Math.ceil(train.labels.size / batch) * stopAfter);
    const trained = trainAutoencoder(train, judged, { latent, seed: SEED, epochs, batch, stopAfter }, task);
    task.finish(`${(-trained.history.at(-1)!.validation).toFixed(1)} nats`);
    return trained;
  };
  const flat = learn(FLAT, epochs, `${FLAT} numbers`);
  const deep = learn(DEEP, epochs, `${DEEP} numbers`);
  // A second training from the same seed, as far as its first epoch.
  const again = learn(FLAT, 1, "the same seed again");
  const reproducible = again.history[0]!.fingerprint === flat.history[0]!.fingerprint;
  return { ...summarize([flat, deep], train, test, { draws: DRAWS, elements: 40 }), reproducible };
}

/**
 * What there is to tell and to show of two trainings. Neither sees the test set, it comes in here.
 * @param effort how many draws of each code, and how many elements of each parameter for the gradient check.
 */
export function summarize(
  [flat, deep]: readonly [TrainedAutoencoder, TrainedAutoencoder],
  train: Digits,
  test: Digits,
  { draws, elements }: { readonly draws: number; readonly elements: number },
): Omit<AutoencoderResult, "reproducible"> {
  const images = blackAndWhite(test.images, key(2));
  const labels = Array.from(test.labels.data());
  const { mean: codes } = encode(flat.model, test.images);
  const coordinates = codes.data();
  const rowsOf = (digit: number): number[] => [...labels.keys()].filter((row) => labels[row] === digit);
  const digits = Array.from({ length: CLASSES }, (_, digit) => digit);
  const shown = digits.flatMap((digit) => rowsOf(digit).slice(0, 2));
  const originals = pick(test, Int32Array.from(shown)).images as AnyTensor;
  const pairs = digits
    .slice(0, CLASSES / 2)
    .map((digit) => [digit, CLASSES - 1 - digit].flatMap((of) => rowsOf(of).slice(0, 1)));
  return {
    examples: train.labels.size,
    tested: labels.length,
    models: [flat, deep].map(({ model, history }) => ({
      latent: encode(model, originals).mean.shape[1]!,
      history,
      ...judge(model, images, key(6), draws),
    })),
    baseline: independentPixels(train.images, images),
    check: checkAutoencoder(deep.model, test, elements),
    fingerprint: fingerprint(deep.model),
    seconds: flat.seconds + deep.seconds,
    plane: plane(flat.model, 20),
    places: labels.map((label, i) => ({ x: coordinates[2 * i]!, y: coordinates[2 * i + 1]!, label })),
    samples: decode(deep.model, normal(key(8), [50, encode(deep.model, originals).mean.shape[1]!]) as AnyTensor),
    originals: greysOf(originals),
    reconstructions: [flat, deep].map(({ model }) => decode(model, encode(model, originals).mean)),
    interpolations: pairs
      .filter(({ length }) => length === 2)
      .map((rows) => between(deep.model, take(test.images, tensor(rows, { dtype: "int32" })), 10)),
  };
}

// ── What it prints ──

function printAutoencoder({ models, baseline, check, ...result }: AutoencoderResult): void {
  table(
    ["log p(x) of a test image, in nats", "ELBO", `with ${DRAWS} draws`],
    [
      ["each pixel by itself", "", baseline.toFixed(1)],
      ...models.map(({ latent, elbo, logLikelihood }) => [
        `a code of ${latent}`,
        elbo.toFixed(1),
        bold(logLikelihood.toFixed(1)),
      ]),
    ],
  );
  console.log(`  ${result.examples} digits to learn from, ${result.seconds.toFixed(1)} s for both`);
  console.log(dim(`  parameters ${result.fingerprint}, reproducible: ${result.reproducible}`));
  console.log(
    dim(`  gradient check in float64: ${check.difference.toExponential(2)} over ${check.elements} sampled elements`),
  );
}

/** What the bound is at least, in nats, by model. */
const LEAST = [-160, -118] as const;

export const autoencoderPart: Part<AutoencoderResult> = {
  number: 7,
  id: "autoencoder",
  title: "Digits out of a few numbers",
  trains: true,
  run: autoencoding,
  print: printAutoencoder,
  claims: ({ models, baseline, check, reproducible }) => [
    ...models.map(({ latent, elbo }, i) => {
      const bound = LEAST[i]!;
      return {
        text: `a code of ${latent}: ${elbo.toFixed(1)} nats of ELBO, ${bound} and more; each pixel by itself has ${baseline.toFixed(1)}`,
        holds: elbo >= bound && elbo > baseline + 30,
      };
    }),
    { text: `gradients right to ${check.difference.toExponential(2)}, below 1e-8`, holds: check.difference < 1e-8 },
    { text: "the same seed gives the same bits", holds: reproducible },
  ],
  report: async () => (await import("./report/autoencoder-section.ts")).autoencoderReport,
};

runAlone(import.meta.url, autoencoderPart);
