import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cubicMinimum, type LinePoint, strongWolfe } from "../src/line-search.ts";

const options = { decrease: 1e-4, curvature: 0.5, evaluations: 40 };
type Line = readonly [f: (x: number) => number, slope: (x: number) => number];
const pointsOf =
  ([f, slope]: Line) =>
  (step: number): LinePoint => ({ step, value: f(step), slope: slope(step) });

test("the minimum of a cubic is found at once", () => {
  const number = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(number, fc.double({ min: 0.1, max: 5, noNaN: true }), number, (center, bend, end) => {
      fc.pre(Math.abs(end - center) > 0.1 && Math.abs(end) > 0.1);
      const at = pointsOf([(x) => bend * (x - center) ** 2, (x) => 2 * bend * (x - center)]);
      expect(cubicMinimum(at(0), at(end))).toBeCloseTo(center, 6);
    }),
  );
});

describe.each<[string, Line]>([
  ["a far minimum", [(x) => (x - 1000) ** 2, (x) => 2 * (x - 1000)]],
  ["a near minimum", [(x) => (x - 1e-5) ** 2, (x) => 2 * (x - 1e-5)]],
  ["a wall", [(x) => (x < 2 ? -x : Number.POSITIVE_INFINITY), () => -1]],
  [
    "values that are NaN beyond 0.3",
    [(x) => Math.sqrt(0.3 - x) + (x - 0.1) ** 2 * 30, (x) => -0.5 / Math.sqrt(0.3 - x) + 60 * (x - 0.1)],
  ],
  ["a wavy line", [(x) => -Math.sin(3 * x) - x + (x * x) / 20, (x) => -3 * Math.cos(3 * x) - 1 + x / 10]],
])("%s", (name, line) => {
  test.each([1e-3, 1, 50])("from a first step of %d", (first) => {
    const at = pointsOf(line);
    const start = at(0);
    expect(start.slope).toBeLessThan(0);
    const found = strongWolfe(at, start, first, options)!;
    expect(found.value).toBeLessThanOrEqual(start.value + options.decrease * found.step * start.slope);
    if (name !== "a wall") expect(Math.abs(found.slope)).toBeLessThanOrEqual(-options.curvature * start.slope);
  });
});

test("without a point that is lower there is none, after a bounded number of evaluations", () => {
  let count = 0;
  const at = (step: number): LinePoint => {
    count++;
    return { step, value: step, slope: -1 };
  };
  expect(strongWolfe(at, { step: 0, value: 0, slope: -1 }, 1, options)).toBeUndefined();
  expect(count).toBeLessThanOrEqual(options.evaluations);
});
