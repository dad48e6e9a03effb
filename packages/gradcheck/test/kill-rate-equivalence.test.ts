import { type AnyTensor, add, defineOp, draw, exp, greater, mul, type OpDef, where } from "@tapegrad/core";
import { expect, test } from "vitest";
import type { Call } from "../src/check-sample.ts";
import { agreement } from "../src/kill-rate-equivalence.ts";
import { type Mutation, mutateRule } from "../src/mutate-rule.ts";

const of = { input: 0, mode: "reverse", order: 1 } as const;
const definitionOf = (op: unknown): OpDef => (op as { definition: OpDef }).definition;
const compared = (op: unknown, mutant: unknown, mutation: Mutation, inputs = 200): string =>
  agreement(op as Call, mutant as Call, definitionOf(op), mutation, { inputs, seed: 1 });

test("the same rule gives the same numbers, another one does not", () => {
  const swap = { ...of, kind: "swapped operands", of: 1 } as const;
  expect(compared(add, mutateRule(add, swap), swap)).toBe("same numbers");
  expect(compared(mul, mutateRule(mul, swap), swap)).toBe("different");
  const slight = { ...of, kind: "scale", factor: 1 + 1e-9 } as const;
  expect(compared(exp, mutateRule(exp, slight), slight)).toBe("different");
});

test("rounding alone is told apart", () => {
  const slight = { ...of, kind: "scale", factor: 1 + 2 ** -50 } as const;
  expect(compared(exp, mutateRule(exp, slight), slight)).toBe("up to rounding");
});

test("derivatives of rules are compared at order 2, forward mode where that is wrong", () => {
  const detached = { ...of, kind: "detached value", of: 1, order: 2 } as const;
  expect(compared(exp, mutateRule(exp, detached), detached)).toBe("different");
  expect(compared(exp, mutateRule(exp, detached), { ...detached, order: 1 })).toBe("same numbers");
  const forward = { ...of, kind: "sign", mode: "forward" } as const;
  expect(compared(exp, mutateRule(exp, forward), forward)).toBe("different");
});

test("edges are among the inputs: a rule that is wrong on the end of the range only differs", () => {
  const rule = (isWrong: boolean) =>
    defineOp({
      ...definitionOf(exp),
      vjp: [
        ([g], { inputs: [x], output }) =>
          mul(where(greater(x!, isWrong ? 0.999999 : 2), mul(g!, 2), g!), output) as AnyTensor,
      ],
      samples: [{ args: [draw([2])] }],
    });
  expect(compared(rule(false), rule(true), { ...of, kind: "sign" })).toBe("different");
});

test("inputs that the operation refuses, and those without a derivative, are not compared", () => {
  const refusing = (): unknown =>
    defineOp({
      ...definitionOf(exp),
      forward: () => {
        throw new RangeError("no");
      },
    });
  expect(compared(refusing(), refusing(), { ...of, kind: "sign" })).toBe("not compared");
  const isNaN: OpDef["vjp"] = [([g]) => mul(g!, Number.NaN) as AnyTensor];
  const nothing = defineOp({ ...definitionOf(exp), vjp: isNaN, jvp: [(t) => mul(t, Number.NaN) as AnyTensor] });
  expect(compared(nothing, nothing, { ...of, kind: "sign" })).toBe("not compared");
});

test("a part of the inputs may be refused: others are drawn in their place", () => {
  const { forward, ...rest } = definitionOf(exp);
  const refusesEdges = defineOp({
    ...rest,
    samples: [{ args: [draw([1], { low: 0, high: 1 })] }],
    forward: (...given) => {
      const [x] = given[0];
      if (x!.toArray().toString() === "1") throw new RangeError("no");
      return forward(...given);
    },
  });
  expect(compared(refusesEdges, refusesEdges, { ...of, kind: "sign" })).toBe("same numbers");
});

test("edges are among the inputs beside matrices that have none", () => {
  const wrong = defineOp({
    ...definitionOf(mul),
    vjp: [
      ([g], { inputs: [, y] }) => mul(where(greater(y!, 0.999999), mul(g!, 2), g!), y!) as AnyTensor,
      ([g], { inputs: [x] }) => mul(g!, x!) as AnyTensor,
    ],
    samples: [{ args: [draw([2, 2], { definite: true }), draw([2, 2])] }],
  });
  const right = defineOp({ ...definitionOf(mul), samples: definitionOf(wrong).samples });
  expect(compared(right, wrong, { ...of, kind: "sign" })).toBe("different");
});
