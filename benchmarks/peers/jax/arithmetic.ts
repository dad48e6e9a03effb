import { numpy as np } from "@jax-js/jax";
import { type Data, probes } from "../../src/race/data.ts";
import type { Task, Tasks } from "../../src/race/task.ts";
import { floats, staged } from "./arrays.ts";

/** `finish` makes sure that the result is there: arrays are computed when someone waits for them. */
function ofTwo(
  data: Data,
  operation: (a: np.Array, b: np.Array) => np.Array,
  finish: (result: np.Array) => unknown = (result) => result.blockUntilReady(),
): Task {
  const [a, b] = [floats(data, "a"), floats(data, "b")];
  const run = staged(operation);
  let result: np.Array | undefined;
  return {
    step: () => {
      result?.dispose();
      result = run(a.ref, b.ref);
      return finish(result);
    },
    read: () => probes(result!.ref.dataSync()),
  };
}

const product = (data: Data): Task => ofTwo(data, (a, b) => np.matmul(a, b));

export const products: Tasks = {
  "matmul-128": product,
  "matmul-256": product,
  "matmul-512": product,
  "matmul-1024": product,
  "matmul-at-512": (data) => ofTwo(data, (a, b) => np.matmul(a.transpose(), b)),
  "matmul-bt-512": (data) => ofTwo(data, (a, b) => np.matmul(a, b.transpose())),
};

// To read one element at once is less work than a promise.
export const addition = (data: Data): Task =>
  ofTwo(
    data,
    (a, b) => a.add(b),
    (result) => void result.ref.dataSync(),
  );
