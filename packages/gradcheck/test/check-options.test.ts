import { type AnyTensor, ArgumentError, exp, key, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { type CheckOptions, completeOptions } from "../src/check-options.ts";
import { checkGradients } from "../src/index.ts";
import { double } from "./engine/context-for.ts";

test("options have defaults", () => {
  const { modes, ...rest } = completeOptions("check", {});
  expect([...modes]).toEqual(["numeric", "forward", "reverse"]);
  expect(rest).toEqual({
    order: 1,
    directions: null,
    frozen: [],
    budget: 1000,
    key: key(1),
    cotangents: null,
    gradient: null,
    dtype: "float64",
    explain: true,
  });
});

test("unknown options, and values that none takes, are refused", () => {
  const refused = (options: object) => () => completeOptions("check", options as CheckOptions);
  expect(refused({ ordr: 2 })).toThrow(ArgumentError);
  expect(refused({ ordr: 2 })).toThrow('check: there is no option "ordr"; use order, directions');
  expect(refused({ order: 3 })).toThrow("check: order is 3; give 1 or 2");
  expect(refused({ directions: 0 })).toThrow('check: directions is 0; give a whole number above 0, or "elementwise"');
  expect(refused({ modes: ["numeric"] })).toThrow("give two or three of numeric, forward, reverse");
  expect(refused({ modes: ["numeric", "backward"] })).toThrow("give two or three of");
  expect(refused({ modes: ["numeric", "numeric"] })).toThrow("give two or three of numeric, forward, reverse");
  expect(refused({ modes: ["numeric", "forward"], order: 2 })).toThrow(ArgumentError);
  expect(refused({ modes: ["numeric", "forward"], order: 2 })).toThrow(
    'check: modes is ["numeric","forward"]; give reverse too: order 2 is about the derivatives of its pull-back',
  );
  expect(refused({ budget: Number.NaN })).toThrow("check: budget is NaN; give a number of evaluations");
  expect(refused({ key: "seed" })).toThrow('check: key is "seed"; give a key, or a seed');
  expect(refused({ budget: 0 })).toThrow("check: budget is 0");
  expect(refused({ dtype: "float32" })).toThrow('give "float64" or "given"');
  expect(refused({ gradient: double(1), order: 2 })).toThrow("there is a gradient only");
  expect(refused({ gradient: double(1), modes: ["numeric", "forward"] })).toThrow("there is a gradient only");
});

test("a given gradient has no forward mode", () => {
  expect([...completeOptions("check", { gradient: double(1) }).modes]).toEqual(["numeric", "reverse"]);
});

const at = { a: double([1, 2]), b: double([3]) };
const f = ({ a, b }: typeof at): AnyTensor => sum(exp(a)).mul(sum(exp(b)) as never) as AnyTensor;

test("frozen parameters are not checked", () => {
  expect(checkGradients(f, at, { frozen: ["b"] }).paths.map(({ path }) => path)).toEqual(["a"]);
});

test("two references are enough", () => {
  for (const modes of [
    ["numeric", "reverse"],
    ["numeric", "forward"],
    ["forward", "reverse"],
  ] as const) {
    const { verdict, evaluations } = checkGradients(f, at, { modes });
    expect(verdict).toBe("pass");
    if (!(modes as readonly string[]).includes("numeric")) expect(evaluations).toBeLessThan(10);
  }
});

test("each element by itself", () => {
  const report = checkGradients(f, at, { directions: "elementwise" });
  expect(report.verdict).toBe("pass");
  expect(report.evaluations).toBeGreaterThan(6 * 3);
});

test("the budget ends the search for a place, not the check", () => {
  const wrong = ({ a, b }: typeof at): AnyTensor => f({ a, b: b.mul(2).sub(b) as AnyTensor });
  expect(checkGradients(wrong, at, { budget: 1 }).verdict).toBe("pass");
});

test("without an explanation the verdict is the same", () => {
  const { verdict, culprits, worst } = checkGradients(f, at, { explain: false });
  expect([verdict, culprits, worst]).toEqual(["pass", [], null]);
});
