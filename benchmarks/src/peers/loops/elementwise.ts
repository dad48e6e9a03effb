import { type Data, probes } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";

export function elementwise(data: Data): Task {
  const [x, w, b] = [data.floats("x"), data.floats("w"), data.floats("b")];
  let value = Number.NaN;
  return {
    step: () => {
      value = 0;
      for (let i = 0; i < x.length; i++) value += Math.tanh(x[i]! * w[i]! + b[i]!) * x[i]!;
    },
    read: () => [value],
  };
}

export function elementwiseGradients(data: Data): Task {
  const [x, w, b] = [data.floats("x"), data.floats("w"), data.floats("b")];
  let value = Number.NaN;
  let gradients: Float32Array[] = [];
  return {
    step: () => {
      const [dx, dw, db] = [new Float32Array(x.length), new Float32Array(x.length), new Float32Array(x.length)];
      value = 0;
      for (let i = 0; i < x.length; i++) {
        const t = Math.tanh(x[i]! * w[i]! + b[i]!);
        value += t * x[i]!;
        const dz = (1 - t * t) * x[i]!;
        dx[i] = dz * w[i]! + t;
        dw[i] = dz * x[i]!;
        db[i] = dz;
      }
      gradients = [dx, dw, db];
    },
    read: () => [value, ...gradients.flatMap(probes)],
  };
}
