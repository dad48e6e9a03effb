import { multiply, multiplyTransposed, transposedMultiply } from "./matrices.ts";

/** x·Wᵀ + b for m rows. */
export function dense(x: Float32Array, w: Float32Array, b: Float32Array, m: number): Float32Array {
  const out = multiplyTransposed(x, w, m, w.length / b.length, b.length);
  for (let i = 0; i < out.length; i++) out[i]! += b[i % b.length]!;
  return out;
}

export interface DenseGradients {
  readonly dw: Float32Array;
  readonly db: Float32Array;
  readonly dx: Float32Array;
}

export function denseBackward(dz: Float32Array, x: Float32Array, w: Float32Array, m: number): DenseGradients {
  const [outputs, inputs] = [dz.length / m, x.length / m];
  const db = new Float32Array(outputs);
  for (let i = 0; i < dz.length; i++) db[i % outputs]! += dz[i]!;
  return { dw: transposedMultiply(dz, x, outputs, m, inputs), db, dx: multiply(dz, w, m, outputs, inputs) };
}

export function relu(z: Float32Array): Float32Array {
  const out = new Float32Array(z.length);
  for (let i = 0; i < z.length; i++) out[i] = Math.max(z[i]!, 0);
  return out;
}

/** Where `out`, of a relu, is 0, nothing passes. In place. */
export function reluBackward(d: Float32Array, out: Float32Array): Float32Array {
  for (let i = 0; i < d.length; i++) if (out[i]! <= 0) d[i] = 0;
  return d;
}

/** Softmax of each row of so many columns. */
export function softmax(z: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(z.length);
  for (let start = 0; start < z.length; start += columns) {
    let top = Number.NEGATIVE_INFINITY;
    for (let j = start; j < start + columns; j++) top = Math.max(top, z[j]!);
    let total = 0;
    for (let j = start; j < start + columns; j++) total += out[j] = Math.exp(z[j]! - top);
    for (let j = start; j < start + columns; j++) out[j]! /= total;
  }
  return out;
}

export interface LossGradient {
  readonly loss: number;
  /** By the logits. */
  readonly dz: Float32Array;
}

/** Mean cross-entropy of the softmax of logits. */
export function crossEntropy(z: Float32Array, y: Int32Array): LossGradient {
  const classes = z.length / y.length;
  const dz = softmax(z, classes);
  let loss = 0;
  for (let i = 0; i < y.length; i++) {
    loss -= Math.log(dz[i * classes + y[i]!]!) / y.length;
    dz[i * classes + y[i]!]! -= 1;
  }
  for (let i = 0; i < dz.length; i++) dz[i]! /= y.length;
  return { loss, dz };
}
