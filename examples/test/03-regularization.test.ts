import { expect, test } from "vitest";
import { accuracyOfTheRule, halves, trainWith } from "../src/03-regularization.ts";
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
