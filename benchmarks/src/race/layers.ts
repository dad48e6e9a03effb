import { bias, gru, lstm, normal, weight } from "./networks.ts";
import type { Workload } from "./workload.ts";

/** Channels first, as torch has them. */
const maps = [64, 64, 28, 28];
const queries = [8, 512, 64];

/** Not all sum millions of squares with care: some add up float32 one after the other, which is off by half a percent. */
const SUMS = 1e-2;

/** Recurrent networks, and single layers; with a y, their mean squared error and its gradients by everything else, or a step of SGD. */
export const layers: readonly Workload[] = [
  lstm,
  gru,
  {
    name: "batch-norm",
    title: `batch norm of [${maps.join(", ")}] in training, mean squared error and its gradients by x, scale and shift`,
    arrays: { x: normal(maps), y: normal(maps), scale: normal([64], 0.1, 1), shift: bias(64) },
    settings: { epsilon: 1e-5 },
    tolerance: SUMS,
  },
  {
    name: "attention-512",
    title: `attention of 8 heads at 512 tokens, 64 features each, mean squared error and its gradients by q, k and v`,
    arrays: { q: normal(queries), k: normal(queries), v: normal(queries), y: normal(queries) },
    tolerance: SUMS,
  },
  {
    name: "depthwise",
    title: "depthwise convolution 3×3 of [16, 64, 56, 56], mean squared error and its gradients by x, w and b",
    // The border that keeps the size is part of x: not all peers pad alike.
    arrays: { x: normal([16, 64, 58, 58]), y: normal([16, 64, 56, 56]), w: weight(64, 1, 3, 3), b: bias(64) },
    tolerance: SUMS,
  },
  {
    name: "embedding",
    title: "embedding of 8,192 tokens out of 20,000 in 128 features, mean squared error, SGD",
    arrays: {
      x: { kind: "labels", shape: [8192], classes: 20_000 },
      y: normal([8192, 128]),
      table: normal([20_000, 128]),
    },
    settings: { rate: 0.1 },
    tolerance: SUMS,
  },
  { name: "sort", title: "sort of [256, 4096] along rows", arrays: { a: normal([256, 4096]) }, tolerance: 1e-6 },
  { name: "sort-million", title: "sort of 10⁶ numbers", arrays: { a: normal([1e6]) }, tolerance: 1e-6 },
  {
    name: "topk",
    title: "the 10 largest of each row of [256, 10000]",
    arrays: { a: normal([256, 10_000]) },
    tolerance: 1e-6,
  },
];
