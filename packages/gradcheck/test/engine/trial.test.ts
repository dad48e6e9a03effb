import { type AnyTensor, exp, mul, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { measureAt } from "../../src/engine/measure.ts";
import { normOf, numericOf, tryDirection } from "../../src/engine/trial.ts";
import { contextFor, double } from "./context-for.ts";

const f = (x: AnyTensor): AnyTensor => sum(mul(exp(x), x)) as AnyTensor;
const direction = Float64Array.of(0.5, -1);
const exact = 0.5 * 2 * Math.E - 3 * Math.exp(2);

test("all references give the derivative along a direction", () => {
  const context = contextFor(f, double([1, 2]));
  const line = measureAt(context.runs, direction, context.step)!;
  const { reverse, forward, norm } = tryDirection(context, direction, line);
  const numeric = numericOf(context, line, context.cotangents[0]!);
  for (const estimate of [numeric, reverse![0]!, forward![0]!]) {
    expect(Math.abs(estimate.value - exact)).toBeLessThanOrEqual(estimate.tolerance);
  }
  expect(numeric.tolerance).toBeLessThan(1e-8);
  expect(reverse![0]!.tolerance).toBeLessThan(1e-11);
  expect(norm).toBeCloseTo(Math.hypot(0.5 * 2 * Math.E, 3 * Math.exp(2)), 10);
});

test("references that were not asked for are not there", () => {
  const context = contextFor(f, double([1, 2]), { modes: ["numeric", "reverse"] });
  expect(tryDirection(context, direction, null).forward).toBeNull();
});

test("a tangent that is not finite is a problem", () => {
  const context = contextFor((x: AnyTensor) => sum(exp(x)), double([1, 2]));
  tryDirection(context, Float64Array.of(Number.POSITIVE_INFINITY, 0), null);
  expect(context.problems[0]?.message).toMatch(/^the tangent is not finite/);
});

test("norms neither overflow nor underflow, and can be those of a range", () => {
  const all = Float64Array.of(3e200, 4e200, 1);
  expect(normOf(all, Float64Array.of(1, 1, 0)) / 1e200).toBeCloseTo(5, 12);
  expect(normOf(all, Float64Array.of(1, 1, 7), 2, 1)).toBe(7);
  expect(normOf(Float64Array.of(1e-200), Float64Array.of(1e-100))).toBeCloseTo(1e-300, 310);
});

test("what does not move has no rounding", () => {
  const context = contextFor((x: AnyTensor) => sum(mul(x, 0)), double([1, 2]));
  const line = measureAt(context.runs, direction, context.step)!;
  expect(numericOf(context, line, context.cotangents[0]!)).toEqual({ value: 0, tolerance: 0 });
});
