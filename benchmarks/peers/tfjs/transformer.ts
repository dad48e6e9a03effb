import * as tf from "@tensorflow/tfjs";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, kernel, variable } from "./tensors.ts";
import { training } from "./training.ts";

const ROOT = Math.sqrt(2 / Math.PI);

/** The approximation by tanh: tfjs has no GELU. */
const gelu = (x: tf.Tensor): tf.Tensor => {
  const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), ROOT);
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
};

export function transformer(data: Data): Task {
  const [batch, length, width] = data.shape("x") as readonly [number, number, number];
  const heads = data.setting("heads");
  // Tokens as rows: a dense layer is one product of matrices then.
  const [x, y] = [floats(data, "x"), floats(data, "y")].map((t) => t.reshape([batch * length, width]));
  const parameters = Object.fromEntries(
    data.parameters.map((name) => [name, name.startsWith("w") ? kernel(data, name) : variable(data, name)]),
  );
  const dense = (from: tf.Tensor, name: string): tf.Tensor =>
    tf.fused.matMul({
      a: from as tf.Tensor2D,
      b: parameters[`w${name}`] as tf.Tensor as tf.Tensor2D,
      bias: parameters[`b${name}`]!,
    });
  const norm = (from: tf.Tensor, name: string): tf.Tensor => {
    const { mean, variance } = tf.moments(from, -1, true);
    const standard = tf.mul(tf.sub(from, mean), tf.rsqrt(tf.add(variance, data.setting("epsilon"))));
    return tf.add(tf.mul(standard, parameters[`scale${name}`]!), parameters[`shift${name}`]!);
  };
  const apart = (from: tf.Tensor): tf.Tensor =>
    tf.transpose(from.reshape([batch, length, heads, width / heads]), [0, 2, 1, 3]);
  const attend = (from: tf.Tensor): tf.Tensor => {
    const [q, k, v] = ["q", "k", "v"].map((name) => apart(dense(from, name)));
    const scores = tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(width / heads));
    const mixed = tf.matMul(tf.softmax(scores), v!);
    return dense(tf.transpose(mixed, [0, 2, 1, 3]).reshape([batch * length, width]), "o");
  };
  return training(tf.train.sgd(data.setting("rate")), Object.values(parameters), () => {
    const attended = tf.add(x!, attend(norm(x!, "1")));
    const out = tf.add(attended, dense(gelu(dense(norm(attended, "2"), "1")), "2"));
    return tf.mean(tf.square(tf.sub(out, y!)));
  });
}
