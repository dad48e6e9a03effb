import { inspect } from "node:util";
import { type AnyTensor, abs, add, customGradient, exp, mul, square, stopGradient, sub, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkGradients, formatGradientReport, mutateRule } from "../src/index.ts";
import { double, wrongBy } from "./engine/context-for.ts";

const at = { weight: double([1, 2]), bias: double([0.5, 3]) };
const f = ({ weight, bias }: typeof at): AnyTensor => sum(mul(exp(weight), square(bias))) as AnyTensor;

const linesOf = (report: { toString(): string }): string[] => String(report).split("\n");

test("a report that passes has a line for each parameter, and says what would have been seen", () => {
  const lines = linesOf(checkGradients(f, at));
  expect(lines[0]).toMatch(
    /^pass: the gradient agrees with its differences; a relative error of \d\.\de-1\d would have been seen \(float64, \d+ evaluations, by replay\)$/,
  );
  expect(lines[1]).toMatch(/^ {2}weight {2}pass {2}error .* × tolerance, would see \d\.\de-1\d$/);
  expect(lines[2]).toMatch(/^ {2}bias {4}pass/);
  expect(lines[3]).toBe("Taylor remainder falls as h^2.00 (2 for a right gradient, 1 for a wrong one)");
});

test("without differences, forward and reverse mode agree, or differ", () => {
  const modes = ["forward", "reverse"] as const;
  const lines = linesOf(checkGradients(f, at, { modes, order: 2 }));
  expect(lines[0]).toMatch(
    /^pass: forward and reverse mode agree on the gradient and its derivatives; a relative error/,
  );
  const wrong = mutateRule(exp, { kind: "sign", input: 0, mode: "forward", order: 1 });
  const text = String(checkGradients((x: AnyTensor) => sum(wrong(x)), double([1, 2]), { modes }));
  expect(text).toMatch(/^fail: 1 of 1 gradients are wrong/);
  expect(text).toContain("; forward and reverse mode differ");
  expect(text).not.toMatch(/differences/);
});

test("a report that fails says where and what, and which operation is to blame", () => {
  const text = String(checkGradients(({ weight, bias }: typeof at) => f({ weight, bias: wrongBy(3)(bias) }), at));
  expect(text).toMatch(/^fail: 1 of 2 gradients are wrong/);
  expect(text).toMatch(/^ {2}bias {4}FAIL {2}error .* × tolerance; it is 3 times what it should be$/m);
  expect(text).toMatch(/^worst: bias\[\d\] analytic \S+ numeric \S+ ± \S+ ratio 3$/m);
  expect(text).toContain(
    "entry 0 (customGradient) is wrong by itself, in the derivative by its argument 0: it is 3 times what it should be",
  );
  expect(text).toContain("forward mode is made of reverse mode, so not independent: customGradient");
});

test("kinks, and points on them", () => {
  const text = String(checkGradients((x: AnyTensor) => abs(x), double([1, 0, 1e-5])));
  expect(text).toContain("kink at entry 0 (abs), element [1]: the point lies on it");
  expect(text).toContain("kink at entry 0 (abs), element [2], stepped around");
});

test("what could not be told", () => {
  const text = String(checkGradients((x: AnyTensor) => square(sub(add(x, 1e12), 1e12)), double([1, 2])));
  expect(text).toMatch(/^inconclusive: 1 of 1 gradients could not be told: the differences are too coarse/);
  expect(text).toMatch(/^ {2}the argument {2}\? {5}would see a relative error of \S+ only$/m);
});

test("second order has lines of its own", () => {
  expect(
    linesOf(checkGradients(f, at, { order: 2 }))
      .slice(3, 6)
      .map((line) => line.split("  ")[1]),
  ).toEqual(["weight, second order", "bias, second order", "(cotangent), second order"]);
});

test("a report prints as text, and is data", () => {
  const report = checkGradients(f, at);
  expect(inspect(report)).toBe(formatGradientReport(report));
  expect(`${report}`).toBe(formatGradientReport(report));
  expect(Object.keys(report)).not.toContain("toString");
  expect(JSON.parse(JSON.stringify(report)).verdict).toBe("pass");
});

test("a mistake of the second order only is said to be of a second derivative", () => {
  const frozen = customGradient((x: AnyTensor) => ({ value: exp(x), pullBack: (g) => mul(g, stopGradient(exp(x))) }));
  const text = String(checkGradients((x: AnyTensor) => sum(frozen(x)), double([1, 2]), { order: 2 }));
  expect(text).toMatch(/^worst second derivative: the argument\[\d\] analytic 0 /m);
  expect(text).toMatch(/^entry 0 \(customGradient\) is wrong by itself, in the second derivative by its argument 0/m);
});
