import * as tf from "@tensorflow/tfjs";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { gradients } from "./gradients.ts";
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

export const elementwiseGradients = (data: Data): Task =>
  gradients([floats(data, "x"), floats(data, "w"), floats(data, "b")], f as (...operands: tf.Tensor[]) => tf.Scalar);
