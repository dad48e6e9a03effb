/**
 * 2 · Initialization: the same network, data and training, from three starting points.
 *
 * Zeros make all neurons of a layer equal, and equal neurons stay equal: nothing is learned. Weights ten times too large
 * start with probabilities of exactly 0 or 1, a cost that is infinite, and a long way back. He's initialization keeps the
 * size of signals from layer to layer, and learns.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/02-initialization.ts
 */
import { type AnyTensor, reshape } from "@tapegrad/core";
import { binaryCrossEntropyWithLogits, Linear, Relu, Sequential } from "@tapegrad/nn";
import { sgd } from "@tapegrad/optim";
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

// ── Data: two circles, one inside the other, with noise ──

const fixture = courseFixture("initialization");
export const circles: { readonly train: Points; readonly test: Points } = pointsOf(fixture.data);

// ── The network: 2 inputs, hidden layers of 10 and 5 neurons, one logit ──

const layer = (weight: CourseParameters["W1"], bias: CourseParameters["b1"]) =>
  Linear.of(matrix(weight), reshape(matrix(bias), [-1]));

/** The starting points are those that the exercise drew, so that its published costs can be compared with ours. */
const network = ({ W1, b1, W2, b2, W3, b3 }: CourseParameters) =>
  new Sequential(layer(W1, b1), new Relu(), layer(W2, b2), new Relu(), layer(W3, b3));

type Network = ReturnType<typeof network>;

/**
 * The cross-entropy of all training examples at once. The network ends in logits, and the loss applies the sigmoid: from
 * probabilities, which are exactly 0 or 1 at the start that is ten times too large, there would be no usable gradient.
 */
function objective(model: Network): readonly [AnyTensor, Seen] {
  const logits = model.forward(circles.train.x);
  return [binaryCrossEntropyWithLogits(logits, circles.train.y), { logits }];
}

// ── Three trainings ──

export const initializations = ["zeros", "random10", "he"] as const;
export type Initialization = (typeof initializations)[number];
export type InitializationResult = Readonly<Record<Initialization, PlanarRun>>;

/** How they are called in tables and plots. */
export const initializationLabels: Readonly<Record<Initialization, string>> = {
  zeros: "zeros",
  random10: "random × 10",
  he: "He",
};

const STEPS = 15_000;
const QUICK_STEPS = 6_000;

/** One of the three, of any number of steps. */
export function trainFrom(
  start: Initialization,
  steps: number,
  options: PartOptions = {},
): PlanarRun & { readonly model: Network } {
  return trainOnPlane({
    ...circles,
    name: initializationLabels[start],
    progress: withDefaults(options).progress,
    initial: network(fixture.runs[start].initial_parameters),
    optimizer: sgd({ learningRate: 0.01 }),
    steps,
    objective,
    classifier: (model) => (x: Float64Matrix) => model.forward(x),
  });
}

export function initialization(options: PartOptions = {}): InitializationResult {
  const steps = withDefaults(options).quick ? QUICK_STEPS : STEPS;
  return {
    zeros: trainFrom("zeros", steps, options),
    random10: trainFrom("random10", steps, options),
    he: trainFrom("he", steps, options),
  };
}

// ── What it prints ──

function printInitialization(result: InitializationResult): void {
  const cost = (value: number | undefined): string =>
    value === undefined ? "" : value === Infinity ? "∞" : value.toFixed(4);
  table(
    ["start", "cost at 0", "at 1,000", "final", "train", "test", "published test"],
    initializations.map((name) => {
      const { costs, finalCost, trainAccuracy, testAccuracy } = result[name];
      return [
        initializationLabels[name],
        cost(costs[0]),
        cost(costs[1000]),
        cost(finalCost),
        percent(trainAccuracy),
        percent(testAccuracy),
        percent(fixture.runs[name].test_accuracy),
      ];
    }),
  );
  console.log(dim("  Zeros learn nothing: all neurons of a layer get the same gradient, here of 0."));
}

export const initializationPart: Part<InitializationResult> = {
  number: 2,
  id: "initialization",
  title: "Initialization",
  trains: true,
  run: initialization,
  print: printInitialization,
  claims: (result) =>
    initializations.map((name) => {
      const [found, published] = [result[name].testAccuracy, fixture.runs[name].test_accuracy];
      return {
        text: `${initializationLabels[name]}: ${percent(found)} of the test set, the published ${percent(published)}`,
        holds: found === published,
      };
    }),
  report: async () => (await import("./report/initialization-section.ts")).initializationReport,
};

runAlone(import.meta.url, initializationPart);
