import * as tf from "@tensorflow/tfjs";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, kernel, oneHot, variable } from "./tensors.ts";
import { training } from "./training.ts";

type Activation = "linear" | "relu";

/** A dense layer, of a parameter for the weight and one for the bias: what `tf.layers.dense` calls. */
const dense = (a: tf.Tensor, b: tf.Variable, bias: tf.Variable, activation: Activation): tf.Tensor =>
  tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor as tf.Tensor2D, bias, activation });

const adam = (data: Data): tf.Optimizer => tf.train.adam(data.setting("rate"), 0.9, 0.999, 1e-8);

function perceptron(data: Data): { forward(x: tf.Tensor): tf.Tensor; readonly parameters: tf.Variable[] } {
  const layers = data.parameters
    .filter((name) => name.startsWith("w"))
    .map((name) => [kernel(data, name), variable(data, name.replace("w", "b"))] as const);
  return {
    parameters: layers.flat(),
    forward: (x) => layers.reduce((a, [w, b], i) => dense(a, w, b, i < layers.length - 1 ? "relu" : "linear"), x),
  };
}

export function circles(data: Data): Task {
  const [x, y] = [floats(data, "x"), floats(data, "y")];
  const { parameters, forward } = perceptron(data);
  return training(tf.train.sgd(data.setting("rate")), parameters, () =>
    tf.losses.sigmoidCrossEntropy(y, forward(x)).asScalar(),
  );
}

export function mlp(data: Data): Task {
  const [x, y] = [floats(data, "x"), oneHot(data, "y", 10)];
  const { parameters, forward } = perceptron(data);
  return training(adam(data), parameters, () => tf.losses.softmaxCrossEntropy(y, forward(x)).asScalar());
}

/** Images and maps have their channels last, as layers of tfjs have them; parameters are put in that order once. */
export function cnn(data: Data): Task {
  const x = tf.transpose(floats(data, "x"), [0, 2, 3, 1]) as tf.Tensor4D;
  const y = oneHot(data, "y", 10);
  const convolutional = (name: string): tf.Variable => tf.variable(tf.transpose(floats(data, name), [2, 3, 1, 0]));
  const [w1, b1, w2, b2] = [convolutional("w1"), variable(data, "b1"), convolutional("w2"), variable(data, "b2")];
  const w3 = tf.variable(
    tf.transpose(floats(data, "w3").reshape([128, 64, 12, 12]), [2, 3, 1, 0]).reshape([12 * 12 * 64, 128]),
  );
  const [b3, w4, b4] = [variable(data, "b3"), kernel(data, "w4"), variable(data, "b4")];
  const convolution = (from: tf.Tensor4D, filter: tf.Variable, bias: tf.Variable): tf.Tensor4D =>
    tf.fused.conv2d({
      x: from,
      filter: filter as tf.Tensor as tf.Tensor4D,
      strides: 1,
      pad: "valid",
      bias,
      activation: "relu",
    });
  return training(adam(data), [w1, b1, w2, b2, w3, b3, w4, b4], () => {
    const maps = tf.maxPool(convolution(convolution(x, w1, b1), w2, b2), 2, 2, "valid");
    const hidden = dense(maps.reshape([64, 12 * 12 * 64]), w3, b3, "relu");
    return tf.losses.softmaxCrossEntropy(y, dense(hidden, w4, b4, "linear")).asScalar();
  });
}
