import { type AnyTensor, exp, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import type { Mode } from "../src/engine/context.ts";
import { checkGradients } from "../src/index.ts";
import { reportOf } from "../src/report-of.ts";
import { double, wrongBy } from "./engine/context-for.ts";

const nothing = {
  order: 1,
  modes: new Set<Mode>(["numeric", "reverse"]),
  examinations: [],
  problems: [],
  culprits: [],
  note: null,
  evaluations: 0,
} as const;

test("nothing examined and a problem is a failure", () => {
  const report = reportOf({ ...nothing, problems: [{ kind: "throws", message: "evaluation 1 threw: boom" }] });
  expect(report).toMatchObject({ verdict: "fail", paths: [], worst: null, evaluations: 0, dtype: "float64" });
  expect(String(report)).toMatch(/^fail: see throws/);
});

test("errors and resolving powers are the largest of the parts", () => {
  const at = { a: double([1, 2]), b: double([3]) };
  const report = checkGradients(({ a, b }: typeof at) => [sum(exp(a)), exp(b)], at, { order: 2 });
  expect(report.resolvingPower).toBe(Math.max(...report.paths.map(({ resolvingPower }) => resolvingPower)));
  expect(report.relativeError).toBeLessThan(report.resolvingPower);
});

test("the worst element is the one that is most tolerances off", () => {
  const at = { a: double([1, 2]), b: double([3, 4]) };
  const f = ({ a, b }: typeof at): AnyTensor[] => [exp(wrongBy(1.001)(a)), exp(wrongBy(3)(b))];
  const { worst, paths } = checkGradients(f, at);
  expect(worst?.path).toBe("b");
  expect(paths.map((path) => path.worst?.path)).toEqual(["a", "b"]);
});
