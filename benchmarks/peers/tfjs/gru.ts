import * as tf from "@tensorflow/tfjs";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, kernel, oneHot, variable } from "./tensors.ts";
import { training } from "./training.ts";

/** A loop over steps; the layer of tfjs would multiply the input step by step. */
export function gru(data: Data): Task {
  const [length, batch, width] = data.shape("x") as readonly [number, number, number];
  const hidden = data.shape("wh")[1]!;
  const x = floats(data, "x").reshape([length * batch, width]) as tf.Tensor2D;
  const y = oneHot(data, "y", 10);
  const [wx, wh, wo] = [kernel(data, "wx"), kernel(data, "wh"), kernel(data, "wo")];
  const [bx, bh, bo] = [variable(data, "bx"), variable(data, "bh"), variable(data, "bo")];
  const dense = (a: tf.Tensor, b: tf.Variable, bias: tf.Variable): tf.Tensor =>
    tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor as tf.Tensor2D, bias });
  return training(tf.train.sgd(data.setting("rate")), [wx, bx, wh, bh, wo, bo], () => {
    let h: tf.Tensor = tf.zeros([batch, hidden]);
    for (const own of tf.split(dense(x, wx, bx), length)) {
      const [xr, xz, xn] = tf.split(own, 3, 1);
      const [hr, hz, hn] = tf.split(dense(h, wh, bh), 3, 1);
      const [r, z] = [tf.sigmoid(tf.add(xr!, hr!)), tf.sigmoid(tf.add(xz!, hz!))];
      const n = tf.tanh(tf.add(xn!, tf.mul(r, hn!)));
      h = tf.add(n, tf.mul(z, tf.sub(h, n)));
    }
    return tf.losses.softmaxCrossEntropy(y, dense(h, wo, bo)).asScalar();
  });
}
