import { type AnyTensor, foldIn, type Key, key, snapshot } from "@tapegrad/core";
import { type Hyper, type Optimizer, trainingStep } from "@tapegrad/optim";

/** A cost to minimise, beside anything that whoever watches wants to see. The key is another one at each step. */
export type Objective<Model, Seen> = (model: Model, key: Key) => readonly [cost: AnyTensor, seen: Seen];

export interface Descent<Model, Seen, H extends Hyper> {
  readonly optimizer: Optimizer<H>;
  readonly steps: number;
  /** Of the keys of all steps: 0 if not given. */
  readonly seed?: number;
  /** Called after each step with what was seen before it. */
  readonly watch: (step: number, seen: Seen) => void;
  /** Called with the model after each step. What it returns, if anything, is the result, and nothing more is done. */
  readonly stop?: (step: number, model: Model) => Model | undefined;
}

/** Training on the same examples at every step, compiled. The model itself stays what it was. */
export function descend<Model, Seen, H extends Hyper>(
  initial: Model,
  objective: Objective<Model, Seen>,
  { optimizer, steps, seed = 0, watch, stop = () => undefined }: Descent<Model, Seen, H>,
): Model {
  const advance = trainingStep(objective, optimizer);
  // Each step takes the model over, and works where it lies.
  let model = snapshot(initial);
  let state = optimizer.init(model);
  for (let step = 0; step < steps; step++) {
    const trained = advance(model, state, foldIn(key(seed), step));
    ({ model, state } = trained);
    watch(step, trained.aux);
    const result = stop(step, model);
    if (result !== undefined) return result;
  }
  return model;
}
