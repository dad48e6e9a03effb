import { type AnyTensor, add, div, mul, sin, square, sub, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { chooseLine, isResolved } from "../../src/engine/choose-line.ts";
import { dot } from "../../src/engine/references.ts";
import { normOf, numericOf } from "../../src/engine/trial.ts";
import { contextFor, double } from "./context-for.ts";

/** The slope of a function of one number along its axis, and the step that it took. */
function chosen(f: (x: AnyTensor) => AnyTensor, x: number, scale = 1) {
  const context = contextFor((at: AnyTensor) => sum(f(at)), double([x]));
  const direction = Float64Array.of(scale);
  const [gradient, weights] = [context.gradients[0]!, context.cotangents[0]!];
  const value = dot(gradient, direction).value;
  const found = chooseLine(context, direction, { value, norm: normOf(gradient, direction) });
  if (found.kind !== "smooth") throw new Error(found.kind);
  const { step } = found.line;
  const { value: slope, tolerance } = numericOf(context, found.line, weights);
  return {
    step,
    first: context.precision.step,
    error: Math.abs(slope - value),
    tolerance,
    relative: tolerance / Math.abs(value),
  };
}

test("the first step is kept where it is fine enough", () => {
  const { step, first, relative } = chosen((x) => sin(x), 1);
  expect(step).toBe(first);
  expect(relative).toBeLessThan(1e-8);
});

test("the step shrinks where truncation is in the way", () => {
  const { step, first, error, tolerance, relative } = chosen((x) => div(1, x), 0.02);
  expect(step).toBeLessThan(first);
  expect(relative).toBeLessThan(1e-4);
  expect(error).toBeLessThanOrEqual(tolerance);
});

test("the step grows where rounding is in the way", () => {
  const { step, first, error, tolerance } = chosen((x) => square(sub(add(x, 1e10), 1e10)), 0.7123, 0.93);
  expect(step).toBeGreaterThan(first);
  expect(error).toBeLessThanOrEqual(tolerance);
});

test("a function that goes to and fro between the points is seen at a smaller step", () => {
  const { step, error, tolerance, relative } = chosen((x) => sin(mul(x, 1e5)), 0.3);
  expect(step).toBeLessThan(1e-5);
  expect(error).toBeLessThanOrEqual(tolerance);
  expect(relative).toBeLessThan(1e-4);
});

test("a derivative is resolved within a part of its norm, or where it vanishes beside the results", () => {
  const context = contextFor((x: AnyTensor) => sum(x), double([1]));
  expect(isResolved(context, { value: 1, tolerance: 1e-6 }, 1, 1e-5)).toBe(true);
  expect(isResolved(context, { value: 1, tolerance: 1e-4 }, 1, 1e-5)).toBe(false);
  expect(isResolved(context, { value: 0, tolerance: 1e-12 }, 0, 1e-5)).toBe(true);
  expect(isResolved(context, { value: 0, tolerance: 1e-3 }, 0, 1e-5)).toBe(false);
});
