import { expect, test } from "vitest";
import { Line } from "../../src/engine/line.ts";
import { CENTRAL, FORWARD, type Stencil } from "../../src/engine/stencils.ts";

const along = (step: number, stencil: Stencil, ...functions: ((t: number) => number)[]): Line =>
  new Line(
    Float64Array.of(1),
    step,
    stencil,
    stencil.points.map((point) => Float64Array.from(functions, (f) => f(point * step))),
  );

test("the slope is that of the weighted results", () => {
  const line = along(2 ** -8, CENTRAL, Math.exp, (t) => Math.sin(3 * t));
  const { value, truncation } = line.slope(Float64Array.of(1, -2));
  expect(value).toBeCloseTo(1 - 6, 11);
  expect(truncation).toBeLessThan(1e-7);
  expect(truncation).toBeGreaterThan(Math.abs(value + 5));
});

test("a small difference is not lost beside large results", () => {
  // 1e8 and its like cancel in sums of results, but not in differences of each.
  const line = along(
    2 ** -8,
    CENTRAL,
    (t) => 1e8 + t,
    (t) => -1e8 + t,
  );
  expect(line.slope(Float64Array.of(1, 1)).value).toBeCloseTo(2, 5);
});

test("a wider line bounds the truncation where the stencil alone does not", () => {
  const root = (t: number): number => Math.abs(t) ** 1.5;
  const wide = along(2 ** -3, FORWARD, root);
  const samples = FORWARD.points.map((point) => Float64Array.of(root(point * 2 ** -8)));
  const line = new Line(Float64Array.of(1), 2 ** -8, FORWARD, samples, wide);
  const { value, truncation } = line.slope(Float64Array.of(1));
  // The slope at 0 is 0.
  expect(truncation).toBeGreaterThan(Math.abs(value));
});

test("errors of samples grow about as 4/h", () => {
  expect(along(2 ** -8, CENTRAL, Math.exp).amplification * 2 ** -8).toBeCloseTo(4, 0);
});

test("a line is constant where no result that counts moves", () => {
  const line = along(0.1, CENTRAL, () => 7, Math.exp);
  expect(line.isConstant(Float64Array.of(1, 0))).toBe(true);
  expect(line.isConstant(Float64Array.of(1, 1))).toBe(false);
});
