import { type AnyTensor, add, customGradient, exp, mul, sin, sum, tanh } from "@tapegrad/core";
import { expect, test } from "vitest";
import { missingUse } from "../../src/engine/uses.ts";
import { contextFor, double } from "./context-for.ts";

/** x·tanh x + sin x, of whose three terms some are pulled back. */
function said(pullBack: (g: AnyTensor, x: AnyTensor) => AnyTensor): string | null {
  const f = customGradient((x: AnyTensor) => ({
    value: add(mul(x, tanh(x)), sin(x)) as AnyTensor,
    pullBack: (g) => pullBack(g, x),
  }));
  const context = contextFor((x: AnyTensor) => sum(f(x)), double([0.5, 1.5]));
  return missingUse(context, context.runs.subject.inputs[0]!);
}

const cos = (x: AnyTensor): AnyTensor => sin(add(x, Math.PI / 2)) as AnyTensor;
const first = (x: AnyTensor): AnyTensor => tanh(x);
const second = (x: AnyTensor): AnyTensor => mul(x, add(mul(mul(tanh(x), tanh(x)), -1), 1)) as AnyTensor;

test("the sum over all uses is no diagnosis", () => {
  expect(said((g, x) => mul(g, add(add(first(x), second(x)), cos(x))) as AnyTensor)).toBeNull();
});

test("one use alone", () => {
  expect(said((g, x) => mul(g, cos(x)) as AnyTensor)).toBe(
    "it is that of one use of 3 alone, in entry 2 (sin) of the function as it is written: overwritten instead of added up, or the rest is missing",
  );
});

test("all uses but one", () => {
  expect(said((g, x) => mul(g, add(first(x), cos(x))) as AnyTensor)).toBe(
    "the term of its use in entry 0 (tanh) of the function as it is written is missing",
  );
});

test("anything else, and an input that is used once, are no diagnosis", () => {
  expect(said((g, x) => mul(g, x) as AnyTensor)).toBeNull();
  const context = contextFor((x: AnyTensor) => exp(x), double([1]));
  expect(missingUse(context, context.runs.subject.inputs[0]!)).toBeNull();
});
