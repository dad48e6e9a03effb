import * as tf from "@tensorflow/tfjs";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, kernel, oneHot, variable } from "./tensors.ts";
import { training } from "./training.ts";

/** A loop over steps; `tf.basicLSTMCell` would multiply the input step by step. */
export function lstm(data: Data): Task {
  const [length, batch, width] = data.shape("x") as readonly [number, number, number];
  const hidden = data.shape("wh")[1]!;
  const x = floats(data, "x").reshape([length * batch, width]) as tf.Tensor2D;
  const y = oneHot(data, "y", 10);
  const [wx, wh, wo] = [kernel(data, "wx"), kernel(data, "wh"), kernel(data, "wo")];
  const [bx, bo] = [variable(data, "bx"), variable(data, "bo")];
  const matrix = (variable: tf.Variable): tf.Tensor2D => variable as tf.Tensor as tf.Tensor2D;
  return training(tf.train.sgd(data.setting("rate")), [wx, bx, wh, wo, bo], () => {
    const projected = tf.split(tf.fused.matMul({ a: x, b: matrix(wx), bias: bx }), length);
    let [h, c] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])];
    for (const own of projected) {
      const [i, f, g, o] = tf.split(tf.add(own, tf.matMul(h, wh)), 4, 1);
      c = tf.add(tf.mul(tf.sigmoid(f!), c), tf.mul(tf.sigmoid(i!), tf.tanh(g!)));
      h = tf.mul(tf.sigmoid(o!), tf.tanh(c));
    }
    const logits = tf.fused.matMul({ a: h as tf.Tensor2D, b: matrix(wo), bias: bo });
    return tf.losses.softmaxCrossEntropy(y, logits).asScalar();
  });
}
