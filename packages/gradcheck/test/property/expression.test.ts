import { add, mul, sort, split, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { Expression, evaluateTensor, isTerm, Variable } from "../../src/property/expression.ts";

const [x, y] = [tensor([3, 1]), tensor([10, 20])];

test("expressions are calls of calls, of variables and of constants", () => {
  const sum = new Expression("add", add, [new Variable(0), new Variable(1)]);
  expect(evaluateTensor(new Expression("mul", mul, [sum, 2]), [x, y]).toArray()).toEqual([26, 42]);
});

test("arguments may stand in arrays and objects", () => {
  const join = (list: readonly (typeof x)[], { scale }: { scale: typeof x }) => mul(add(list[0]!, list[1]!), scale);
  const term = new Expression("join", join, [[new Variable(0), x], { scale: new Variable(1) }]);
  expect(evaluateTensor(term, [y, x]).toArray()).toEqual([39, 21]);
});

test("a variable with a path is one of several results", () => {
  expect(evaluateTensor(new Variable(0, "1"), [sort(x)]).toArray()).toEqual([1, 0]);
  expect(evaluateTensor(new Variable(1, "0"), [x, split(y, 2)]).toArray()).toEqual([10]);
});

test("terms are told from constants", () => {
  expect([new Variable(0), new Expression("add", add, []), x, 1, null].map(isTerm)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
