import { key, normal, type Tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { type AdafactorOptions, adafactor } from "../src/index.ts";

// Algorithms 4 to 6 of the paper, in plain numbers, on a matrix [n, m] as an array of rows (n = 1 for a vector).

type Matrix = number[][];
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const rootMeanSquare = (x: Matrix): number => Math.sqrt(mean(x.flat().map((value) => value * value)));
const rowsOf = (x: Tensor): Matrix => (x.rank === 1 ? [x.toArray()] : x.toArray()) as Matrix;

function reference(start: Matrix, gradients: readonly Matrix[], factored: boolean, options: AdafactorOptions): Matrix {
  const { learningRate, decayExponent = 0.8, clipThreshold = 1, weightDecay = 0, relativeStep = true } = options;
  let x = start;
  let v: Matrix = start.map((row) => row.map(() => 0));
  let rows = start.map(() => 0);
  let columns = start[0]!.map(() => 0);
  gradients.forEach((g, step) => {
    const t = step + 1;
    const kept = 1 - t ** -decayExponent;
    const squares = g.map((row) => row.map((value) => value * value + 1e-30));
    rows = rows.map((r, i) => kept * r + (1 - kept) * mean(squares[i]!));
    columns = columns.map((c, j) => kept * c + (1 - kept) * mean(squares.map((row) => row[j]!)));
    v = v.map((row, i) => row.map((value, j) => kept * value + (1 - kept) * squares[i]![j]!));
    const variance = (i: number, j: number): number => (factored ? (rows[i]! * columns[j]!) / mean(rows) : v[i]![j]!);
    const u = g.map((row, i) => row.map((value, j) => value / Math.sqrt(variance(i, j))));
    const scale = Math.max(1, rootMeanSquare(u) / clipThreshold);
    const rate = relativeStep
      ? Math.max(1e-3, rootMeanSquare(x)) * Math.min(learningRate as number, 1 / Math.sqrt(t))
      : (learningRate as number);
    x = x.map((row, i) =>
      row.map((p, j) => p * (1 - (learningRate as number) * weightDecay) - (rate * u[i]![j]!) / scale),
    );
  });
  return x;
}

type Double = Tensor<readonly number[], "float64">;
const draw = (seed: number, shape: readonly number[]): Double =>
  normal(key(seed), shape, { dtype: "float64" }) as Double;

test.each<[string, readonly number[], AdafactorOptions]>([
  ["a matrix", [3, 4], { learningRate: 0.5 }],
  ["a vector", [5], { learningRate: 0.5 }],
  ["all options", [4, 2], { learningRate: 0.1, decayExponent: 0.5, clipThreshold: 0.5, weightDecay: 0.1 }],
  ["steps that are not relative", [2, 3], { learningRate: 0.1, relativeStep: false }],
])("%s: the paper's algorithm", (_, shape, options) => {
  const optimizer = adafactor(options);
  const gradients = [1, 2, 3, 4, 5].map((seed) => draw(seed, shape));
  let model = draw(0, shape);
  const expected = reference(rowsOf(model), gradients.map(rowsOf), shape.length > 1, options).flat();
  let state = optimizer.init(model);
  for (const gradient of gradients) ({ model, state } = optimizer.update(model, gradient, state));
  model.data().forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 12));
});

test("a matrix keeps as many numbers as it has rows and columns, a stack of them as many for each", () => {
  const { slots } = adafactor({ learningRate: 0.1 }).init({
    w: draw(0, [3, 4]),
    s: draw(0, [2, 3, 4]),
    b: draw(0, [3]),
  });
  const shapes = Object.entries(slots).map(([name, slot]) => [
    name,
    Object.fromEntries(Object.entries(slot).map(([path, { shape }]) => [path, shape])),
  ]);
  expect(Object.fromEntries(shapes)).toEqual({
    rows: { w: [3, 1], s: [2, 3, 1] },
    columns: { w: [1, 4], s: [2, 1, 4] },
    v: { b: [3] },
  });
});
