/**
 * 3 · Regularization: how not to learn the noise.
 *
 * A network of 127 parameters and 211 noisy points: trained long enough it bends its boundary around single points,
 * which costs it points that it has not seen. An L2 penalty keeps its weights small, and so does weight decay; an L1 penalty
 * makes most of them 0; dropout lets it rely on no single neuron; early stopping ends before the bending. All do better on points
 * that they have not seen, and the gradient of each cost is checked.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/03-regularization.ts
 */
import { type AnyTensor, add, type Key, key, permutation, reshape, take } from "@tapegrad/core";
import { checkGradients, flattenParameters, type GradientReport, relativeDifference } from "@tapegrad/gradcheck";
import {
  apply,
  binaryCrossEntropyWithLogits,
  Dropout,
  Linear,
  l1Penalty,
  l2Penalty,
  Relu,
  Sequential,
} from "@tapegrad/nn";
import { history, recall, remember, rewind, sgd } from "@tapegrad/optim";
import {
  type CourseParameters,
  courseFixture,
  type Float64Matrix,
  matrix,
  type Points,
  pointsOf,
} from "./lib/course-data.ts";
import { type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import { type PlanarRun, type Seen, trainOnPlane } from "./lib/planar-run.ts";
import { dim, percent, table } from "./lib/terminal.ts";

// ── Data: class 1 where x₂ − 1.1 x₁ − 0.16 + 0.13 · (normal noise) > 0 ──

const fixture = courseFixture("regularization_synthetic");
export const halves: { readonly train: Points; readonly test: Points } = pointsOf(fixture.data);
export const examples = halves.train.x.shape[0];

/** The share of points on the right side of the line that made the data. Nobody can do better on points to come. */
export function accuracyOfTheRule({ x, y }: Points): number {
  const coordinates = x.toArray() as [number, number][];
  const classes = y.data();
  const right = coordinates.filter(([x1, x2], i) => x2 - 1.1 * x1 - 0.16 > 0 === (classes[i] === 1));
  return right.length / coordinates.length;
}

// ── The network: 2 inputs, hidden layers of 20 and 3 neurons, one logit ──

const layer = (weight: CourseParameters["W1"], bias: CourseParameters["b1"]) =>
  Linear.of(matrix(weight), reshape(matrix(bias), [-1]));

/** Dropout with a keep probability of 1 does nothing. */
const network = ({ W1, b1, W2, b2, W3, b3 }: CourseParameters, keep: number) =>
  new Sequential(
    layer(W1, b1),
    new Relu(),
    new Dropout(keep),
    layer(W2, b2),
    new Relu(),
    new Dropout(keep),
    layer(W3, b3),
  );

type Network = ReturnType<typeof network>;

// ── Six trainings from the same start ──

export const regularizers = ["none", "l2", "l1", "dropout", "weightDecay", "earlyStopping"] as const;
export type Regularizer = (typeof regularizers)[number];

const LEARNING_RATE = 0.3;
/** λ of λ/(2m) Σ w² and of λ/m Σ |w|, over all weights but not biases. L1 pulls at a weight of 1 as hard as L2 does. */
const LAMBDA = 0.7;

interface Setting {
  /** A part of the cost. */
  readonly penalty?: (model: Network) => AnyTensor;
  /** The keep probability of dropout. */
  readonly keep?: number;
  /** Share of each weight that the optimizer takes away at a step, times the learning rate. It is in no cost. */
  readonly weightDecay?: number;
  /** Some of the points are not learned from: they tell when to stop. */
  readonly holdsOut?: boolean;
}

const settings: Readonly<Record<Regularizer, Setting>> = {
  none: {},
  l2: { penalty: (model) => l2Penalty(model, LAMBDA, { examples }) },
  l1: { penalty: (model) => l1Penalty(model, LAMBDA, { examples }) },
  dropout: { keep: 0.86 },
  weightDecay: { weightDecay: LAMBDA / examples },
  earlyStopping: { holdsOut: true },
};

/** How they are called in tables and plots. */
export const regularizerLabels: Readonly<Record<Regularizer, string>> = {
  none: "none",
  l2: "L2, λ = 0.7",
  l1: "L1, λ = 0.7",
  dropout: "dropout, keep 0.86",
  weightDecay: "weight decay, λ/m",
  earlyStopping: "early stopping",
};

export interface RegularizationRun extends PlanarRun {
  /** Σ w² of all weights after training. */
  readonly sumOfSquares: number;
  /** The share of weights with |w| < 0.01. */
  readonly nearZero: number;
  /** All weights and biases. */
  readonly parameters: Float64Array;
  /** Of the gradient of the cost as it is trained, at the first model. */
  readonly check: Pick<GradientReport, "verdict" | "relativeError" | "resolvingPower">;
}
export type RegularizationResult = Readonly<Record<Regularizer, RegularizationRun>>;

const STEPS = 30_000;
const QUICK_STEPS = 4_000;
const SEED = 1;

/** One of the six, of any number of steps. */
export function trainWith(
  regularizer: Regularizer,
  steps: number,
  options: PartOptions = {},
): RegularizationRun & { readonly model: Network } {
  const { penalty, keep = 1, weightDecay = 0, holdsOut = false } = settings[regularizer];
  const { learned, heldOut } = holdsOut ? divided : { learned: halves.train };
  const { x, y } = learned;

  // The penalty is an ordinary part of the cost. Its gradient, λ/m · w, needs no rule: it falls out of the sweep.
  //
  // A key means training, and another key at each step means other masks at each step. (The exercise draws one mask and
  // keeps it for all steps, because it seeds its generator anew each time. That trains one fixed smaller network, so
  // its logged costs are lower; dropout as it was invented is what we do.)
  const objective = (model: Network, dropout: Key): readonly [AnyTensor, Seen] => {
    const { output: logits } = apply(model, x, keep === 1 ? {} : { key: dropout });
    const cost = binaryCrossEntropyWithLogits(logits, y);
    if (penalty === undefined) return [cost, { logits }];
    const added = penalty(model);
    return [add(cost, added), { logits, penalty: added }];
  };
  const initial = network(fixture.runs.none.initial_parameters, keep);

  const run = trainOnPlane({
    train: learned,
    test: halves.test,
    name: regularizerLabels[regularizer],
    progress: withDefaults(options).progress,
    initial,
    optimizer: sgd({
      learningRate: LEARNING_RATE,
      weightDecay,
      groups: [{ match: "layers.*.bias", weightDecay: 0 }],
    }),
    steps,
    seed: SEED,
    objective,
    penalty: (model) => (penalty === undefined ? 0 : (penalty(model).item() as number)),
    ...(heldOut && { stop: whenCostsRise(initial, heldOut, steps) }),
    // Without a key this is evaluation: dropout does nothing, and no correction is due.
    classifier: (model) => (points: Float64Matrix) => model.forward(points),
  });

  // At the start, where the gradient is far from 0: near a minimum little is left to compare. The key is fixed, and so is the mask.
  const check = checkGradients((model: Network) => objective(model, key(SEED))[0], initial);
  const weights = weightsOf(run.model);
  return {
    ...run,
    sumOfSquares: l2Penalty(run.model, 2).item(),
    nearZero: weights.filter((w) => Math.abs(w) < 0.01).length / weights.length,
    parameters: flattenParameters(run.model).vector,
    check,
  };
}

function weightsOf(model: Network): readonly number[] {
  const { segments, vector } = flattenParameters(model);
  const weights = segments.filter(({ path }) => path.endsWith("weight"));
  return weights.flatMap(({ start, size }) => [...vector.subarray(start, start + size)]);
}

export function regularization(options: PartOptions = {}): RegularizationResult {
  return trainAll(withDefaults(options).quick ? QUICK_STEPS : STEPS, options);
}

export const trainAll = (steps: number, options: PartOptions = {}): RegularizationResult =>
  Object.fromEntries(
    regularizers.map((name) => [name, trainWith(name, steps, options)]),
  ) as unknown as RegularizationResult;

// ── Early stopping ──

/** A fifth of the training points is held out. This is its price: the network learns from fewer points. */
export const HELD_OUT = Math.round(examples / 5);
const divided = divide(halves.train, HELD_OUT);

function divide({ x, y }: Points, count: number): { readonly learned: Points; readonly heldOut: Points } {
  const order = permutation(key(SEED), examples);
  const rowsOf = (from: number, to: number): Points => {
    const rows = order.slice([[from, to]]);
    return { x: take(x, rows) as Float64Matrix, y: take(y, rows) as Float64Matrix };
  };
  return { learned: rowsOf(count, examples), heldOut: rowsOf(0, count) };
}

const LOOK_EVERY = 100;
/** How often the cost of the points held out may fail to fall before it is enough. */
const PATIENCE = 20;

/** Ends a training with the model that had the lowest cost on points which it does not learn from. */
function whenCostsRise(initial: Network, heldOut: Points, steps: number) {
  let [lowest, best] = [Number.POSITIVE_INFINITY, 0];
  // Each step uses up the model before it; a history has copies, here of the best one only.
  let past = history({ model: initial, cost: lowest }, { keep: (_, { cost }) => cost < lowest, snapshots: 1 });
  return (step: number, model: Network): Network | undefined => {
    if (step % LOOK_EVERY === 0) {
      const cost = binaryCrossEntropyWithLogits(model.forward(heldOut.x), heldOut.y).item();
      past = remember(past, { model, cost });
      if (cost < lowest) [lowest, best] = [cost, past.step];
    }
    const isOver = past.step - best >= PATIENCE || step === steps - 1;
    return isOver ? recall(rewind(past, best)).model : undefined;
  };
}

// ── What it prints ──

function printRegularization(result: RegularizationResult): void {
  table(
    ["regularizer", "final cost", "Σ w²", "|w| < 0.01", "train", "test", "gap", "gradient off by"],
    [
      ...regularizers.map((name) => {
        const { finalCost, sumOfSquares, nearZero, trainAccuracy, testAccuracy, check } = result[name];
        return [
          regularizerLabels[name],
          finalCost.toFixed(4),
          sumOfSquares.toFixed(1),
          percent(nearZero, 0),
          percent(trainAccuracy),
          percent(testAccuracy),
          percent(trainAccuracy - testAccuracy),
          `${check.relativeError.toExponential(1)}, ${check.verdict}`,
        ];
      }),
      [
        "(the line behind the data)",
        "",
        "",
        "",
        ...[halves.train, halves.test].map((set) => percent(accuracyOfTheRule(set))),
        "",
        "",
      ],
    ],
  );
  console.log(dim("  The closer the two accuracies, the less was learned by heart."));
}

/** By how much the parameters that weight decay gives differ from those of L2, and what their costs differ by beyond the penalty. */
export function decayAgainstL2({ l2, weightDecay }: Pick<RegularizationResult, "l2" | "weightDecay">): {
  parameters: number;
  costs: number;
} {
  const penalty = (LAMBDA / (2 * examples)) * l2.sumOfSquares;
  return {
    parameters: relativeDifference(l2.parameters, weightDecay.parameters),
    costs: Math.abs(l2.finalCost - penalty - weightDecay.finalCost),
  };
}

export const regularizationPart: Part<RegularizationResult> = {
  number: 3,
  id: "regularization",
  title: "Regularization",
  trains: true,
  run: regularization,
  print: printRegularization,
  claims: (result) => {
    const { none, l2, l1, dropout, weightDecay, earlyStopping } = result;
    const apart = decayAgainstL2(result);
    const checks = regularizers.map((name) => result[name].check);
    const coarsest = Math.max(...checks.map(({ resolvingPower }) => resolvingPower));
    return [
      {
        text: `none: ${percent(none.testAccuracy)} of the test set, the published 85.50%`,
        holds: none.testAccuracy === 0.855,
      },
      { text: `L2: ${percent(l2.testAccuracy)}, the published 89.50%`, holds: l2.testAccuracy === 0.895 },
      {
        text: `dropout: ${percent(dropout.testAccuracy)}, more than none`,
        holds: dropout.testAccuracy > none.testAccuracy,
      },
      {
        text: `L1: ${percent(l1.testAccuracy)}, more than none, with ${percent(l1.nearZero, 0)} of the weights near 0, 80% and more`,
        holds: l1.testAccuracy > none.testAccuracy && l1.nearZero > 0.8,
      },
      {
        text: `weight decay: L2's parameters to ${apart.parameters.toExponential(1)}, below 1e-9, and L2's test accuracy; its cost lacks the penalty`,
        holds: apart.parameters < 1e-9 && apart.costs < 1e-9 && weightDecay.testAccuracy === l2.testAccuracy,
      },
      {
        text: `early stopping: ${percent(earlyStopping.testAccuracy)}, more than none, after ${earlyStopping.steps.toLocaleString("en")} steps`,
        holds: earlyStopping.testAccuracy > none.testAccuracy && earlyStopping.steps < none.steps,
      },
      {
        text: `all six gradients pass, and an error of ${coarsest.toExponential(1)} of any of them would have been seen, below 1e-6`,
        holds: checks.every(({ verdict }) => verdict === "pass") && coarsest < 1e-6,
      },
    ];
  },
  report: async () => (await import("./report/regularization-section.ts")).regularizationReport,
};

runAlone(import.meta.url, regularizationPart);
