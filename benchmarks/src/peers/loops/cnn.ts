import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { convolve, inputGradient, kernelGradients, type Maps, maxPool } from "./convolution.ts";
import { crossEntropy, dense, denseBackward, relu, reluBackward } from "./layers.ts";
import { adapting } from "./parameters.ts";

export function cnn(data: Data): Task {
  const y = data.labels("y");
  const images: Maps = { values: data.floats("x"), channels: 1, size: 28 };
  const m = y.length;
  return adapting(data, (p) => {
    const a1 = rectified(convolve(images, p.w1!, p.b1!, m));
    const a2 = rectified(convolve(a1, p.w2!, p.b2!, m));
    const { pooled, places } = maxPool(a2);
    const a3 = relu(dense(pooled.values, p.w3!, p.b3!, m));
    const { loss, dz } = crossEntropy(dense(a3, p.w4!, p.b4!, m), y);
    const fourth = denseBackward(dz, a3, p.w4!, m);
    const third = denseBackward(reluBackward(fourth.dx, a3), pooled.values, p.w3!, m);
    const unpooled = new Float32Array(a2.values.length);
    for (let i = 0; i < places.length; i++) unpooled[places[i]!] = third.dx[i]!;
    const d2 = { ...a2, values: reluBackward(unpooled, a2.values) };
    const second = kernelGradients(d2, a1, m);
    const d1 = { ...a1, values: reluBackward(inputGradient(d2, p.w2!, a1, m), a1.values) };
    const first = kernelGradients(d1, images, m);
    const gradients = {
      w1: first.dw,
      b1: first.db,
      w2: second.dw,
      b2: second.db,
      w3: third.dw,
      b3: third.db,
      w4: fourth.dw,
      b4: fourth.db,
    };
    return { loss, gradients };
  });
}

const rectified = (maps: Maps): Maps => ({ ...maps, values: relu(maps.values) });
