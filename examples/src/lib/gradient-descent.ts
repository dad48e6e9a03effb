import { type AnyTensor, foldIn, type Key, key, snapshot } from "@tapegrad/core";
import { sgd, trainingStep } from "@tapegrad/optim";

/** A cost to minimise, beside anything that whoever watches wants to see. The key is another one at each step. */
export type Objective<Model, Seen> = (model: Model, key: Key) => readonly [cost: AnyTensor, seen: Seen];

export interface Descent<Seen> {
  readonly learningRate: number;
  readonly steps: number;
  /** Of the keys of all steps: 0 if not given. */
  readonly seed?: number;
  /** Called after each step with what was seen before it. */
  readonly watch: (step: number, seen: Seen) => void;
}

/** Plain gradient descent, compiled: the same examples at every step, and no momentum. The model itself stays what it was. */
export function descend<Model, Seen>(
  initial: Model,
  objective: Objective<Model, Seen>,
  { learningRate, steps, seed = 0, watch }: Descent<Seen>,
): Model {
  const optimizer = sgd({ learningRate });
  const advance = trainingStep(objective, optimizer);
  // Each step takes the model over, and works where it lies.
  let model = snapshot(initial);
  let state = optimizer.init(model);
  for (let step = 0; step < steps; step++) {
    const trained = advance(model, state, foldIn(key(seed), step));
    ({ model, state } = trained);
    watch(step, trained.aux);
  }
  return model;
}
