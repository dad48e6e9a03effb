import { linspace, ones } from "@tapegrad/core";
import { expect, test } from "vitest";
import { rmsprop } from "../src/index.ts";

test("centered, gradients that do not vary keep the parameter a number", () => {
  // The variance is 0 but for rounding, which takes it below 0 in some of these steps.
  const optimizer = rmsprop({ learningRate: 1e-9, centered: true, alpha: 0.7 });
  let model = { w: ones([64]) };
  const gradient = { w: linspace(0.01, 1, 64) as typeof model.w };
  let state = optimizer.init(model);
  for (let i = 0; i < 60; i++) ({ model, state } = optimizer.update(model, gradient, state));
  expect(Array.from(model.w.data()).every(Number.isFinite)).toBe(true);
});
