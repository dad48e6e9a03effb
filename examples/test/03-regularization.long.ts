import { expect, test } from "vitest";
import { type RegularizationRun, regularizationPart, trainWith } from "../src/03-regularization.ts";
import { courseFixture } from "../src/lib/course-data.ts";
import { holdsWhatItStates } from "./claims.ts";
import { relativeError } from "./relative-error.ts";

const { runs } = courseFixture("regularization_synthetic");

const whole = new Map<string, RegularizationRun>();

for (const name of ["none", "l2"] as const) {
  test(`${name}, whole: every logged cost, and both accuracies`, () => {
    const run = trainWith(name, 30_000);
    whole.set(name, run);
    expect(Object.keys(run.costs)).toEqual(Object.keys(runs[name].costs));
    for (const [step, cost] of Object.entries(run.costs)) {
      expect(relativeError(cost, runs[name].costs[step])).toBeLessThan(1e-6);
    }
    expect(relativeError(run.finalCost, runs[name].final_cost)).toBeLessThan(1e-6);
    expect(run.trainAccuracy).toBe(runs[name].train_accuracy);
    expect(run.testAccuracy).toBe(runs[name].test_accuracy);
  });
}

holdsWhatItStates(regularizationPart);

test("L2 and dropout both do better than nothing on what they have not seen", () => {
  const { testAccuracy } = trainWith("dropout", 30_000);
  expect(whole.get("none")!.testAccuracy).toBe(0.855);
  expect(whole.get("l2")!.testAccuracy).toBeGreaterThan(0.855);
  expect(testAccuracy).toBeGreaterThan(0.855);
});
