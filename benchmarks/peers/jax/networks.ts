import { nn, numpy as np } from "@jax-js/jax";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, type Parameters, parametersOf, transposed } from "./arrays.ts";
import { adapting, descending, type Loss } from "./training.ts";

export const dense = (x: np.Array, p: Parameters, name: string): np.Array =>
  np.matmul(x, p[`w${name}`]!).add(p[`b${name}`]!);

/** However many layers there are, with relu between them. */
const perceptron = (x: np.Array, p: Parameters): np.Array =>
  Object.keys(p)
    .flatMap((name) => (name.startsWith("w") ? name.slice(1) : []))
    .reduce((from, name, i) => dense(i === 0 ? from : nn.relu(from), p, name), x);

/** Mean cross-entropy of the softmax of logits, for classes as rows of 0 and a 1. */
export const crossEntropy = (z: np.Array, y: np.Array): np.Array =>
  nn
    .logSoftmax(z)
    .mul(y)
    .sum()
    .mul(-1 / y.shape[0]!);

export const oneHot = (data: Data, name: string, classes: number): np.Array =>
  nn.oneHot(np.array(data.labels(name), { dtype: np.int32 }), classes);

export function circles(data: Data): Task {
  const loss: Loss = (p, x, y) => {
    const z = perceptron(x, p);
    return np.mean(nn.softplus(z.ref).sub(y.mul(z)));
  };
  return descending(data, loss, floats(data, "x"), floats(data, "y"));
}

export function mlp(data: Data): Task {
  return adapting(data, (p, x, y) => crossEntropy(perceptron(x, p), y), floats(data, "x"), oneHot(data, "y", 10));
}

/**
 * A valid convolution of images with channels last, as a product for each place in the kernel of [height, width, in, out].
 * `lax.conv` would be one call, but compiled training steps take forty times as long with its gradient.
 */
function convolution(x: np.Array, w: np.Array): np.Array {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns, , out] = w.shape as [number, number, number, number];
  const [down, across] = [height - rows + 1, width - columns + 1];
  const products: np.Array[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const part = x.ref.slice([], [i, i + down], [j, j + across], []).reshape([batch * down * across, channels]);
      products.push(np.matmul(part, w.ref.slice(i, j, [], [])));
    }
  }
  x.dispose();
  w.dispose();
  return products.reduce((sum, product) => sum.add(product)).reshape([batch, down, across, out]);
}

export function cnn(data: Data): Task {
  const layer = (x: np.Array, p: Parameters, name: string): np.Array =>
    nn.relu(convolution(x, p[`w${name}`]!).add(p[`b${name}`]!));
  const loss: Loss = (p, x, y) => {
    const maps = layer(layer(x, p, "1"), p, "2");
    // Windows do not overlap: the largest along an axis for each side does what lax.reduceWindow would.
    const pooled = maps.reshape([64, 12, 2, 12, 2, 64]).max([2, 4]).reshape([64, -1]);
    return crossEntropy(dense(nn.relu(dense(pooled, p, "3")), p, "4"), y);
  };
  const parameters = {
    ...parametersOf(data),
    w1: transposed(floats(data, "w1"), [2, 3, 1, 0]),
    w2: transposed(floats(data, "w2"), [2, 3, 1, 0]),
    w3: transposed(floats(data, "w3").reshape([128, 64, 12, 12]), [2, 3, 1, 0]).reshape([12 * 12 * 64, 128]),
  };
  return adapting(data, loss, transposed(floats(data, "x"), [0, 2, 3, 1]), oneHot(data, "y", 10), parameters);
}
