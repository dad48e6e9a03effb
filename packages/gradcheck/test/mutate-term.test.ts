import { type AnyTensor, type Applied, add, mul, sub, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { type Rule, sumsOf, traceRule, withoutTerm } from "../src/mutate-term.ts";

const double = (...values: number[]): AnyTensor => tensor(values, { dtype: "float64" }) as AnyTensor;
const [x, y, g] = [double(1, 2), double(10, 20), double(1, 1)] as const;
const at: Applied = { inputs: [x], outputs: [y], output: y, attributes: {} };

/** g·x + y − 3g */
const rule: Rule = ([cotangent], { inputs: [own], output }) =>
  sub(add(mul(cotangent!, own!), output), mul(cotangent!, 3)) as AnyTensor;

test("a trace holds the operations that a rule calls, and what it was given", () => {
  const { entries, given, result } = traceRule(rule, [g], at);
  expect(entries.map(({ operation }) => operation.name)).toEqual(["mul", "add", "mul", "sub"]);
  expect(sumsOf(entries)).toHaveLength(2);
  expect(entries[0]!.inputs).toEqual([given.cotangents[0], given.inputs[0]]);
  expect(result!.toArray()).toEqual([8, 19]);
});

test("each term can be left out, with its sign", () => {
  const without = (term: number): unknown => withoutTerm(rule, term)([g], at)!.toArray();
  expect([0, 1, 2, 3].map(without)).toEqual([
    [7, 17],
    [-2, -1],
    [-3, -3],
    [11, 22],
  ]);
});

test("a rule without a gradient has none still", () => {
  expect(withoutTerm(() => null, 0)([g], at)).toBeNull();
});
