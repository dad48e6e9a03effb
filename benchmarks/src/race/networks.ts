import type { Draw, Workload } from "./workload.ts";

/** Normal numbers with the given standard deviation and mean. */
export const normal = (shape: readonly number[], std = 1, mean = 0): Draw => ({ kind: "normal", shape, std, mean });
/** The weight of a layer as [out, in, ...kernel], by He et al. */
export const weight = (out: number, ...inputs: readonly number[]): Draw =>
  normal([out, ...inputs], Math.sqrt(2 / inputs.reduce((a, b) => a * b)));
export const bias = (size: number): Draw => normal([size], 0.01);

/** Dense layers of these sizes with relu between them, softmax cross-entropy of the classes, Adam. */
export function perceptron(sizes: readonly number[], batch: number): Workload {
  const classes = sizes.at(-1)!;
  const layers = sizes.slice(1).flatMap((out, i) => {
    // So that their names are in order, however many there are.
    const number = String(i + 1).padStart(String(sizes.length - 1).length, "0");
    return [[`w${number}`, weight(out, sizes[i]!)] as const, [`b${number}`, bias(out)] as const];
  });
  return {
    name: "mlp",
    title: `${sizes.join("-")}, batch ${batch}, softmax cross-entropy, Adam`,
    arrays: {
      x: normal([batch, sizes[0]!]),
      y: { kind: "labels", shape: [batch], classes },
      ...Object.fromEntries(layers),
    },
    settings: { rate: 1e-3 },
    tolerance: 1e-3,
  };
}

/** A block of layer norm, attention, layer norm and perceptron, as in GPT-2, each with a residual connection. */
export function transformer(width: number, batch: number, length: number, heads: number): Workload {
  const data = [batch, length, width];
  const square = normal([width, width], Math.sqrt(1 / width));
  return {
    name: "transformer",
    title: `transformer block, d ${width}, ${heads} heads, ${batch} × ${length} tokens, GELU × 4, mean squared error, SGD`,
    arrays: {
      x: normal(data),
      y: normal(data),
      scale1: normal([width], 0.1, 1),
      shift1: bias(width),
      wq: square,
      bq: bias(width),
      wk: square,
      bk: bias(width),
      wv: square,
      bv: bias(width),
      wo: square,
      bo: bias(width),
      scale2: normal([width], 0.1, 1),
      shift2: bias(width),
      w1: weight(4 * width, width),
      b1: bias(4 * width),
      w2: weight(width, 4 * width),
      b2: bias(width),
    },
    settings: { rate: 0.1, heads, epsilon: 1e-5 },
    tolerance: 1e-4,
  };
}

export const lstm: Workload = {
  name: "lstm",
  title: "LSTM of 64 to 128, 32 steps, batch 32, dense 10, softmax cross-entropy, SGD",
  // Steps first; rows of wx, bx and wh by gate: input, forget, cell, output.
  arrays: {
    x: normal([32, 32, 64]),
    y: { kind: "labels", shape: [32], classes: 10 },
    wx: normal([4 * 128, 64], Math.sqrt(1 / 64)),
    bx: bias(4 * 128),
    wh: normal([4 * 128, 128], Math.sqrt(1 / 128)),
    wo: weight(10, 128),
    bo: bias(10),
  },
  settings: { rate: 0.1 },
  tolerance: 1e-4,
};

export const gru: Workload = {
  name: "gru",
  title: "GRU of 64 to 128, 32 steps, batch 32, dense 10, softmax cross-entropy, SGD",
  // Steps first; rows of wx, bx, wh and bh by gate: reset, update, candidate.
  arrays: {
    x: normal([32, 32, 64]),
    y: { kind: "labels", shape: [32], classes: 10 },
    wx: normal([3 * 128, 64], Math.sqrt(1 / 64)),
    bx: bias(3 * 128),
    wh: normal([3 * 128, 128], Math.sqrt(1 / 128)),
    bh: bias(3 * 128),
    wo: weight(10, 128),
    bo: bias(10),
  },
  settings: { rate: 0.1 },
  tolerance: 1e-4,
};
