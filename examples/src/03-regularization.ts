/**
 * 3 · Regularization: how not to learn the noise.
 *
 * A network of 127 parameters and 211 noisy points: trained long enough it bends its boundary around single points,
 * which costs it points that it has not seen. An L2 penalty keeps its weights small; dropout lets it rely on no single
 * neuron. Both do better on points that they have not seen.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/03-regularization.ts
 */
import { type AnyTensor, add, type Key, reshape } from "@tapegrad/core";
import { apply, binaryCrossEntropyWithLogits, Dropout, Linear, l2Penalty, Relu, Sequential } from "@tapegrad/nn";
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
const examples = halves.train.x.shape[0];

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

// ── Three trainings ──

export const regularizers = ["none", "l2", "dropout"] as const;
export type Regularizer = (typeof regularizers)[number];

/** λ of the penalty λ/(2m) Σ w² over all weights, but not biases, and the keep probability of dropout. */
const settings: Readonly<Record<Regularizer, { readonly lambda: number; readonly keep: number }>> = {
  none: { lambda: 0, keep: 1 },
  l2: { lambda: 0.7, keep: 1 },
  dropout: { lambda: 0, keep: 0.86 },
};

/** How they are called in tables and plots. */
export const regularizerLabels: Readonly<Record<Regularizer, string>> = {
  none: "none",
  l2: "L2, λ = 0.7",
  dropout: "dropout, keep 0.86",
};

export interface RegularizationRun extends PlanarRun {
  /** Σ w² of all weights after training. */
  readonly sumOfSquares: number;
}
export type RegularizationResult = Readonly<Record<Regularizer, RegularizationRun>>;

const STEPS = 30_000;
const QUICK_STEPS = 4_000;
const SEED = 1;

/** One of the three, of any number of steps. */
export function trainWith(
  regularizer: Regularizer,
  steps: number,
  options: PartOptions = {},
): RegularizationRun & { readonly model: Network } {
  const { lambda, keep } = settings[regularizer];
  const { x, y } = halves.train;

  // The penalty is an ordinary part of the cost. Its gradient, λ/m · w, needs no rule: it falls out of the sweep.
  //
  // A key means training, and another key at each step means other masks at each step. (The exercise draws one mask and
  // keeps it for all steps, because it seeds its generator anew each time. That trains one fixed smaller network, so
  // its logged costs are lower; dropout as it was invented is what we do.)
  const objective = (model: Network, dropout: Key): readonly [AnyTensor, Seen] => {
    const { output: logits } = apply(model, x, keep === 1 ? {} : { key: dropout });
    const cost = binaryCrossEntropyWithLogits(logits, y);
    if (lambda === 0) return [cost, { logits }];
    const penalty = l2Penalty(model, lambda, { examples });
    return [add(cost, penalty), { logits, penalty }];
  };

  const run = trainOnPlane({
    ...halves,
    name: regularizerLabels[regularizer],
    progress: withDefaults(options).progress,
    initial: network(fixture.runs[regularizer].initial_parameters, keep),
    learningRate: 0.3,
    steps,
    seed: SEED,
    objective,
    penalty: (model) => (lambda === 0 ? 0 : l2Penalty(model, lambda, { examples }).item()),
    // Without a key this is evaluation: dropout does nothing, and no correction is due.
    classifier: (model) => (points: Float64Matrix) => model.forward(points),
  });
  return { ...run, sumOfSquares: l2Penalty(run.model, 2).item() };
}

export function regularization(options: PartOptions = {}): RegularizationResult {
  const steps = withDefaults(options).quick ? QUICK_STEPS : STEPS;
  return {
    none: trainWith("none", steps, options),
    l2: trainWith("l2", steps, options),
    dropout: trainWith("dropout", steps, options),
  };
}

// ── What it prints ──

function printRegularization(result: RegularizationResult): void {
  table(
    ["regularizer", "final cost", "Σ w²", "train", "test"],
    [
      ...regularizers.map((name) => {
        const { finalCost, sumOfSquares, trainAccuracy, testAccuracy } = result[name];
        return [
          regularizerLabels[name],
          finalCost.toFixed(4),
          sumOfSquares.toFixed(1),
          percent(trainAccuracy),
          percent(testAccuracy),
        ];
      }),
      [
        "(the line behind the data)",
        "",
        "",
        ...[halves.train, halves.test].map((set) => percent(accuracyOfTheRule(set))),
      ],
    ],
  );
  console.log(dim("  The closer the two accuracies, the less was learned by heart."));
}

export const regularizationPart: Part<RegularizationResult> = {
  number: 3,
  id: "regularization",
  title: "Regularization",
  trains: true,
  run: regularization,
  print: printRegularization,
  claims: ({ none, l2, dropout }) => [
    {
      text: `none: ${percent(none.testAccuracy)} of the test set, the published 85.50%`,
      holds: none.testAccuracy === 0.855,
    },
    { text: `L2: ${percent(l2.testAccuracy)}, the published 89.50%`, holds: l2.testAccuracy === 0.895 },
    {
      text: `dropout: ${percent(dropout.testAccuracy)}, more than none`,
      holds: dropout.testAccuracy > none.testAccuracy,
    },
  ],
  report: async () => (await import("./report/regularization-section.ts")).regularizationReport,
};

runAlone(import.meta.url, regularizationPart);
