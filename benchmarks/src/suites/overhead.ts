import { type AnyTensor, add, mul, ones, sum, tanh, valueAndGrad } from "@tapegrad/core";
import type { Suite, Workload } from "../suite.ts";

function addOf(size: number): Workload {
  const [x, y] = [ones([size]), ones([size])];
  const [a, b] = [new Float32Array(size).fill(1), new Float32Array(size).fill(1)];
  const plain = (): Float32Array => {
    const out = new Float32Array(size);
    for (let i = 0; i < size; i++) out[i] = a[i]! + b[i]!;
    return out;
  };
  return {
    name: `add of ${size} elements`,
    contestants: [
      { name: "tapegrad", run: () => add(x, y) },
      { name: "plain loop", run: plain },
    ],
  };
}

function gradientOf(size: number): Workload {
  const x = ones([size]) as AnyTensor;
  const f = valueAndGrad((at: AnyTensor) => sum(tanh(mul(at, at))));
  const a = new Float32Array(size).fill(1);
  const plain = (): Float32Array => {
    const out = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const y = Math.tanh(a[i]! * a[i]!);
      out[i] = (1 - y * y) * 2 * a[i]!;
    }
    return out;
  };
  return {
    name: `gradient of Σ tanh(x²), ${size} elements`,
    contestants: [
      { name: "tapegrad", run: () => f(x) },
      { name: "plain loop", run: plain },
    ],
  };
}

export const overhead: Suite = {
  name: "overhead",
  about: "What one operation costs beyond its loop.",
  workloads: [addOf(1), addOf(1000), addOf(100_000), gradientOf(1), gradientOf(1000)],
};
