/**
 * 10 · An ensemble: eight networks trained at once, which know what they do not know.
 *
 * Each network gives a mean and a variance for every x, and so learns how noisy the data are. Where there are no data, no
 * network knows that it knows nothing; but eight that began differently disagree there. `vmap` makes eight models out of a
 * function that makes one, and one compiled step trains them all.
 * (Lakshminarayanan, Pritzel and Blundell, "Simple and scalable predictive uncertainty estimation using deep ensembles", 2017.)
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/10-ensemble.ts
 */
import {
  type AnyTensor,
  add,
  arange,
  cos,
  erf,
  exp,
  foldIn,
  integers,
  type Key,
  key,
  mean,
  mul,
  normal,
  sin,
  softplus,
  split,
  splitKey,
  square,
  sub,
  type Tensor,
  take,
  tensor,
  uniform,
  vmap,
} from "@tapegrad/core";
import { gaussianNegativeLogLikelihood, Linear, Sequential, Tanh } from "@tapegrad/nn";
import { adamw, cosine, trainingStep } from "@tapegrad/optim";
import { type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import { dim, percent, table } from "./lib/terminal.ts";

// ── Data: noise that grows, and a gap ──

const MEMBERS = 8;
const EXAMPLES = 512;
const TESTED = 2000;
/** There are examples from −4 to −1 and from 1 to 4. */
export const GAP = 1;
const END = 4;

export interface Curve {
  readonly x: AnyTensor;
  readonly y: AnyTensor;
}

const truth = (x: AnyTensor): AnyTensor => add(sin(mul(x, 1.5)), mul(cos(mul(x, 0.7)), 0.5));
const noise = (x: AnyTensor): AnyTensor => mul(exp(mul(x, 0.3)), 0.12);

export function drawCurve(by: Key, count: number): Curve {
  const [places, signs, noises] = splitKey(by, 3) as [Key, Key, Key];
  const side = sub(mul(integers(signs, 0, 2, [count, 1]), 2), 1);
  const x = mul(uniform(places, [count, 1], { low: GAP, high: END }), side);
  return { x, y: add(truth(x), mul(noise(x), normal(noises, [count, 1]))) };
}

// ── One network, and many ──

const WIDTH = 48;

function network(from: Key) {
  const [a, b, c] = splitKey(from, 3) as [Key, Key, Key];
  return new Sequential(
    new Linear(1, WIDTH, { key: a }),
    new Tanh(),
    new Linear(WIDTH, WIDTH, { key: b }),
    new Tanh(),
    new Linear(WIDTH, 2, { key: c }),
  );
}

export type Network = ReturnType<typeof network>;

const members = (count: number): Tensor<readonly [number], "int32"> => arange(0, count, 1, { dtype: "int32" });

/** Every tensor has one more axis: the networks. The key is one for all, with the number of the network folded in. */
export const networks = (from: Key, count = MEMBERS): Network =>
  vmap((member: Tensor<readonly [], "int32">) => network(foldIn(from, member)))(members(count)) as unknown as Network;

interface Prediction {
  readonly mean: AnyTensor;
  readonly variance: AnyTensor;
}

function predict(model: Network, x: AnyTensor): Prediction {
  const [center, spread] = split(model.forward(x), 2, 1) as [AnyTensor, AnyTensor];
  return { mean: center, variance: add(softplus(spread), 1e-4) };
}

/** What all networks say: [networks, points, 1]. */
const predictAll = (models: Network, x: AnyTensor): Prediction => vmap(predict, { inAxes: [0, null] })(models, x);

// ── Training them at once ──

const BATCH = 64;
const STEPS = 4000;
const QUICK_STEPS = 400;

/** The cost of one network, on a mini-batch of its own. */
function costOf(model: Network, { x, y }: Curve, by: Key): AnyTensor {
  const rows = integers(by, 0, x.shape[0]!, [BATCH]);
  const { mean: center, variance } = predict(model, take(x, rows));
  return gaussianNegativeLogLikelihood(center, take(y, rows), variance);
}

/** The mean of all costs: no network is in another's, so that each gets the gradient of its own. */
function costOfAll(models: Network, curve: Curve, by: Key, count: number): AnyTensor {
  const one = (model: Network, member: AnyTensor): AnyTensor => costOf(model, curve, foldIn(by, member));
  return mul(mean(vmap(one)(models, members(count)) as AnyTensor), count);
}

export function trainEnsemble(
  curve: Curve,
  steps: number,
  { count = MEMBERS, seed = 3, watch = (_step: number, _cost: number): void => {} } = {},
): Network {
  const [weights, order] = splitKey(key(seed)) as [Key, Key];
  const optimizer = adamw({
    learningRate: cosine(3e-3, { total: steps, floor: 1e-5 }),
    weightDecay: 1e-3,
    groups: [{ match: "layers.*.bias", weightDecay: 0 }],
  });
  const advance = trainingStep((models: Network, by: Key) => costOfAll(models, curve, by, count), optimizer);
  let models = networks(weights, count);
  let state = optimizer.init(models);
  for (let step = 0; step < steps; step++) {
    const trained = advance(models, state, foldIn(order, step));
    ({ model: models, state } = trained);
    watch(step, trained.value.item() / count);
  }
  return models;
}

// ── What they know ──

/** For each y the share of the mixture that lies below it: uniform, if the uncertainty is right. */
export function sharesBelow({ mean: center, variance }: Prediction, y: AnyTensor): number[] {
  const [m, v, values] = [center.data(), variance.data(), y.data()];
  const [count] = center.shape as [number];
  const z = Float64Array.from(m, (mu, i) => (values[i % values.length]! - mu) / Math.sqrt(2 * v[i]!));
  const below = erf(tensor(z)).data();
  return Array.from(values, (_, i) => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += 0.5 + 0.5 * below[k * values.length + i]!;
    return sum / count;
  });
}

