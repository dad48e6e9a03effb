import { type AnyTensor, abs, defineOp, draw, exp, mul, type OpDef } from "@tapegrad/core";
import { expect, test } from "vitest";
import type { Call } from "../src/check-sample.ts";
import { MutantTester } from "../src/mutant-tester.ts";
import { type Mutation, mutateRule } from "../src/mutate-rule.ts";

const definitionOf = (op: unknown): OpDef => (op as { definition: OpDef }).definition;
const verdict = (op: unknown, mutation: Mutation, seed = 1): string =>
  new MutantTester(op as Call, definitionOf(op), "3×4", seed).verdictFor(mutateRule(op as Call, mutation), mutation);

test("a mutant is checked where it differs, with any seed", () => {
  for (const seed of [1, 2, 3]) {
    expect(verdict(exp, { kind: "sign", input: 0, mode: "reverse", order: 1 }, seed)).toBe("fail");
    expect(verdict(exp, { kind: "detached value", of: 1, input: 0, mode: "reverse", order: 2 }, seed)).toBe("fail");
  }
});

test("one that differs nowhere is not checked", () => {
  const positive = defineOp({ ...definitionOf(abs), samples: [{ args: [draw([2, 3], { low: 0, high: 1 })] }] });
  expect(verdict(positive, { kind: "stale saved value", of: 0, input: 0, mode: "reverse", order: 1 })).toBe(
    "not different",
  );
});

test("calls for which the operation fails as it is are left out, and told", () => {
  const wrong = defineOp({
    ...definitionOf(exp),
    name: "wrong",
    vjp: [([g], { output }) => mul(mul(g!, output), 2) as AnyTensor],
  });
  const tester = new MutantTester(wrong as unknown as Call, definitionOf(wrong), "3×4", 1);
  const sign = { kind: "sign", input: 0, mode: "reverse", order: 1 } as const;
  expect(tester.verdictFor(mutateRule(wrong as unknown as Call, sign), sign)).toBe("not different");
  expect(tester.alarms[0]).toBe("wrong, 3×4, round 0, call 0");
});
