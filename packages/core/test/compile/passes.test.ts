import { describe, expect, test } from "vitest";
import { commonSubexpressions } from "../../src/compile/passes/common-subexpressions.ts";
import { deadCode } from "../../src/compile/passes/dead-code.ts";
import { decompose } from "../../src/compile/passes/decompose.ts";
import { foldConstants } from "../../src/compile/passes/fold-constants.ts";
import type { Pass } from "../../src/compile/passes/rewrite.ts";
import { simplify } from "../../src/compile/passes/simplify.ts";
import {
  type AnyTensor,
  add,
  exp,
  greater,
  matmul,
  mul,
  neg,
  ones,
  permute,
  printTape,
  relu,
  reshape,
  softmax,
  sub,
  tensor,
} from "../../src/index.ts";
import { trace } from "../../src/transforms/trace.ts";

type Function = (...xs: AnyTensor[]) => AnyTensor | readonly AnyTensor[];

/** The operations of a program, as `printTape` shows them, before and after a pass. */
function linesOf(pass: Pass, f: Function, ...like: AnyTensor[]): { before: string[]; after: string[] } {
  const { program } = trace("test", f, like);
  const print = (listing: typeof program): string[] =>
    printTape(listing)
      .split("\n")
      .filter((line) => /^%.* = (?!input)/.test(line))
      .map((line) => line.replace(/^%\d+ = /, "").replace(/ {2,}.*$/, ""));
  return { before: print(program), after: print(pass.run(program)) };
}

const x = ones([2, 3]);

test("dead code goes", () => {
  const f: Function = (a) => {
    neg(exp(a!) as AnyTensor);
    return mul(a!, 2) as AnyTensor;
  };
  const { before, after } = linesOf(deadCode, f, x);
  expect([before.length, after]).toEqual([3, ["mul(%0, 2)"]]);
});

test("what is computed twice is computed once; numbers are told apart by their value", () => {
  const f: Function = (a) => [add(exp(a!), exp(a!)) as AnyTensor, mul(a!, 0), mul(a!, 0), mul(a!, -0)] as AnyTensor[];
  expect(linesOf(commonSubexpressions, f, x).after).toEqual(["exp(%0)", "add(%1, %1)", "mul(%0, 0)", "mul(%0, -0)"]);
});

test("what depends on constants only is computed at once", () => {
  const { program } = trace("test", (a: AnyTensor) => mul(a, exp(tensor([1, 2, 3]))) as AnyTensor, [x]);
  expect(foldConstants.run(program).entries.map(({ operation }) => operation.name)).toEqual(["mul"]);
});

describe("algebra", () => {
  const cases: [name: string, f: Function, after: string[]][] = [
    ["times 1", (a) => exp(mul(a!, 1) as AnyTensor) as AnyTensor, ["exp(%0)"]],
    ["minus 0", (a) => exp(sub(a!, 0) as AnyTensor) as AnyTensor, ["exp(%0)"]],
    ["two negations", (a) => exp(neg(neg(a!) as AnyTensor) as AnyTensor) as AnyTensor, ["neg(%0)", "exp(%0)"]],
    ["a shape that stays", (a) => exp(reshape(a!, [2, 3]) as AnyTensor) as AnyTensor, ["exp(%0)"]],
    ["the sign of what relu gives", (a) => [relu(a!), greater(a!, 0)] as AnyTensor[], ["relu(%0)", "greater(%1, 0)"]],
  ];
  test.each(cases)("%s", (_, f, after) => {
    expect(linesOf(simplify, f, x).after).toEqual(after);
  });

  test("transposes are folded into products", () => {
    const { program } = trace("test", (a: AnyTensor) => matmul(a, permute(a, [1, 0])) as AnyTensor, [x]);
    const product = simplify.run(program).entries.at(-1)!;
    expect(product.attributes).toMatchObject({ transposeB: true });
    expect(product.inputs.every((input) => program.inputs.includes(input))).toBe(true);
  });
});

test("softmax is written out along the last axis, and left along others", () => {
  const names = (axis: number): string[] => {
    const { program } = trace("test", (a: AnyTensor) => softmax(a, axis) as AnyTensor, [x]);
    return decompose.run(program).entries.map(({ operation }) => operation.name);
  };
  expect(names(-1)).toEqual(expect.arrayContaining(["max", "exp", "sum", "div"]));
  expect(names(-1)).not.toContain("softmax");
  expect(names(0)).toEqual(["softmax"]);
});
