import { expect, test } from "vitest";
import { digits } from "../src/04-digits.ts";

test("digits, whole: 95% and more of what it has not seen, right gradients, the same seed the same bits", () => {
  const result = digits();
  expect([result.trainExamples, result.testExamples]).toEqual([8000, 2000]);
  expect(result.testAccuracy).toBeGreaterThanOrEqual(0.95);
  expect(result.check.difference).toBeLessThan(1e-8);
  expect(result.reproducible).toBe(true);
  const counted = result.confusion.flat().reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(2000);
  expect(result.mistakes).toHaveLength(Math.round(2000 * (1 - result.testAccuracy)));
});
