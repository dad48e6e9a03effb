import {
  type AnyTensor,
  abs,
  cast,
  concat,
  customGradient,
  equal,
  greater,
  max,
  maximum,
  min,
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
  // Of several sizes: elements that are tied to one another cross no kink where they move together.
  return {
    context,
    isFree: untie(
      context,
      Float64Array.from({ length: at.size }, (_, i) => 1 + (i % 7) / 8),
    ),
  };
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

/** An operation that picks an element, with a gradient that gives each tied one so much of the cotangent. */
const pickWith = (pick: (x: AnyTensor) => AnyTensor, share: number): ((x: AnyTensor) => AnyTensor) =>
  customGradient((x: AnyTensor) => ({
    value: pick(x),
    pullBack: (g) => mul(mul(g, cast(equal(x, pick(x)) as never, "float64") as AnyTensor), share) as AnyTensor,
  }));

test("tied elements may not have more together than one that is moved with them", () => {
  const cases = [
    [max, [1, 1, 0.5], 2],
    [max, [1, 1, 1], 3],
    [min, [-1, 2, -1], 2],
  ] as const;
  for (const [pick, at, tied] of cases) {
    const of = (f: (x: AnyTensor) => AnyTensor) => untied(f, double([...at])).context.problems;
    expect(of(pick as (x: AnyTensor) => AnyTensor)).toEqual([]);
    expect(of(pickWith(pick as (x: AnyTensor) => AnyTensor, 1 / tied))).toEqual([]);
    const [problem] = of(pickWith(pick as (x: AnyTensor) => AnyTensor, 1));
    expect(problem?.kind).toBe("kink");
    expect(problem?.message).toMatch(
      /^the argument\[0\] and \d more that are tied: moved together, which crosses no kink, the derivative by the gradient is [23]\.?\d*, and the slope (1|0\.9+\d*)/,
    );
  }
});

test("ties that only scaled elements are in show along the gradient", () => {
  const scales = double([1, 2]);
  const of = (share: number) =>
    untied((x) => pickWith(max as (x: AnyTensor) => AnyTensor, share)(mul(x, scales) as AnyTensor), double([2, 1]));
  expect(of(0.5).context.problems).toEqual([]);
  expect(of(1).context.problems).toMatchObject([{ kind: "kink" }]);
});

test("right rules of several kinks at once are right along all of these directions", () => {
  const weights = double([2, -1, 3]);
  for (const at of [
    [0, 0, 0],
    [1, 1, 0],
    [0, 0, -1],
    [1, 1, 1],
  ]) {
    for (const f of [relu, abs, (x: AnyTensor) => maximum(x, 1), (x: AnyTensor) => maximum(x, mul(x, x))]) {
      expect(untied(f as (x: AnyTensor) => AnyTensor, double(at)).context.problems).toEqual([]);
      expect(untied((x) => mul(f(x) as AnyTensor, weights) as AnyTensor, double(at)).context.problems).toEqual([]);
    }
  }
});
