import { expect, test } from "vitest";
import { initializations, trainFrom } from "../src/02-initialization.ts";
import { courseFixture } from "../src/lib/course-data.ts";
import { relativeError } from "./relative-error.ts";

const { runs } = courseFixture("initialization");

test("He's initialization: every logged cost, and both accuracies", () => {
  const run = trainFrom("he", 15_000);
  expect(Object.keys(run.costs)).toEqual(Object.keys(runs.he.costs));
  for (const [step, cost] of Object.entries(run.costs)) {
    expect(relativeError(cost, runs.he.costs[step])).toBeLessThan(1e-9);
  }
  expect(relativeError(run.finalCost, runs.he.final_cost)).toBeLessThan(1e-9);
  expect(run.trainAccuracy).toBe(runs.he.train_accuracy);
  expect(run.testAccuracy).toBe(runs.he.test_accuracy);
});

test("zeros: nothing is learned", () => {
  const run = trainFrom("zeros", 1001);
  for (const cost of Object.values(run.costs)) expect(Math.abs(cost - Math.LN2)).toBeLessThan(1e-9);
  expect([run.trainAccuracy, run.testAccuracy]).toEqual([0.5, 0.5]);
  // Every neuron of a layer is still the same as every other.
  const [first] = run.model.layers;
  expect(new Set(first.weight.data()).size).toBe(1);
});

test("random × 10: an infinite cost, and a gradient all the same", () => {
  const run = trainFrom("random10", 1001);
  expect(run.costs[0]).toBe(Infinity);
  expect(relativeError(run.costs[1000]!, runs.random10.costs[1000])).toBeLessThan(0.005);
});

test("what a run keeps: a curve of finite detail and a map of the plane", () => {
  const run = trainFrom("he", 30);
  expect(run.steps).toBe(30);
  expect(run.curve).toHaveLength(30);
  expect(run.map.probabilities).toHaveLength(run.map.resolution ** 2);
  for (const p of run.map.probabilities) expect(p >= 0 && p <= 1).toBe(true);
});

test("the three start from the parameters that the exercise drew", () => {
  for (const name of initializations) {
    const { model } = trainFrom(name, 0);
    expect(model.layers[2].weight.toArray()).toEqual(runs[name].initial_parameters.W2);
  }
});
