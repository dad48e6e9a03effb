import { type AnyTensor, exp, log, sqrt, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkAllFinite } from "../../src/engine/anomalies.ts";
import { contextFor, double } from "./context-for.ts";

function said(f: (x: AnyTensor) => AnyTensor, at: AnyTensor): [boolean, string[]] {
  const context = contextFor((x: AnyTensor) => sum(f(x)), at);
  return [checkAllFinite(context), context.problems.map(({ message }) => message)];
}

test("finite values are no problem", () => {
  expect(said(exp, double([1, 2]))).toEqual([true, []]);
});

test("the operation that made the first value that is not finite is named", () => {
  const [isFinite, [message]] = said(log, double([1, -2]));
  expect(isFinite).toBe(false);
  expect(message).toMatch(/^the result is not finite: log: it made NaN in element 1 of \[2\]/);
});

test("so is the pull-back", () => {
  expect(said(sqrt, double([0, 1]))[1][0]).toMatch(/^the gradient is not finite: sqrt: its pull-back made Infinity/);
});

test("a point that is not finite is told", () => {
  expect(said((x) => x, double([1, Number.NaN]))[1][0]).toBe("the result is not finite, as the point itself is");
});
