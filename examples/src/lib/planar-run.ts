import type { AnyTensor } from "@tapegrad/core";
import type { Optimizer, SgdHyper } from "@tapegrad/optim";
import type { Points } from "./course-data.ts";
import { exactAccuracy } from "./exact-accuracy.ts";
import { descend, type Objective } from "./gradient-descent.ts";
import { boundsOf, type Classifier, type ProbabilityMap, probabilityMap, publishedCost } from "./planar.ts";
import type { Progress } from "./progress.ts";
import { percent } from "./terminal.ts";

/** What became of one training on points of the plane. */
export interface PlanarRun {
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  /** Costs at every 1,000th step, before its update. May be infinite. */
  readonly costs: Readonly<Record<string, number>>;
  /** The cost after the last step, as evaluation sees it: with the penalty, without dropout. */
  readonly finalCost: number;
  readonly steps: number;
  /** Step and cost, more often: to draw. */
  readonly curve: readonly (readonly [step: number, cost: number])[];
  readonly map: ProbabilityMap;
  readonly seconds: number;
}

/** What a cost was computed from: logits, and what was added to the cross-entropy, if anything was. */
export interface Seen {
  readonly logits: AnyTensor;
  readonly penalty?: AnyTensor;
}

export interface Training<Model> {
  readonly name: string;
  readonly progress: Progress;
  readonly train: Points;
  readonly test: Points;
  readonly initial: Model;
  readonly optimizer: Optimizer<SgdHyper>;
  readonly steps: number;
  /** Of the keys that the objective gets: 0 if not given. */
  readonly seed?: number;
  readonly objective: Objective<Model, Seen>;
  /** What is added to the cross-entropy in the last cost: nothing if not given. */
  readonly penalty?: (model: Model) => number;
  /** Ends the training with a model, where it returns one. */
  readonly stop?: (step: number, model: Model) => Model | undefined;
  readonly classifier: (model: Model) => Classifier;
}

const LOG_EVERY = 1000;

/** Trains a classifier of points of the plane, and keeps what there is to tell. */
export function trainOnPlane<Model>(training: Training<Model>): PlanarRun & { readonly model: Model } {
  const { name, progress, train, test, initial, optimizer, steps, seed = 0, objective, classifier } = training;
  const { penalty = () => 0, stop = () => undefined } = training;
  let taken = 0;
  const started = performance.now();
  const task = progress.task(name, steps);
  const costs: Record<string, number> = {};
  const curve: [number, number][] = [];
  const drawEvery = Math.max(1, Math.floor(steps / 150));

  const model = descend(initial, objective, {
    optimizer,
    steps,
    seed,
    stop,
    watch: (step, { logits, penalty: added }) => {
      taken = step + 1;
      const isLogged = step % LOG_EVERY === 0;
      if (!isLogged && step % drawEvery !== 0) return;
      const cost = publishedCost(logits, train) + Number(added?.item() ?? 0);
      if (isLogged) costs[step] = cost;
      curve.push([step, cost]);
      task.update(step, `cost ${cost.toFixed(4)}`);
    },
  });

  const classify = classifier(model);
  const finalCost = publishedCost(classify(train.x), train) + penalty(model);
  const accuracyOn = ({ x, y }: Points): number => exactAccuracy(classify(x), y);
  const [trainAccuracy, testAccuracy] = [accuracyOn(train), accuracyOn(test)];
  task.finish(`cost ${finalCost.toFixed(4)}, test ${percent(testAccuracy, 1)}`);
  return {
    model,
    trainAccuracy,
    testAccuracy,
    costs,
    finalCost,
    steps: taken,
    curve,
    map: probabilityMap(classify, boundsOf(train, test)),
    seconds: (performance.now() - started) / 1000,
  };
}
