import { type AnyTensor, mul, sin, square, sum, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import type { Context } from "../../src/engine/context.ts";
import { examineAlong } from "../../src/engine/coverage.ts";
import { bisect, decode, elementAt, isWrong } from "../../src/engine/locate.ts";
import { contextFor, double, f64, wrongBy } from "./context-for.ts";

const SIZE = 1000;
const point = tensor(
  Array.from({ length: SIZE }, (_, i) => Math.sin(i + 1)),
  f64,
) as AnyTensor;

/** Σ sin x, whose gradient is off by factors at some elements. */
function withWrong(factors: Record<number, number>): Context {
  const all = tensor(
    Array.from({ length: SIZE }, (_, i) => factors[i] ?? 1),
    f64,
  ) as AnyTensor;
  return contextFor((x: AnyTensor) => sum(sin(wrongBy(all)(x))), point);
}

const along = (context: Context) => examineAlong(context, context.runs.subject.inputs);

test("an element has a line of its own", () => {
  const found = elementAt(
    contextFor((x: AnyTensor) => sum(square(x)), double([1, 3])),
    1,
  )!;
  expect(found.analytic).toBe(6);
  expect(Math.abs(found.numeric.value - 6)).toBeLessThanOrEqual(found.numeric.tolerance);
  expect(found.numeric.tolerance).toBeLessThan(1e-9);
  expect(isWrong(found)).toBe(false);
});

test("two directions tell which single element is wrong", () => {
  const context = withWrong({ 637: 2 });
  const judged = [along(context), along(context)];
  const before = context.runs.count;
  const decoded = decode(context, judged)!;
  expect(decoded.found.coordinate).toBe(637);
  expect(decoded.found.analytic / decoded.found.numeric.value).toBeCloseTo(2, 6);
  expect(decoded.rest).toBeLessThanOrEqual(1);
  // The proof alone: one line, and another at a smaller step.
  expect(context.runs.count - before).toBeLessThanOrEqual(18);
});

test("a small mistake leaves candidates, that more directions tell apart", () => {
  const context = withWrong({ 5: 1 + 1e-7 });
  expect(decode(context, [along(context), along(context)])?.found.coordinate).toBe(5);
});

test("several wrong elements are none", () => {
  const context = withWrong({ 5: 2, 6: 3 });
  expect(decode(context, [along(context), along(context)])).toBeNull();
});

test("halving finds a wrong element in two evaluations per level", () => {
  const context = withWrong({ 200: 2, 637: 3 });
  const { trial, numeric } = along(context);
  const error = trial.reverse![0]!.value - numeric[0]!.value;
  const before = context.runs.count;
  const found = bisect(context, context.runs.subject.inputs[0]!, trial.line!, error)!;
  expect([200, 637]).toContain(found.coordinate);
  expect(isWrong(found)).toBe(true);
  expect(context.runs.count - before).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(SIZE)) + 18);
});

test("halving finds nothing where nothing is wrong", () => {
  const context = contextFor((x: AnyTensor) => sum(mul(x, 2)), double([1, 2, 3]));
  const { trial } = along(context);
  expect(bisect(context, context.runs.subject.inputs[0]!, trial.line!, 0)).toBeNull();
});
