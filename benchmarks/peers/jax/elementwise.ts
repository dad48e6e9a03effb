import { blockUntilReady, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { type Data, probes } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, staged } from "./arrays.ts";

const f = (x: np.Array, w: np.Array, b: np.Array): np.Array => np.sum(np.tanh(x.ref.mul(w).add(b)).mul(x));

export function elementwise(data: Data): Task {
  const [x, w, b] = [floats(data, "x"), floats(data, "w"), floats(data, "b")];
  const run = staged(f);
  let value = Number.NaN;
  return {
    step: () => {
      value = run(x.ref, w.ref, b.ref).item();
    },
    read: () => [value],
  };
}

export function elementwiseGradients(data: Data): Task {
  const [x, w, b] = [floats(data, "x"), floats(data, "w"), floats(data, "b")];
  const run = staged(valueAndGrad(f, { argnums: [0, 1, 2] }));
  let value = Number.NaN;
  let gradients: np.Array[] = [];
  return {
    step: async () => {
      tree.dispose(gradients);
      const [sum, by] = run(x.ref, w.ref, b.ref);
      gradients = by;
      await blockUntilReady(gradients);
      value = sum.item();
    },
    read: () => [value, ...gradients.flatMap((gradient) => probes(gradient.ref.dataSync()))],
  };
}
