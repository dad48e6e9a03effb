import { bias, lstm, normal, perceptron, transformer, weight } from "./networks.ts";
import type { Workload } from "./workload.ts";

function product(name: string, title: string, n: number): Workload {
  return {
    name,
    title: `${title}, N = ${n}`,
    flops: 2 * n ** 3,
    arrays: { a: normal([n, n]), b: normal([n, n]) },
    tolerance: 1e-4,
  };
}

const MILLION = [1e6];
// Means other than 0, so that the sum is far from what rounding makes of it.
const elementwise = { x: normal(MILLION), w: normal(MILLION, 1, 0.5), b: normal(MILLION) };

/** All workloads, in the order in which they are run and shown. */
export const workloads: readonly Workload[] = [
  ...[128, 256, 512, 1024].map((n) => product(`matmul-${n}`, "A·B", n)),
  product("matmul-at-512", "Aᵀ·B", 512),
  product("matmul-bt-512", "A·Bᵀ", 512),
  {
    name: "elementwise",
    title: "Σ tanh(x·w + b)·x, 10⁶ elements",
    arrays: elementwise,
    tolerance: 1e-3,
  },
  {
    name: "elementwise-gradients",
    title: "Σ tanh(x·w + b)·x and its gradients by x, w and b, 10⁶ elements",
    arrays: elementwise,
    tolerance: 1e-3,
  },
  {
    name: "circles",
    title: "2-20-3-1, 300 examples, cross-entropy from logits, SGD",
    arrays: {
      x: normal([300, 2]),
      y: { kind: "bits", shape: [300, 1] },
      w1: weight(20, 2),
      b1: bias(20),
      w2: weight(3, 20),
      b2: bias(3),
      w3: weight(1, 3),
      b3: bias(1),
    },
    settings: { rate: 0.1 },
    tolerance: 1e-4,
  },
  perceptron([784, 512, 512, 10], 128),
  {
    name: "cnn",
    title: "28×28, conv 3×3×32, conv 3×3×64, max-pool 2, dense 128, dense 10, batch 64, Adam",
    // Images and kernels with channels first; w3 takes the maps in the order channel, row, column.
    arrays: {
      x: normal([64, 1, 28, 28]),
      y: { kind: "labels", shape: [64], classes: 10 },
      w1: weight(32, 1, 3, 3),
      b1: bias(32),
      w2: weight(64, 32, 3, 3),
      b2: bias(64),
      w3: weight(128, 64 * 12 * 12),
      b3: bias(128),
      w4: weight(10, 128),
      b4: bias(10),
    },
    settings: { rate: 1e-3 },
    tolerance: 1e-3,
  },
  lstm,
  transformer(128, 8, 64, 4),
  {
    name: "add-1",
    title: "add of tensors of one element",
    arrays: { a: normal([1]), b: normal([1]) },
    tolerance: 1e-6,
  },
];
