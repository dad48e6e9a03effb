import { ShapeError } from "@tapegrad/core";
import { expect, test } from "vitest";
import { relativeDifference } from "../src/index.ts";

test("is the norm of the difference by the sum of the norms", () => {
  expect(relativeDifference([2], [1])).toBeCloseTo(1 / 3, 15);
  expect(relativeDifference([3, 0], [0, 4])).toBeCloseTo(5 / 7, 15);
  expect(relativeDifference([1], [-1])).toBe(1);
});

test("of zeros, and of nothing, is 0", () => {
  expect(relativeDifference([0, 0], [0, 0])).toBe(0);
  expect(relativeDifference([], [])).toBe(0);
});

test("neither overflows nor underflows", () => {
  expect(relativeDifference([2e300, 2e300], [1e300, 1e300])).toBeCloseTo(1 / 3, 12);
  expect(relativeDifference([2e-300, 2e-300], [1e-300, 1e-300])).toBeCloseTo(1 / 3, 12);
});

test("of a NaN is NaN", () => {
  expect(relativeDifference([1, Number.NaN], [1, 1])).toBeNaN();
});

test("refuses vectors of unequal length", () => {
  expect(() => relativeDifference([1], [1, 2])).toThrow(ShapeError);
  expect(() => relativeDifference([1], [1, 2])).toThrow(
    "relativeDifference: vectors of 1 and 2 differ; flatten both in one order",
  );
});
