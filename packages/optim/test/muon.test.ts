import { key, matmul, normal, type Tensor, transpose } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { adamw, type MuonOptions, muon } from "../src/index.ts";

type Matrix = readonly (readonly number[])[];
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const flipped = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
const combined = (...terms: readonly (readonly [factor: number, matrix: Matrix])[]): Matrix =>
  terms[0]![1].map((row, i) => row.map((_, j) => terms.reduce((sum, [factor, m]) => sum + factor * m[i]![j]!, 0)));

/** Jordan's iteration, in plain numbers. */
function newtonSchulz(g: Matrix): Matrix {
  if (g.length > g[0]!.length) return flipped(newtonSchulz(flipped(g)));
  let x = combined([1 / (Math.hypot(...g.flat()) + 1e-7), g]);
  for (let i = 0; i < 5; i++) {
    const a = product(x, flipped(x));
    x = combined([3.4445, x], [1, product(combined([-4.775, a], [2.0315, product(a, a)]), x)]);
  }
  return x;
}

type Double = Tensor<readonly number[], "float64">;
const draw = (seed: number, shape: readonly number[]): Double =>
  normal(key(seed), shape, { dtype: "float64" }) as Double;

describe.each<[string, readonly [number, number], Partial<MuonOptions>]>([
  ["wide", [2, 4], {}],
  ["tall", [5, 3], { nesterov: false, weightDecay: 0.1 }],
  ["Jordan's scale", [4, 2], { matchAdam: false }],
])("%s", (_, [rows, columns], options) => {
  test("the published algorithm", () => {
    const { nesterov = true, weightDecay = 0, matchAdam = true } = options;
    const optimizer = muon({ learningRate: 0.1, ...options });
    let model = draw(0, [rows, columns]);
    let state = optimizer.init(model);
    let p = model.toArray() as unknown as Matrix;
    let buffer = combined([0, p]);
    const scale = matchAdam ? 0.2 * Math.sqrt(Math.max(rows, columns)) : Math.sqrt(Math.max(1, rows / columns));
    for (const seed of [1, 2, 3, 4]) {
      const gradient = draw(seed, [rows, columns]);
      const g = gradient.toArray() as unknown as Matrix;
      ({ model, state } = optimizer.update(model, gradient, state));
      buffer = combined([0.95, buffer], [0.05, g]);
      const step = newtonSchulz(nesterov ? combined([0.95, buffer], [0.05, g]) : buffer);
      p = combined([1 - 0.1 * weightDecay, p], [-0.1 * scale, step]);
      model.data().forEach((value, i) => void expect(value).toBeCloseTo(p.flat()[i]!, 10));
    }
  });
});

test("all directions move alike, whatever their share of the gradient", () => {
  const optimizer = muon({ learningRate: 1, matchAdam: false });
  const start = draw(0, [3, 3]);
  // Singular values of 1, 0.1 and 0.05 or so.
  const [a, b, c] = [draw(1, [3, 1]), draw(2, [3, 1]), draw(3, [3, 1])];
  const gradient = matmul(a, transpose(a))
    .add(matmul(b, transpose(b)).mul(0.1))
    .add(matmul(c, transpose(c)).mul(0.1));
  const step = optimizer.update(start, gradient as Double, optimizer.init(start)).model.sub(start) as Tensor;
  const gram = matmul(step, transpose(step)).toArray() as unknown as Matrix;
  gram.flat().forEach((value, at) => void expect(Math.abs(value - (at % 4 === 0 ? 1 : 0))).toBeLessThan(0.6));
});

test("vectors, and groups that say so, take AdamW's steps", () => {
  const rates = { learningRate: 0.1, beta1: 0.8, beta2: 0.9, weightDecay: 0.1 };
  const optimizer = muon({ ...rates, groups: [{ match: "head", orthogonalize: false }] });
  const other = adamw(rates);
  const model = { head: draw(0, [2, 3]), bias: draw(1, [3]) };
  const gradients = { head: draw(2, [2, 3]), bias: draw(3, [3]) };
  let [ours, theirs] = [
    { model, state: optimizer.init(model) },
    { model, state: other.init(model) },
  ];
  expect(ours.state.slots.momentum).toEqual({});
  for (let i = 0; i < 3; i++) {
    ours = optimizer.update(ours.model, gradients, ours.state);
    theirs = other.update(theirs.model, gradients, theirs.state);
  }
  expect(ours.model.head.toArray()).toEqual(theirs.model.head.toArray());
  expect(ours.model.bias.toArray()).toEqual(theirs.model.bias.toArray());
});

test("a kernel of a convolution is a matrix of its outputs by what they see", () => {
  const optimizer = muon({ learningRate: 0.1 });
  const step = (shape: readonly number[]): Tensor => {
    const model = draw(0, [2, 3, 2, 2]).reshape(shape) as Double;
    return optimizer.update(model, draw(1, [2, 3, 2, 2]).reshape(shape) as Double, optimizer.init(model)).model;
  };
  expect(step([2, 3, 2, 2]).reshape([2, 12]).toArray()).toEqual(step([2, 12]).toArray());
});
