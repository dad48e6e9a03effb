import * as tf from "@tensorflow/tfjs";
import { type Data, probes } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats } from "./tensors.ts";

const f = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Scalar => tf.sum(tf.mul(tf.tanh(tf.add(tf.mul(x, w), b)), x));

export function elementwise(data: Data): Task {
  const [x, w, b] = [floats(data, "x"), floats(data, "w"), floats(data, "b")];
  let value = Number.NaN;
  return {
    step: () => {
      value = tf.tidy(() => f(x, w, b).dataSync()[0]!);
    },
    read: () => [value],
  };
}

export function elementwiseGradients(data: Data): Task {
  const operands = [floats(data, "x"), floats(data, "w"), floats(data, "b")];
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
