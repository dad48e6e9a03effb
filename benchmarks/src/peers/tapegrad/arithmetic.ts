import { type AnyTensor, add, matmul, transpose } from "@tapegrad/core";
import { type Data, probes } from "../../race/data.ts";
import type { Task, Tasks } from "../../race/task.ts";
import { staged } from "./mode.ts";
import { floats } from "./tensors.ts";

function ofTwo(data: Data, operation: (a: AnyTensor, b: AnyTensor) => AnyTensor): Task {
  const [a, b] = [floats(data, "a"), floats(data, "b")];
  const run = staged(operation);
  let result: AnyTensor = a;
  return {
    step: () => {
      result = run(a, b);
    },
    read: () => probes(result.data()),
  };
}

const product = (data: Data): Task => ofTwo(data, (a, b) => matmul(a, b));

export const products: Tasks = {
  "matmul-128": product,
  "matmul-256": product,
  "matmul-512": product,
  "matmul-1024": product,
  "matmul-at-512": (data) => ofTwo(data, (a, b) => matmul(transpose(a), b)),
  "matmul-bt-512": (data) => ofTwo(data, (a, b) => matmul(a, transpose(b))),
};

export const addition = (data: Data): Task => ofTwo(data, (a, b) => add(a, b));
