import { type AnyTensor, type Gradient, valueAndGrad } from "@tapegrad/core";
import { type Optimizer, trainingStep } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import type { SetUp } from "../../race/task.ts";
import { compiles } from "./mode.ts";

/** A model and how it is trained; the inputs are the same at each step. */
export interface Training<M, Inputs extends unknown[]> {
  readonly model: M;
  readonly cost: (model: M, ...inputs: Inputs) => AnyTensor;
  readonly inputs: Inputs;
  readonly optimizer: Optimizer;
}

/** Takes one step of training, and returns its loss. */
export type Step = () => number;

/** Operation by operation. */
export function eagerly<M, Inputs extends unknown[]>({ model, cost, inputs, optimizer }: Training<M, Inputs>): Step {
  const costAt = valueAndGrad(cost);
  let now = { model, state: optimizer.init(model) };
  return () => {
    const { value, gradient } = costAt(now.model, ...inputs);
    now = optimizer.update(now.model, gradient as Gradient<M>, now.state);
    return value.item() as number;
  };
}

/** As one program; the model and the state go round in its memory. */
export function asProgram<M, Inputs extends unknown[]>({ model, cost, inputs, optimizer }: Training<M, Inputs>): Step {
  const step = trainingStep(cost, optimizer);
  let now = { model, state: optimizer.init(model) };
  return () => {
    const { value, ...next } = step(now.model, now.state, ...inputs);
    now = next;
    return value.item() as number;
  };
}

/** Full steps of training: the loss of the step is read each time. */
export const training =
  <M, Inputs extends unknown[]>(of: (data: Data) => Training<M, Inputs>): SetUp =>
  (data) => {
    const step = (compiles ? asProgram : eagerly)(of(data));
    let loss = Number.NaN;
    return {
      step: () => {
        loss = step();
      },
      read: () => [loss],
    };
  };
