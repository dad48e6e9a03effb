import { beforeAll, expect, test } from "vitest";
import { type GradientCheckingResult, gradientChecking } from "../src/01-gradient-checking.ts";
import { courseFixture } from "../src/lib/course-data.ts";

const { n_d: fixture } = courseFixture("gradient_checking");
const relative = (value: number, expected: number): number => Math.abs(value / expected - 1);

let result: GradientCheckingResult;
beforeAll(() => {
  result = gradientChecking();
});

test("with the planted bugs, the difference is the published one", () => {
  expect(result.planted.difference).toBeCloseTo(0.285093, 6);
  expect(result.planted.difference).toBeCloseTo(fixture.planted_bugs_dW2x2_db1x4.difference, 9);
});

test("the bugs are localised", () => {
  const { W2, b1, ...others } = result.planted.perParameter;
  expect(W2).toBeCloseTo(0.3333, 4);
  expect(b1).toBeCloseTo(0.6, 4);
  expect(Object.keys(others)).toEqual(["W1", "b2", "W3", "b3"]);
  for (const difference of Object.values(others)) expect(difference).toBeLessThan(4e-7);
});

test("once mended, the difference is the noise of the quotient", () => {
  expect(relative(result.mended.difference, 1.19e-7)).toBeLessThan(0.02);
  expect(relative(result.mended.difference, fixture.correct.difference)).toBeLessThan(0.02);
  for (const [name, expected] of Object.entries(fixture.correct.per_parameter_difference)) {
    expect(relative(result.mended.perParameter[name]!, expected)).toBeLessThan(0.02);
  }
  expect(result.truthDifference).toBeLessThan(1e-13);
});

test("the difference by step is that of the NumPy reproduction", () => {
  expect(result.byEpsilon).toHaveLength(12);
  for (const [epsilon, expected] of Object.entries(fixture.difference_by_epsilon)) {
    const found = result.byEpsilon.find((at) => at.epsilon === Number(epsilon));
    expect(relative(found!.mended, expected)).toBeLessThan(0.02);
    // No step hides the bugs.
    expect(found!.planted).toBeGreaterThan(0.28);
  }
});

test("the planted gradient is twice and four times the right one, and elsewhere the same", () => {
  expect(result.elements).toHaveLength(47);
  for (const { parameter, planted, mended } of result.elements) {
    expect(planted).toBe(mended * result.factors[parameter]!);
  }
});
