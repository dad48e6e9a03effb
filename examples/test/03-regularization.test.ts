import { type AnyTensor, add, tensor, treeMap } from "@tapegrad/core";
import { checkGradients } from "@tapegrad/gradcheck";
import { binaryCrossEntropyWithLogits, l1Penalty } from "@tapegrad/nn";
import { expect, test } from "vitest";
import { accuracyOfTheRule, decayAgainstL2, halves, trainWith } from "../src/03-regularization.ts";
import { courseFixture } from "../src/lib/course-data.ts";
import { relativeError } from "./relative-error.ts";

const { runs } = courseFixture("regularization_synthetic");

for (const name of ["none", "l2"] as const) {
  test(`${name}: the costs of the first 2,000 steps`, () => {
    const run = trainWith(name, 2001);
    expect(Object.keys(run.costs)).toEqual(["0", "1000", "2000"]);
    for (const [step, cost] of Object.entries(run.costs)) {
      expect(relativeError(cost, runs[name].costs[step])).toBeLessThan(1e-6);
    }
  });
}

test("dropout: other masks at each step, and the same ones in a second run", () => {
  const first = trainWith("dropout", 40);
  const second = trainWith("dropout", 40);
  expect(second.finalCost).toBe(first.finalCost);
  expect(second.curve).toEqual(first.curve);
  // Without dropout, steps this small would all go down.
  const rises = first.curve.filter(([, cost], i) => i > 0 && cost > first.curve[i - 1]![1]);
  expect(rises.length).toBeGreaterThan(5);
});

test("the penalty is part of the cost and keeps weights small", () => {
  const [none, l2] = [trainWith("none", 300), trainWith("l2", 300)];
  expect(l2.sumOfSquares).toBeLessThan(none.sumOfSquares);
  // At the start both have the same weights, and the costs differ by λ/(2m) Σ w².
  const sum = trainWith("none", 0).sumOfSquares;
  expect(l2.costs[0]! - none.costs[0]!).toBeCloseTo((0.7 / (2 * 211)) * sum, 12);
});

test("the line behind the data puts one point in ten on the wrong side", () => {
  expect(accuracyOfTheRule(halves.train)).toBe(192 / 211);
  expect(accuracyOfTheRule(halves.test)).toBe(0.9);
});

test("all start from the parameters that were published with each", () => {
  expect(runs.l2.initial_parameters).toEqual(runs.none.initial_parameters);
  expect(runs.dropout.initial_parameters).toEqual(runs.none.initial_parameters);
});

test("weight decay goes where L2 goes, and the penalty is not in its cost", () => {
  const [none, l2, weightDecay] = [trainWith("none", 100), trainWith("l2", 100), trainWith("weightDecay", 100)];
  expect(decayAgainstL2({ l2, weightDecay }).parameters).toBeLessThan(1e-12);
  expect(decayAgainstL2({ l2, weightDecay }).costs).toBeLessThan(1e-12);
  expect(weightDecay.finalCost).toBeLessThan(l2.finalCost);
  expect(weightDecay.parameters).not.toEqual(none.parameters);
});

test("L1 pulls weights to 0, which L2 does not", () => {
  const [l1, l2] = [trainWith("l1", 1500), trainWith("l2", 1500)];
  expect(l1.nearZero).toBeGreaterThan(2 * l2.nearZero);
});

test("the gradient of L1 is right where weights are exactly 0, too: the check knows the kink", () => {
  const { model } = trainWith("l1", 0);
  let next = 0;
  const sparse = treeMap(model, ({ value }) => {
    const at = value as AnyTensor;
    if (at.rank < 2) return at;
    const values = Float64Array.from(at.data(), (w) => (next++ % 3 === 0 ? 0 : w));
    return tensor(values, { shape: at.shape });
  }) as typeof model;
  const { x, y } = halves.train;
  const report = checkGradients(
    (at: typeof model) => add(binaryCrossEntropyWithLogits(at.forward(x), y), l1Penalty(at, 0.7, { examples: 211 })),
    sparse,
  );
  expect(report.verdict).toBe("pass");
  expect(report.kinks.map(({ operation }) => operation)).toContain("abs");
});

test("early stopping gives the model of the lowest cost on points that it did not learn from", () => {
  const short = trainWith("earlyStopping", 101);
  expect(short.steps).toBe(101);
  // It ends by itself, after 20 looks in which the cost did not fall.
  const long = trainWith("earlyStopping", 8000);
  expect(long.steps).toBeLessThan(8000);
  expect(long.steps % 100).toBe(1);
  expect(trainWith("earlyStopping", long.steps - 2000).parameters).toEqual(long.parameters);
});