/** How many of the test points lie within the middle share of what is predicted for them. */
export interface Coverage {
  readonly stated: number;
  readonly found: number;
}

function coverages(shares: readonly number[]): Coverage[] {
  return [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95].map((stated) => ({
    stated,
    found: shares.filter((share) => Math.abs(share - 0.5) < stated / 2).length / shares.length,
  }));
}

/** What the networks say along a line. */
export interface Band {
  readonly x: number;
  readonly mean: number;
  /** Standard deviation of the mixture. */
  readonly total: number;
  /** Standard deviation of the networks' means: how much they disagree. */
  readonly disagreement: number;
  readonly members: readonly number[];
}

function bandAlong(models: Network, from: number, to: number, points: number): Band[] {
  const xs = Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  const { mean: center, variance } = predictAll(models, tensor(xs.map((x) => [x])));
  const [m, v] = [center.data(), variance.data()];
  const count = m.length / points;
  return xs.map((x, i) => {
    const means = Array.from({ length: count }, (_, k) => m[k * points + i]!);
    const middle = means.reduce((a, b) => a + b) / count;
    const disagreement = means.reduce((sum, value) => sum + (value - middle) ** 2, 0) / count;
    const own = means.reduce((sum, _, k) => sum + v[k * points + i]!, 0) / count;
    return {
      x,
      mean: middle,
      total: Math.sqrt(own + disagreement),
      disagreement: Math.sqrt(disagreement),
      members: means,
    };
  });
}

export interface EnsembleResult {
  readonly coverages: readonly Coverage[];
  /** The largest difference of a stated from a found share. */
  readonly miscalibration: number;
  /** Mean negative log-likelihood of the test points: of what made them, of the mixture, and of single networks. */
  readonly truthCost: number;
  readonly mixtureCost: number;
  readonly memberCosts: readonly number[];
  /** Mean disagreement where there are no examples, and where there are. */
  readonly disagreement: { readonly gap: number; readonly data: number };
  readonly band: readonly Band[];
  readonly examples: readonly (readonly [x: number, y: number])[];
  readonly seconds: number;
}

export function ensemble(options: PartOptions = {}): EnsembleResult {
  const { quick, progress } = withDefaults(options);
  const [trainKey, testKey] = splitKey(key(11)) as [Key, Key];
  const [train, test] = [drawCurve(trainKey, EXAMPLES), drawCurve(testKey, TESTED)];
  const steps = quick ? QUICK_STEPS : STEPS;
  const task = progress.task(`${MEMBERS} networks`, steps);
  const started = performance.now();
  const models = trainEnsemble(train, steps, { watch: (step, cost) => task.update(step, `cost ${cost.toFixed(3)}`) });
  const seconds = (performance.now() - started) / 1000;
  const result = { ...judge(models, test), examples: pairs(train), seconds };
  task.finish(`off by ${percent(result.miscalibration, 1)} at most`);
  return result;
}

