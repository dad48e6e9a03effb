import { readFileSync } from "node:fs";
import type { AnyTensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkGradients, classicCheck } from "../src/index.ts";
import { cost, type Parameters, parameters } from "./course-network.ts";
import { wrongBy } from "./engine/context-for.ts";

const document = readFileSync(new URL("../../../docs/gradient-checking.md", import.meta.url), "utf8");
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
