import { lax, nn, numpy as np } from "@jax-js/jax";
import { type Data, probes } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, staged } from "./arrays.ts";
import { gradients } from "./gradients.ts";
import { descending } from "./training.ts";

const error = (x: np.Array, y: np.Array): np.Array => np.mean(np.square(x.sub(y)));

export function batchNormalization(data: Data): Task {
  const [channels, epsilon] = [data.shape("scale")[0]!, data.setting("epsilon")];
  const operands = ["x", "scale", "shift", "y"].map((name) => floats(data, name));
  return gradients(operands, 3, (x, scale, shift, y) =>
    error(
      nn
        .standardize(x!, [0, 2, 3], { epsilon })
        .mul(scale!.reshape([channels, 1, 1]))
        .add(shift!.reshape([channels, 1, 1])),
      y!,
    ),
  );
}

export function attention(data: Data): Task {
  const scale = 1 / Math.sqrt(data.shape("q").at(-1)!);
  const operands = ["q", "k", "v", "y"].map((name) => floats(data, name));
  return gradients(operands, 3, (q, k, v, y) => {
    const scores = np.matmul(q!, k!.transpose([0, 2, 1])).mul(scale);
    return error(np.matmul(nn.softmax(scores, -1), v!), y!);
  });
}

/** A sum of shifted images, each times a weight of its own: `lax.conv` takes far longer. */
export function depthwise(data: Data): Task {
  const [channels] = data.shape("b") as [number];
  const [, , height, width] = data.shape("y") as [number, number, number, number];
  const operands = [floats(data, "x"), floats(data, "w"), floats(data, "b"), floats(data, "y")];
  return gradients(operands, 3, (x, w, b, y) => {
    let sum = b!.reshape([channels, 1, 1]);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const part = x!.ref.slice([], [], [i, i + height], [j, j + width]);
        sum = sum.add(part.mul(w!.ref.slice([], 0, i, j).reshape([channels, 1, 1])));
      }
    }
    x!.dispose();
    w!.dispose();
    return error(sum, y!);
  });
}

export function embedding(data: Data): Task {
  const x = np.array(data.labels("x"), { dtype: np.int32 });
  return descending(data, (p, x, y) => error(np.take(p.table!, x, 0), y), x, floats(data, "y"));
}

function ofOne(data: Data, operation: (a: np.Array) => np.Array): Task {
  const a = floats(data, "a");
  const run = staged(operation);
  let result: np.Array | undefined;
  return {
    step: () => {
      result?.dispose();
      result = run(a.ref);
      return result.blockUntilReady();
    },
    read: () => probes(result!.ref.dataSync()),
  };
}

export const sort = (data: Data): Task => ofOne(data, (a) => np.sort(a, -1));

export const topk = (data: Data): Task =>
  ofOne(data, (a) => {
    const [values, indices] = lax.topK(a, 10);
    indices.dispose();
    return values;
  });
