import { type AnyTensor, type Gradient, valueAndGrad } from "@tapegrad/core";
import type { Optimizer } from "@tapegrad/optim";
import type { Task } from "../../race/task.ts";

/** Full steps of training: the loss of the step is read each time. */
export function training<M>(start: M, lossOf: (model: M) => AnyTensor, optimizer: Optimizer): Task {
  const lossAt = valueAndGrad(lossOf);
  let model = start;
  let state = optimizer.init(model);
  let loss = Number.NaN;
  return {
    step: () => {
      const { value, gradient } = lossAt(model);
      ({ model, state } = optimizer.update(model, gradient as Gradient<M>, state));
      loss = value.item() as number;
    },
    read: () => [loss],
  };
}
