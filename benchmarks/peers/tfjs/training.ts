import type * as tf from "@tensorflow/tfjs";
import type { Task } from "../../src/race/task.ts";

/** Full steps of training. `minimize` tidies up after itself; the loss that it returns is ours to dispose of. */
export function training(optimizer: tf.Optimizer, parameters: tf.Variable[], loss: () => tf.Scalar): Task {
  let value = Number.NaN;
  return {
    step: () => {
      const result = optimizer.minimize(loss, true, parameters)!;
      value = result.dataSync()[0]!;
      result.dispose();
    },
    read: () => [value],
  };
}
