import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { dense, denseBackward, type LossGradient, relu, reluBackward } from "./layers.ts";
import { descending } from "./parameters.ts";

export function circles(data: Data): Task {
  const [x, y] = [data.floats("x"), data.floats("y")];
  const m = y.length;
  return descending(data, (p) => {
    const a1 = relu(dense(x, p.w1!, p.b1!, m));
    const a2 = relu(dense(a1, p.w2!, p.b2!, m));
    const { loss, dz } = binaryCrossEntropy(dense(a2, p.w3!, p.b3!, m), y);
    const third = denseBackward(dz, a2, p.w3!, m);
    const second = denseBackward(reluBackward(third.dx, a2), a1, p.w2!, m);
    const first = denseBackward(reluBackward(second.dx, a1), x, p.w1!, m);
    const gradients = {
      w1: first.dw,
      b1: first.db,
      w2: second.dw,
      b2: second.db,
      w3: third.dw,
      b3: third.db,
    };
    return { loss, gradients };
  });
}

function binaryCrossEntropy(z: Float32Array, y: Float32Array): LossGradient {
  const dz = new Float32Array(z.length);
  let loss = 0;
  for (let i = 0; i < z.length; i++) {
    const logit = z[i]!;
    loss += (Math.max(logit, 0) - logit * y[i]! + Math.log1p(Math.exp(-Math.abs(logit)))) / z.length;
    dz[i] = (1 / (1 + Math.exp(-logit)) - y[i]!) / z.length;
  }
  return { loss, dz };
}
