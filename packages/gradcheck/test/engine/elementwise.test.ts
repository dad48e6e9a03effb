import { type AnyTensor, exp, sum, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { examineElements } from "../../src/engine/elementwise.ts";
import { contextFor, double, f64, wrongBy } from "./context-for.ts";

test("each element is compared by itself", () => {
  const context = contextFor((x: AnyTensor) => sum(exp(x)), double([1, 2, 3]));
  const [found] = examineElements(context, []);
  expect(found).toMatchObject({ wrong: null, worst: null });
  expect(found!.resolving).toBeLessThan(1e-9);
  expect(found!.relativeError).toBeLessThan(1e-11);
});

test("the most wrong element is named", () => {
  const factors = tensor([1, 1.001, 1.1], f64) as AnyTensor;
  const context = contextFor((x: AnyTensor) => sum(exp(wrongBy(factors)(x))), double([1, 1, 1]));
  const [found] = examineElements(context, []);
  expect(found).toMatchObject({ wrong: "reverse", worst: { coordinate: 2 } });
});

test("elements beyond the budget are not known", () => {
  const context = contextFor((x: AnyTensor) => sum(exp(x)), double([1, 2, 3]), { budget: 12 });
  expect(examineElements(context, [])[0]!.resolving).toBe(Number.POSITIVE_INFINITY);
});