const pairs = ({ x, y }: Curve): [number, number][] => {
  const [xs, ys] = [x.data(), y.data()];
  return Array.from(xs, (value, i) => [value, ys[i]!]);
};

function judge(models: Network, test: Curve): Omit<EnsembleResult, "examples" | "seconds"> {
  const predicted = predictAll(models, test.x);
  const found = coverages(sharesBelow(predicted, test.y));
  const band = bandAlong(models, -6, 6, 121);
  const meanOf = (where: (x: number) => boolean): number => {
    const values = band.filter(({ x }) => where(Math.abs(x))).map(({ disagreement }) => disagreement);
    return values.reduce((a, b) => a + b) / values.length;
  };
  return {
    ...likelihoods(predicted, test.y),
    truthCost: gaussianNegativeLogLikelihood(truth(test.x), test.y, square(noise(test.x)), { full: true }).item(),
    coverages: found,
    miscalibration: Math.max(...found.map(({ stated, found }) => Math.abs(stated - found))),
    disagreement: { gap: meanOf((x) => x < 0.5 * GAP), data: meanOf((x) => x > 1.2 * GAP && x < 0.95 * END) },
    band,
  };
}

/** Mean negative log-likelihoods, of the mixture and of each network. */
function likelihoods(
  { mean: center, variance }: Prediction,
  y: AnyTensor,
): { mixtureCost: number; memberCosts: number[] } {
  const [m, v, values] = [center.data(), variance.data(), y.data()];
  const [count] = center.shape as [number];
  const n = values.length;
  const density = (k: number, i: number): number =>
    Math.exp(-((values[i]! - m[k * n + i]!) ** 2) / (2 * v[k * n + i]!)) / Math.sqrt(2 * Math.PI * v[k * n + i]!);
  const cost = (at: (i: number) => number): number =>
    Array.from(values, (_, i) => -Math.log(at(i))).reduce((a, b) => a + b) / n;
  const all = Array.from({ length: count }, (_, k) => k);
  return {
    mixtureCost: cost((i) => all.reduce((sum, k) => sum + density(k, i), 0) / count),
    memberCosts: all.map((k) => cost((i) => density(k, i))),
  };
}

// ── What it prints ──

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;

function printEnsemble({ coverages: found, mixtureCost, memberCosts, disagreement, seconds }: EnsembleResult): void {
  table(
    ["of the test points", ...found.map(({ stated }) => percent(stated, 0))],
    [["lie in the middle", ...found.map((one) => percent(one.found, 1))]],
  );
  console.log(
    `  Negative log-likelihood ${mixtureCost.toFixed(3)}, of single networks ${average(memberCosts).toFixed(3)}; ${seconds.toFixed(1)} s`,
  );
  console.log(
    dim(
      `  They disagree by ${disagreement.gap.toFixed(3)} where there are no examples, by ${disagreement.data.toFixed(3)} where there are.`,
    ),
  );
}

export const ensemblePart: Part<EnsembleResult> = {
  number: 10,
  id: "ensemble",
  title: "Eight networks that know what they do not know",
  trains: true,
  run: ensemble,
  print: printEnsemble,
  claims: ({ miscalibration, truthCost, mixtureCost, disagreement }) => [
    {
      text: `stated and found shares differ by ${percent(miscalibration, 1)} at most, below 4%`,
      holds: miscalibration < 0.04,
    },
    {
      text: `its negative log-likelihood of ${mixtureCost.toFixed(3)} is within 0.05 of ${truthCost.toFixed(3)}, that of what made the data`,
      holds: mixtureCost < truthCost + 0.05,
    },
    {
      text: `they disagree ${(disagreement.gap / disagreement.data).toFixed(1)} times as much where there are no examples, 3 and more`,
      holds: disagreement.gap > 3 * disagreement.data,
    },
  ],
  report: async () => (await import("./report/ensemble-section.ts")).ensembleReport,
};

runAlone(import.meta.url, ensemblePart);
