import {
  type AnyTensor,
  abs,
  add,
  alias,
  argmax,
  customGradient,
  greater,
  mul,
  record,
  relu,
  sort,
  type Tape,
  where,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { changesBetween, type Decision, decisionsOf, entriesOn, NO_CHANGES } from "../../src/engine/decisions.ts";
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
    { place: 1, entry: 1, operation: "relu", index: [0, 1] },
    { place: 1, entry: 1, operation: "relu", index: [0, 2] },
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
  expect(told).toEqual([{ place: 0, entry: 0, operation: "relu", index: [] }]);
});

test("where an operation decides other things altogether, that is one change without an element", () => {
  const of = (...shapes: readonly (readonly number[])[]): Decision[] => [
    { place: 2, entry: 1, operation: "own", tensors: shapes.map((shape) => ({ shape, data: Float64Array.of(1, 2) })) },
  ];
  for (const [before, after] of [
    [of([2]), of()],
    [of(), of([2])],
    [of([2]), of([2], [2])],
    [of([2]), of([1, 2])],
  ] as const) {
    expect(changesBetween(before, after)).toEqual({
      count: 1,
      told: [{ place: 2, entry: 1, operation: "own", index: [] }],
    });
  }
});

test("entries are those of the tape that a function records, not of how functions with gradients of their own are written", () => {
  const custom = customGradient((x: AnyTensor) => ({ value: relu(add(x, 1)), pullBack: (g) => g }));
  const f = (x: AnyTensor): AnyTensor => relu(custom(alias(x) as AnyTensor));
  let recorded: Tape | undefined;
  const { tape } = record((x: AnyTensor) => {
    const own = record(f)(x);
    recorded = own.tape;
    return own.value;
  })(double([1]));
  const names = ({ entries }: Tape): string[] => entries.map(({ operation }) => operation.name);
  expect(names(recorded!)).toEqual(["alias", "customGradient", "relu"]);
  expect(names(tape)).toEqual(["alias", "alias", "add", "relu", "alias", "relu"]);
  expect(entriesOn(recorded!, tape)).toEqual([0, 0, 1, 1, 1, 2]);
  expect(decisionsOf(tape, recorded).map(({ entry, place }) => [entry, place])).toEqual([
    [1, 3],
    [2, 5],
  ]);
});
