import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { crossEntropy, dense, denseBackward, relu, reluBackward } from "./layers.ts";
import { adapting } from "./parameters.ts";

export function mlp(data: Data): Task {
  const [x, y] = [data.floats("x"), data.labels("y")];
  const m = y.length;
  return adapting(data, (p) => {
    const a1 = relu(dense(x, p.w1!, p.b1!, m));
    const a2 = relu(dense(a1, p.w2!, p.b2!, m));
    const { loss, dz } = crossEntropy(dense(a2, p.w3!, p.b3!, m), y);
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
