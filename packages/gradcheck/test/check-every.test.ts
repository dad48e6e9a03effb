import { type AnyTensor, ArgumentError, exp, log, mul, square, sub, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkEvery, GradientCheckError, type GradientReport } from "../src/index.ts";
import { double, wrongBy } from "./engine/context-for.ts";

const at = double([0.5, 1.5]);
const right = (x: AnyTensor): AnyTensor => sum(mul(x, exp(x))) as AnyTensor;

test("every n-th call checks, along other directions", () => {
  const check = checkEvery(3);
  const reports = Array.from({ length: 9 }, () => check(right, at));
  expect(reports.map((report) => report?.verdict ?? null)).toEqual([
    null,
    null,
    "pass",
    null,
    null,
    "pass",
    null,
    null,
    "pass",
  ]);
  expect(new Set(reports.flatMap((report) => (report === null ? [] : [report.resolvingPower]))).size).toBe(3);
});

test("the function is not called where no check is due", () => {
  let calls = 0;
  const check = checkEvery(100);
  for (let i = 0; i < 99; i++) {
    check((x: AnyTensor) => {
      calls++;
      return right(x);
    }, at);
  }
  expect(calls).toBe(0);
});

test("a gradient that goes wrong in mid-run is noticed", () => {
  const check = checkEvery(10);
  let w = double([2, -1]);
  const train = (steps: number, factor: number): void => {
    for (let i = 0; i < steps; i++) {
      check((x: AnyTensor) => sum(square(wrongBy(factor)(x))), w);
      w = sub(w, mul(w, 0.01)) as AnyTensor;
    }
  };
  train(25, 1);
  expect(() => train(4, 1.001)).not.toThrow();
  expect(() => train(1, 1.001)).toThrow(GradientCheckError);
  expect(() => train(10, 1.001)).toThrow(
    /^checkEvery: fail: 1 of 1 gradients are wrong[\s\S]*it is 1\.001 times what it should be/,
  );
});

test("what happens then can be chosen", () => {
  const failures: [GradientReport, number][] = [];
  const check = checkEvery(2, { onFailure: (report, call) => failures.push([report, call]), directions: 2, key: 7 });
  for (let i = 0; i < 4; i++) check((x: AnyTensor) => right(wrongBy(2)(x)), at);
  expect(failures.map(([{ verdict }, call]) => [verdict, call])).toEqual([
    ["fail", 2],
    ["fail", 4],
  ]);
});

test("what is told is what is returned, also where it does not show again", () => {
  let calls = 0;
  const told: GradientReport[] = [];
  const check = checkEvery(1, { onFailure: (report) => told.push(report) });
  // Without a key, at first.
  const returned = check((x: AnyTensor) => right(mul(x, ++calls < 8 ? 1 + calls : 1) as AnyTensor), at);
  expect(told).toEqual([returned]);
  expect(returned?.verdict).toBe("fail");
});

test("the search for the place takes as many directions as were asked for", () => {
  const evaluations = (directions?: number): number =>
    checkEvery(1, { onFailure: () => {}, ...(directions && { directions }) })(
      (x: AnyTensor) => right(wrongBy(2)(x)),
      at,
    )!.evaluations;
  expect(evaluations(12)).toBeGreaterThan(evaluations() + 40);
});

test("whatever fails is a failure: also values that are not finite", () => {
  expect(() => checkEvery(1)((x: AnyTensor) => sum(log(sub(x, x) as AnyTensor)), at)).toThrow(GradientCheckError);
});

test("values that options do not take are refused at once", () => {
  expect(() => checkEvery(10, { directions: 0 })).toThrow("checkEvery: directions is 0; give a whole number above 0");
  expect(() => checkEvery(10, { key: "a" } as never)).toThrow('checkEvery: key is "a"; give a key, or a seed');
  expect(() => checkEvery(10, { onFailure: 3 } as never)).toThrow("checkEvery: onFailure is 3; give a function");
});

test("a number of calls that is none, and unknown options, are refused", () => {
  expect(() => checkEvery(0)).toThrow(ArgumentError);
  expect(() => checkEvery(0)).toThrow("checkEvery: 0 is no number of calls; give a whole number above 0, such as 100");
  expect(() => checkEvery(1, { every: 2 } as never)).toThrow('checkEvery: there is no option "every"');
});
