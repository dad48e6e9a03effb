import { add, exp, floor, gemm, relu, silu, solve, tanh } from "@tapegrad/core";
import { expect, test } from "vitest";
import { describeMutation, mutationsOf } from "../src/index.ts";

const kindsOf = (op: unknown): string[] => mutationsOf(op).map(describeMutation);

test("an elementwise operation gets each mistake that its rule can make", () => {
  expect(kindsOf(exp)).toEqual([
    "scale 1.0001, input 0, reverse",
    "scale 2, input 0, reverse",
    "sign, input 0, reverse",
    "dropped input, input 0, reverse",
    "dropped element, input 0, reverse",
    "wrong axis, input 0, reverse",
    "off by one, input 0, reverse",
    "ignored cotangent, input 0, reverse",
    "stale saved value 1, input 0, reverse",
    "detached cotangent, input 0, reverse, order 2",
    "detached value 1, input 0, reverse, order 2",
    "scaled derivative 1.0001, input 0, reverse, order 2",
    "scaled derivative 2, input 0, reverse, order 2",
    "scale 1.0001, input 0, forward",
    "sign, input 0, forward",
    "dropped input, input 0, forward",
    "scale 1.0001, input 0, both",
    "scale 2, input 0, both",
    "sign, input 0, both",
    "dropped input, input 0, both",
  ]);
});

test("mistakes that change nothing are left out", () => {
  // The rule of add uses no value, and that of relu only a decision, whose derivative is 0.
  expect(kindsOf(add).some((kind) => /stale|detached value/.test(kind))).toBe(false);
  expect(kindsOf(relu).filter((kind) => /stale|detached value/.test(kind))).toEqual([
    "stale saved value 0, input 0, reverse",
  ]);
  expect(kindsOf(exp).some((kind) => /un-broadcast|swapped|term/.test(kind))).toBe(false);
});

test("operands, terms and saved values are counted", () => {
  expect(kindsOf(add)).toContain("swapped operands 1, input 0, reverse");
  expect(kindsOf(add)).toContain("missing un-broadcast, input 1, reverse");
  expect(kindsOf(tanh).filter((kind) => kind.startsWith("dropped term"))).toHaveLength(2);
  expect(kindsOf(solve).filter((kind) => kind.startsWith("stale saved value"))).toEqual([
    "stale saved value 0, input 0, reverse",
    "stale saved value 2, input 0, reverse",
    "stale saved value 0, input 1, reverse",
  ]);
  expect(kindsOf(gemm).filter((kind) => kind.startsWith("detached value"))).toEqual([
    "detached value 1, input 0, reverse, order 2",
    "detached value 0, input 1, reverse, order 2",
  ]);
});

test("operations without rules, and composites, have none", () => {
  expect([floor, silu, Math.exp, null].flatMap(mutationsOf)).toEqual([]);
});
