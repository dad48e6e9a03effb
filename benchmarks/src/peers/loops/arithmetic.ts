import { type Data, probes } from "../../race/data.ts";
import type { Task, Tasks } from "../../race/task.ts";
import { multiply, multiplyTransposed, transposedMultiply } from "./matrices.ts";

type Multiply = typeof multiply;

function product(data: Data, by: Multiply): Task {
  const [a, b] = [data.floats("a"), data.floats("b")];
  const n = data.shape("a")[0]!;
  let out: Float32Array = a;
  return {
    step: () => {
      out = by(a, b, n, n, n);
    },
    read: () => probes(out),
  };
}

export const products: Tasks = {
  ...Object.fromEntries(
    [128, 256, 512, 1024].map((n) => [`matmul-${n}`, (data: Data): Task => product(data, multiply)]),
  ),
  "matmul-at-512": (data) => product(data, transposedMultiply),
  "matmul-bt-512": (data) => product(data, multiplyTransposed),
};

export function addition(data: Data): Task {
  const [a, b] = [data.floats("a"), data.floats("b")];
  let out = a;
  return {
    step: () => {
      out = new Float32Array(a.length);
      for (let i = 0; i < out.length; i++) out[i] = a[i]! + b[i]!;
    },
    read: () => probes(out),
  };
}
