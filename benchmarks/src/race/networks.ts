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
