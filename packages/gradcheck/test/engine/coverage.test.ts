import { type AnyTensor, abs, add, log, mul, slice, softmax, square, sub, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { cover, examineAlong, isCovered } from "../../src/engine/coverage.ts";
import { contextFor, double, wrongBy } from "./context-for.ts";

test("directions over all inputs at once tell of each", () => {
  const context = contextFor(({ a, b }: Record<"a" | "b", AnyTensor>) => sum(mul(a, b)), {
    a: double([1, 2]),
    b: double([3, 4]),
  });
  const { covered, judged } = cover(context, 2);
  expect(judged).toHaveLength(2);
  expect(covered.map(({ block }) => block.path)).toEqual(["a", "b"]);
  expect(covered.every((one) => isCovered(context, one) && one.resolving < 1e-9 && one.multiple < 1)).toBe(true);
});

test("a gradient too small beside the others' gets directions of its own", () => {
  const f = ({ a, b }: Record<"a" | "b", AnyTensor>): AnyTensor => add(sum(square(a)), mul(sum(square(b)), 1e-9));
  const context = contextFor(f, { a: double([1, 2]), b: double([3, 4]) });
  const { covered, judged } = cover(context, 1);
  expect(judged.length).toBeGreaterThan(1);
  expect(covered.every((one) => isCovered(context, one))).toBe(true);
});

test("a gradient that vanishes is covered relative to the results", () => {
  const context = contextFor((x: AnyTensor) => sum(softmax(x)), double([1, 2, 3]));
  const { covered } = cover(context, 2);
  expect(covered[0]).toMatchObject({ vanishes: true, relativeError: 0 });
  expect(covered[0]!.resolving).toBeLessThan(1e-9);
});

test("what a result does not depend on vanishes, beside what it does", () => {
  const context = contextFor(({ a }: Record<"a" | "b", AnyTensor>) => sum(mul(a, 2)), {
    a: double([1]),
    b: double([1]),
  });
  expect(cover(context, 1).covered.map(({ vanishes }) => vanishes)).toEqual([false, true]);
});

test("a disagreement ends the search", () => {
  const context = contextFor((x: AnyTensor) => sum(wrongBy(2)(x)), double([1, 2]));
  const { judged } = cover(context, 2);
  expect(judged).toHaveLength(2);
  expect(judged.every(({ disagreements }) => disagreements.length > 0)).toBe(true);
});

test("elements near the end of a domain are moved by their own sizes", () => {
  const context = contextFor((x: AnyTensor) => sum(log(x)), double([1e-9, 1]));
  const { disagreements, trial } = examineAlong(context, context.runs.subject.inputs);
  expect(disagreements).toEqual([]);
  expect(context.isOwnSized).toBe(true);
  expect(Math.abs(trial.direction[0]!)).toBeLessThan(2e-9);
});

test("and stay so where another element turns out to lie on a kink", () => {
  const context = contextFor(
    (x: AnyTensor) => sum(add(abs(sub(slice(x, [0]), 1)), log(slice(x, [1])))),
    double([1, 1e-9, 1]),
  );
  context.isOwnSized = true;
  const { trial } = examineAlong(context, context.runs.subject.inputs);
  expect([...context.tied]).toEqual([0]);
  expect(Math.abs(trial.direction[1]!)).toBeLessThan(2e-9);
});
