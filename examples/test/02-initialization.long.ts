import { expect, test } from "vitest";
import { trainFrom } from "../src/02-initialization.ts";
import { courseFixture } from "../src/lib/course-data.ts";
import { relativeError } from "./relative-error.ts";

const { runs } = courseFixture("initialization");

test("zeros, whole: the cost never moves", () => {
  const run = trainFrom("zeros", 15_000);
  for (const [step, cost] of Object.entries(run.costs)) {
    expect(Math.abs(cost - (runs.zeros.costs[step] as number))).toBeLessThan(1e-9);
  }
  expect([run.trainAccuracy, run.testAccuracy]).toEqual([0.5, 0.5]);
});

test("random × 10, whole: it learns slowly and not well", () => {
  const run = trainFrom("random10", 15_000);
  expect(run.costs[0]).toBe(Infinity);
  for (const [step, cost] of Object.entries(run.costs).slice(1)) {
    expect(relativeError(cost, runs.random10.costs[step])).toBeLessThan(0.005);
  }
  expect(Math.abs(run.trainAccuracy - 0.83)).toBeLessThanOrEqual(0.01);
  expect(Math.abs(run.testAccuracy - 0.86)).toBeLessThanOrEqual(0.01);
});
