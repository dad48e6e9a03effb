import * as tf from "@tensorflow/tfjs";
import { type Data, probes } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { gradients } from "./gradients.ts";
import { floats } from "./tensors.ts";

const error = (x: tf.Tensor, y: tf.Tensor): tf.Scalar => tf.mean(tf.squaredDifference(x, y));

/** From moments: the kernel of the wasm backend takes statistics as they are given, and has no gradient by them. */
export function batchNormalization(data: Data): Task {
  const [y, epsilon] = [floats(data, "y"), data.setting("epsilon")];
  const channels = data.shape("scale")[0]!;
  return gradients([floats(data, "x"), floats(data, "scale"), floats(data, "shift")], (x, scale, shift) => {
    const { mean, variance } = tf.moments(x!, [0, 2, 3], true);
    const factor = tf.mul(tf.rsqrt(tf.add(variance, epsilon)), scale!.reshape([channels, 1, 1]));
    return error(tf.add(tf.mul(tf.sub(x!, mean), factor), shift!.reshape([channels, 1, 1])), y);
  });
}

export function attention(data: Data): Task {
  const y = floats(data, "y");
  const scale = 1 / Math.sqrt(data.shape("q").at(-1)!);
  return gradients([floats(data, "q"), floats(data, "k"), floats(data, "v")], (q, k, v) =>
    error(tf.matMul(tf.softmax(tf.mul(tf.matMul(q!, k!, false, true), scale)), v!), y),
  );
}

function ofOne(data: Data, operation: (a: tf.Tensor) => tf.Tensor): Task {
  const a = floats(data, "a");
  let result: tf.Tensor | undefined;
  return {
    step: () => {
      result?.dispose();
      result = tf.tidy(() => operation(a));
    },
    read: () => probes(result!.dataSync()),
  };
}

/** What there is for it: all values from the largest down, turned round. */
export const sort = (data: Data): Task => ofOne(data, (a) => tf.reverse(tf.topk(a, a.shape.at(-1)!).values, -1));

export const topk = (data: Data): Task => ofOne(data, (a) => tf.topk(a, 10).values);
