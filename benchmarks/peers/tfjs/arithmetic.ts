import * as tf from "@tensorflow/tfjs";
import { type Data, probes } from "../../src/race/data.ts";
import type { Task, Tasks } from "../../src/race/task.ts";
import { floats } from "./tensors.ts";

// Kernels of the wasm backend run at once: what a step returns is computed, though nobody has read it.
function ofTwo(data: Data, operation: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Task {
  const [a, b] = [floats(data, "a"), floats(data, "b")];
  let result: tf.Tensor | undefined;
  return {
    step: () => {
      result?.dispose();
      result = operation(a, b);
    },
    read: () => probes(result!.dataSync()),
  };
}

const product = (data: Data): Task => ofTwo(data, (a, b) => tf.matMul(a, b));

export const products: Tasks = {
  "matmul-128": product,
  "matmul-256": product,
  "matmul-512": product,
  "matmul-1024": product,
  "matmul-at-512": (data) => ofTwo(data, (a, b) => tf.matMul(a, b, true)),
  "matmul-bt-512": (data) => ofTwo(data, (a, b) => tf.matMul(a, b, false, true)),
};

export const addition = (data: Data): Task => ofTwo(data, (a, b) => tf.add(a, b));
