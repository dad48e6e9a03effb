import { type AnyTensor, valueAndGrad } from "@tapegrad/core";
import { sgd } from "@tapegrad/optim";

/** A cost to minimise, beside anything that whoever watches wants to see. */
export type Objective<Model, Seen> = (model: Model, step: number) => readonly [cost: AnyTensor, seen: Seen];

export interface Descent<Model, Seen> {
  readonly learningRate: number;
  readonly steps: number;
  /** Called at each step before its update. */
  readonly watch: (step: number, model: Model, seen: Seen) => void;
}

/** Plain gradient descent: the same examples at every step, and no momentum. The model itself stays what it was. */
export function descend<Model, Seen>(
  initial: Model,
  objective: Objective<Model, Seen>,
  { learningRate, steps, watch }: Descent<Model, Seen>,
): Model {
  const differentiate = valueAndGrad(objective, { aux: true });
  const optimizer = sgd({ learningRate });
  let model = initial;
  let state = optimizer.init(model);
  for (let step = 0; step < steps; step++) {
    const { gradient, aux } = differentiate(model, step);
    watch(step, model, aux);
    ({ model, state } = optimizer.update(model, gradient, state));
  }
  return model;
}
