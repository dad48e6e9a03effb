import {
  type AnyTensor,
  abs,
  concat,
  customGradient,
  equal,
  greater,
  mul,
  relu,
  sum,
  where,
  zeros,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import type { Context } from "../../src/engine/context.ts";
import { untie } from "../../src/engine/ties.ts";
import { contextFor, double, f64 } from "./context-for.ts";

function untied(f: (x: AnyTensor) => AnyTensor, at: AnyTensor): { context: Context; isFree: boolean } {
  const context = contextFor((x: AnyTensor) => sum(f(x)), at);
  return { context, isFree: untie(context, new Float64Array(at.size).fill(1)) };
}

test("elements on kinks are taken out of directions", () => {
  const { context, isFree } = untied(abs, double([1, 0, -2, 0, 3]));
  expect([...context.tied]).toEqual([1, 3]);
  expect(isFree).toBe(true);
  expect(context.isCrowded).toBe(false);
  expect(context.problems).toEqual([]);
  expect(context.kinks).toEqual([
    { entry: 0, operation: "abs", index: [1], isTie: true },
    { entry: 0, operation: "abs", index: [3], isTie: true },
  ]);
});

/** max(x, 0) with a gradient of its own at 0. */
const reluWith = (atZero: number): ((x: AnyTensor) => AnyTensor) =>
  customGradient((x: AnyTensor) => ({
    value: relu(x),
    pullBack: (g) =>
      where(greater(x, 0) as never, g, where(equal(x, 0) as never, mul(g, atZero), 0) as AnyTensor) as AnyTensor,
  }));

test("a gradient between the slopes is right on a kink, and no other", () => {
  for (const atZero of [0, 0.5, 1]) expect(untied(reluWith(atZero), double([1, 0])).context.problems).toEqual([]);
  const [problem] = untied(reluWith(5), double([1, 0])).context.problems;
  expect(problem?.kind).toBe("kink");
  expect(problem?.message).toMatch(
    /^the argument\[1\]: at a kink of relu the gradient is 5, outside of the slopes 0 and 0?1?\.?\d* on its two sides$/,
  );
});

test("more kinks than can be told apart are a crowd", () => {
  const { context, isFree } = untied(relu, concat([zeros([400], f64) as AnyTensor, double([1])]) as AnyTensor);
  expect(isFree).toBe(false);
  expect(context.isCrowded).toBe(true);
});

test("a tie that no single element crosses is told", () => {
  const { context, isFree } = untied((x) => mul(x, 2) as AnyTensor, double([1, 2]));
  expect([isFree, context.tied.size]).toEqual([false, 0]);
});
