import { expect, test } from "vitest";
import { ABOVE, BACKWARD, BELOW, CENTRAL, FORWARD, type Stencil } from "../../src/engine/stencils.ts";

/** What the weights of a stencil make of t ↦ tⁿ. */
const applied = (points: readonly number[], weights: readonly number[], power: number): number =>
  weights.reduce((sum, weight, i) => sum + weight * points[i]! ** power, 0);

const slopeOf = ({ points, slope }: Stencil, power: number): number => applied(points, slope, power);
const spreadOf = ({ points, spread }: Stencil, power: number): number => applied(points, spread, power);

test("central differences are exact for polynomials up to degree 6, and their spread is 0 up to degree 4", () => {
  for (const power of [0, 1, 2, 3, 4, 5, 6]) expect(slopeOf(CENTRAL, power)).toBeCloseTo(power === 1 ? 1 : 0, 14);
  for (const power of [0, 1, 2, 3, 4, 6]) expect(spreadOf(CENTRAL, power)).toBeCloseTo(0, 14);
  expect(Math.abs(spreadOf(CENTRAL, 5))).toBeGreaterThan(0.01);
});

test("the spread is 15 times the truncation error of the finer of two extrapolations", () => {
  // R2 = (4 D(1/4) − D(1/2)) / 3 of t⁵, whose derivative at 0 is 0.
  const central = (t: number): number => t ** 4;
  const finer = (4 * central(1 / 4) - central(1 / 2)) / 3;
  expect(Math.abs(spreadOf(CENTRAL, 5) / finer)).toBeCloseTo(15, 12);
});

test("stencils of one side are exact for polynomials up to degree 3, and keep to their side", () => {
  for (const stencil of [FORWARD, BACKWARD, ABOVE, BELOW]) {
    for (const power of [0, 1, 2, 3]) expect(slopeOf(stencil, power)).toBeCloseTo(power === 1 ? 1 : 0, 12);
    for (const power of [0, 1, 2]) expect(spreadOf(stencil, power)).toBeCloseTo(0, 12);
    expect(Math.abs(spreadOf(stencil, 3))).toBeGreaterThan(0.01);
  }
  expect([FORWARD, BACKWARD].map(({ points }) => points.includes(0))).toEqual([true, true]);
  expect(ABOVE.points.every((point) => point > 0)).toBe(true);
  expect(BELOW.points.every((point) => point < 0)).toBe(true);
});
