import { type AnyTensor, exp, relu } from "@tapegrad/core";
import { expect, test } from "vitest";
import { elementName } from "../../src/engine/context.ts";
import { measureAt } from "../../src/engine/measure.ts";
import { contextFor, double } from "./context-for.ts";

const at = { w: double([[1, 2]]), b: double(3) };
const context = () => contextFor(({ w, b }: Record<"w" | "b", AnyTensor>) => [exp(w), exp(b)], at, { budget: 10 });

test("elements of the point have names", () => {
  expect([0, 1, 2].map((i) => context().nameOf(i))).toEqual(["w[0, 0]", "w[0, 1]", "b"]);
  expect(elementName("", [3])).toBe("the argument[3]");
});

test("keys are handed out once", () => {
  const own = context();
  expect(String(own.nextKey())).not.toBe(String(own.nextKey()));
});

test("evaluations are counted against the budget", () => {
  const own = context();
  expect([own.runs.count, own.affords(8), own.affords(9)]).toEqual([2, true, false]);
});

test("a problem is reported once", () => {
  const own = context();
  for (let i = 0; i < 2; i++) own.report({ kind: "kink", message: "here" });
  expect(own.problems).toEqual([{ kind: "kink", message: "here" }]);
});

test("a kink is met once, and lies on the point if it ever does", () => {
  const own = context();
  const change = { place: 2, entry: 1, operation: "relu", index: [0] };
  own.meet([change], false);
  own.meet([change, { ...change, index: [1] }], true);
  own.meet([change], false);
  expect(own.kinks).toEqual([
    { entry: 1, operation: "relu", index: [0], isTie: true },
    { entry: 1, operation: "relu", index: [1], isTie: true },
  ]);
});

test("a line at another step is sampled once", () => {
  const own = contextFor((x: AnyTensor) => relu(x), double([0.5]));
  const line = measureAt(own.runs, Float64Array.of(1), 0.25)!;
  const before = own.runs.count;
  expect(own.otherStep(line, 0.125)).toBe(own.otherStep(line, 0.125));
  expect(own.runs.count - before).toBe(6);
  expect([own.otherStep(line, 1), own.otherStep(line, 1)]).toEqual([null, null]);
});

test("another cotangent can become the first", () => {
  const own = context();
  own.cotangents = [Float64Array.of(1), Float64Array.of(2)];
  own.gradients = [Float64Array.of(3), Float64Array.of(4)];
  own.focus(1);
  expect([own.cotangents[0]![0], own.gradients[0]![0]]).toEqual([2, 4]);
});

test("what is large is known by its elements", () => {
  expect(context().isLarge).toBe(false);
  expect(contextFor((x: AnyTensor) => exp(x), double(Array.from({ length: 20_000 }, () => 1))).isLarge).toBe(true);
});
