import { readFileSync } from "node:fs";
import { type AnyTensor, add, div, log, matmul, mul, neg, relu, sigmoid, sub, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkGradients, classicCheck } from "../src/index.ts";
import { double, wrongBy } from "./engine/context-for.ts";

const document = readFileSync(new URL("../../../docs/gradient-checking.md", import.meta.url), "utf8");
const { n_d: fixture } = JSON.parse(
  readFileSync(new URL("./fixtures/course_gradient_checking.json", import.meta.url), "utf8"),
);
type Parameters = Record<"W1" | "b1" | "W2" | "b2" | "W3" | "b3", AnyTensor>;
const parameters = Object.fromEntries(
  Object.entries(fixture.parameters).map(([name, values]) => [name, double(values as number[][])]),
) as unknown as Parameters;
const [x, y] = [double(fixture.X), double(fixture.Y)];

function cost({ W1, b1, W2, b2, W3, b3 }: Parameters): AnyTensor {
  const a1 = relu(add(matmul(W1, x), b1));
  const a2 = relu(add(matmul(W2, a1), b2));
  const a3 = sigmoid(add(matmul(W3, a2), b3));
  return div(sum(add(mul(neg(log(a3)), y), mul(neg(log(sub(1, a3))), sub(1, y)))), 3);
}

test("the table of steps is what is measured", () => {
  const rows = [...document.matchAll(/^\| (1e-\d+) +\| (\S+) +\| (\S+) +\|$/gm)].map(([, ...row]) => row.map(Number));
  expect(rows).toHaveLength(9);
  for (const [epsilon, correct, wrong] of rows) {
    const off = (at: Parameters): AnyTensor => cost({ ...at, b3: wrongBy(1.0001)(at.b3) });
    expect(classicCheck(cost, parameters, { epsilon: epsilon! }).difference / correct!).toBeCloseTo(1, 0.5);
    expect(classicCheck(off, parameters, { epsilon: epsilon! }).difference / wrong!).toBeCloseTo(1, 0.5);
  }
});

test("the report that is shown is what is printed, but for the digits of its tolerances", () => {
  const [, shown] = document.match(/^```text\n([\s\S]*?)^```/m)!;
  const planted = (at: Parameters): AnyTensor => cost({ ...at, W2: wrongBy(2)(at.W2), b1: wrongBy(4)(at.b1) });
  const plain = (text: string): string =>
    text.trim().replaceAll(/\d+(\.\d+)?(e[-+]\d+)?/g, (n) => (/[.e]|\d{3}/.test(n) ? "#" : n));
  expect(plain(String(checkGradients(planted, parameters)))).toBe(plain(shown!));
});
