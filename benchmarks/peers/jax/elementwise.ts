import { numpy as np } from "@jax-js/jax";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, staged } from "./arrays.ts";
import { gradients } from "./gradients.ts";

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

export const elementwiseGradients = (data: Data): Task =>
  gradients([floats(data, "x"), floats(data, "w"), floats(data, "b")], 3, f as (...operands: np.Array[]) => np.Array);
