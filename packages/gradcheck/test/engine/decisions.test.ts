import { type AnyTensor, abs, add, argmax, greater, mul, record, relu, sort, tensor, where } from "@tapegrad/core";
import { expect, test } from "vitest";
import { changesBetween, decisionsOf, NO_CHANGES, numbersOf, positionOf } from "../../src/engine/decisions.ts";
import { double } from "./context-for.ts";

const decided = (f: (x: AnyTensor) => unknown, values: number[] | number[][]) =>
  decisionsOf(record(f as (x: AnyTensor) => AnyTensor)(double(values)).tape);

test("decisions are results of integers and bools, and what operations name", () => {
  const f = (x: AnyTensor): AnyTensor => where(greater(x, 0) as never, relu(x), mul(abs(x), 2)) as AnyTensor;
  expect(decided(f, [1, -2]).map(({ entry, operation }) => [entry, operation])).toEqual([
    [0, "greater"],
    [1, "relu"],
    [2, "abs"],
  ]);
  expect(decided((x) => [argmax(x), sort(x)], [1, 2]).map(({ operation }) => operation)).toEqual(["argmax", "sort"]);
});

test("the same decisions at other values are no changes", () => {
  expect(changesBetween(decided(relu, [1, -2]), decided(relu, [3, -4]))).toEqual(NO_CHANGES);
});

test("changes are told by entry, operation and element", () => {
  const f = (x: AnyTensor): AnyTensor => relu(add(x, 1));
  const { count, told } = changesBetween(decided(f, [[1, -2, 3]]), decided(f, [[1, 2, -3]]));
  expect(count).toBe(2);
  expect(told).toEqual([
    { entry: 1, operation: "relu", index: [0, 1] },
    { entry: 1, operation: "relu", index: [0, 2] },
  ]);
});

test("a few changes are told, and all are counted", () => {
  const ones = Array.from({ length: 100 }, () => 1);
  const { count, told } = changesBetween(
    decided(relu, ones),
    decided(
      relu,
      ones.map((x) => -x),
    ),
  );
  expect(count).toBe(100);
  expect(told).toHaveLength(8);
});

test("NaN decides as NaN does, and −0 as 0", () => {
  expect(changesBetween(decided(abs, [Number.NaN, 0]), decided(abs, [Number.NaN, -0]))).toEqual(NO_CHANGES);
});

test("another course of operations is a change without an element", () => {
  const { told } = changesBetween(decided(relu, [1]), decided(abs, [1]));
  expect(told).toEqual([{ entry: 0, operation: "relu", index: [] }]);
});

test("entries that only give a new identity are not counted", () => {
  const { tape } = record((x: AnyTensor) => record((y: AnyTensor) => relu(add(y, 1)))(x).value)(double([1]));
  expect(tape.entries.map(({ operation }) => operation.name)).toEqual(["alias", "add", "relu"]);
  expect(numbersOf(tape)).toEqual([0, 0, 1]);
});

test("positions are along each axis", () => {
  expect(positionOf(5, [2, 3])).toEqual([1, 2]);
  expect(positionOf(0, [])).toEqual([]);
  expect(tensor([1]).shape).toEqual([1]);
});
