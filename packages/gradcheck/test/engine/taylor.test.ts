import { type AnyTensor, exp, mul, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { measureAt } from "../../src/engine/measure.ts";
import { taylorSlopeOf } from "../../src/engine/taylor.ts";
import { tryDirection } from "../../src/engine/trial.ts";
import { contextFor, double, wrongBy } from "./context-for.ts";

function slopeOf(f: (x: AnyTensor) => AnyTensor): number | null {
  const context = contextFor((x: AnyTensor) => sum(f(x)), double([0.5, 1.5]));
  const direction = Float64Array.of(0.6, 1.1);
  return taylorSlopeOf(context, tryDirection(context, direction, measureAt(context.runs, direction, context.step)));
}

test("the remainder of a right gradient falls with the square of the step", () => {
  expect(slopeOf(exp)).toBeCloseTo(2, 1);
});

test("that of a wrong one falls with the step", () => {
  expect(slopeOf((x) => exp(wrongBy(2)(x)))).toBeCloseTo(1, 1);
});

test("a linear function has no remainder", () => {
  expect(slopeOf((x) => mul(x, 3) as AnyTensor)).toBeNull();
});
