import * as tf from "@tensorflow/tfjs";
import { probes } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";

/** The value of a function of tensors, and its gradients by them. */
export function gradients(operands: tf.Tensor[], f: (...operands: tf.Tensor[]) => tf.Scalar): Task {
  const gradientAt = tf.valueAndGrads(f);
  let value = Number.NaN;
  let gradients: tf.Tensor[] = [];
  return {
    step: () => {
      tf.dispose(gradients);
      const result = gradientAt(operands);
      gradients = result.grads;
      value = result.value.dataSync()[0]!;
      result.value.dispose();
    },
    read: () => [value, ...gradients.flatMap((gradient) => probes(gradient.dataSync()))],
  };
}
