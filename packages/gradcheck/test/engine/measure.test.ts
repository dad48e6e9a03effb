import { type AnyTensor, abs, add, exp, floor, log, mul, relu, sqrt } from "@tapegrad/core";
import { expect, test } from "vitest";
import { precisionOf } from "../../src/engine/directions.ts";
import type { Line } from "../../src/engine/line.ts";
import { type Measured, measure, measureAt } from "../../src/engine/measure.ts";
import { Runs } from "../../src/engine/runs.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { double } from "./context-for.ts";

const one = Float64Array.of(1);
const precision = precisionOf([]);

/** What is measured of a function of one number. */
function measured(f: (x: AnyTensor) => AnyTensor, x: number): Measured {
  const runs = new Runs(subjectOf(f, double([x])));
  return measure(runs, one, precision.step, precision);
}

function slopeOf(found: Measured, side: "line" | "above" | "below" = "line"): number {
  const lines = found as Partial<Record<typeof side, Line | null>>;
  return lines[side]!.slope(one).value;
}

test("a smooth function has a central line at the step asked for", () => {
  const found = measured(exp, 1);
  expect(found).toMatchObject({ kind: "smooth", passed: [], line: { step: precision.step } });
  expect(slopeOf(found)).toBeCloseTo(Math.E, 11);
});

test("the step shrinks until no kink is left within", () => {
  const found = measured(relu, 1e-5);
  expect(found).toMatchObject({ kind: "smooth", passed: [{ operation: "relu", index: [0] }] });
  expect((found as { line: { step: number } }).line.step).toBeLessThan(1e-5);
  expect(slopeOf(found)).toBeCloseTo(1, 8);
});

test("on a kink both sides have slopes of their own", () => {
  const found = measured(abs, 0);
  expect(found.kind).toBe("tie");
  expect([slopeOf(found, "below"), slopeOf(found, "above")].map((x) => Number(x.toFixed(6)))).toEqual([-1, 1]);
});

test("a jump is none of the slopes beside it", () => {
  const found = measured((x) => add(floor(x), mul(x, 2)) as AnyTensor, 1);
  expect(found.kind).toBe("tie");
  expect(slopeOf(found, "below")).toBeCloseTo(2, 5);
  expect(slopeOf(found, "above")).toBeCloseTo(2, 5);
});

test("where values end there is one side", () => {
  const found = measured((x) => mul(sqrt(x), x) as AnyTensor, 0);
  expect(found.kind).toBe("edge");
  expect(slopeOf(found)).toBeCloseTo(0, 2);
});

test("the step shrinks away from the end of a domain", () => {
  const found = measured(log, 1e-3);
  expect(found.kind).toBe("smooth");
  expect((found as { line: { step: number } }).line.step).toBeLessThan(1e-3);
});

test("without values on either side nothing is measured", () => {
  expect(measured((x) => log(mul(mul(x, x), -1) as AnyTensor), 0).kind).toBe("lost");
});

test("at a given step a line is there or not", () => {
  const runs = new Runs(subjectOf(relu as (x: AnyTensor) => AnyTensor, double([0.5])));
  expect(measureAt(runs, one, 0.25)?.step).toBe(0.25);
  expect(measureAt(runs, one, 1)).toBeNull();
});
