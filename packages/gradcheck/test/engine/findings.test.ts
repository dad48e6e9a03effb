import { type AnyTensor, add, key, matmul, mul, normal, relu, sum, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { cover } from "../../src/engine/coverage.ts";
import { type Finding, findingsOf } from "../../src/engine/findings.ts";
import { Reverse } from "../../src/engine/references.ts";
import { contextFor, f64, wrongBy } from "./context-for.ts";

type Model = Record<"a" | "b" | "c", AnyTensor>;
const draw = (seed: number, shape: number[]): AnyTensor => normal(key(seed), shape, f64) as AnyTensor;
const model: Model = { a: draw(1, [4, 3]), b: draw(2, [3]), c: draw(3, [3, 2]) };
const input = draw(4, [5, 4]);

const loss = ({ a, b, c }: Model): AnyTensor => sum(matmul(relu(add(matmul(input, a), b)), c)) as AnyTensor;

function findings(f: (at: Model) => AnyTensor, explain = true): Finding[] {
  const context = contextFor(f, model);
  const { covered, judged } = cover(context, 2);
  return findingsOf(context, covered, judged, new Reverse(context.runs), explain);
}

test("nothing is found in a right gradient", () => {
  expect(findings(loss).map(({ wrong, worst }) => [wrong, worst])).toEqual([
    [null, null],
    [null, null],
    [null, null],
  ]);
});

test("inputs that are wrong are found among others, with a diagnosis and an element", () => {
  const found = findings(({ a, b, c }) => loss({ a, b: wrongBy(4)(b), c: wrongBy(2)(c) }));
  expect(found.map(({ wrong }) => wrong)).toEqual([null, "reverse", "reverse"]);
  expect(found.map(({ diagnosis }) => diagnosis)).toEqual([
    null,
    "it is 4 times what it should be",
    "it is 2 times what it should be",
  ]);
  expect(found[1]!.worst!.analytic / found[1]!.worst!.numeric.value).toBeCloseTo(4, 6);
  expect(found[0]!.multiple).toBeLessThan(1);
});

test("one wrong element is found as such", () => {
  const factors = tensor(
    [
      [1, 1, 1],
      [1, 1, 1.5],
      [1, 1, 1],
      [1, 1, 1],
    ],
    f64,
  ) as AnyTensor;
  const found = findings((at) => loss({ ...at, a: wrongBy(factors)(at.a) }));
  expect(found.map(({ diagnosis }) => diagnosis)).toEqual(["one element is wrong, and no other", null, null]);
  expect(found[0]!.worst!.coordinate).toBe(5);
  const missing = tensor(
    [
      [1, 1, 1],
      [1, 1, 0],
      [1, 1, 1],
      [1, 1, 1],
    ],
    f64,
  ) as AnyTensor;
  expect(findings((at) => loss({ ...at, a: wrongBy(missing)(at.a) }))[0]!.diagnosis).toBe(
    "one element is missing: it is 0",
  );
});

test("without an explanation all that was moved together is wrong", () => {
  const found = findings((at) => loss({ ...at, b: wrongBy(4)(at.b) }), false);
  expect(found.map(({ wrong }) => wrong)).toEqual(["reverse", "reverse", "reverse"]);
});

test("among many inputs the wrong one is found by halves", () => {
  const many = Array.from({ length: 20 }, (_, i) => draw(i, [2]));
  const term = (x: AnyTensor, i: number): AnyTensor => sum(mul(i === 13 ? wrongBy(3)(x) : x, x)) as AnyTensor;
  const context = contextFor((xs: AnyTensor[]) => xs.map(term).reduce((a, b) => add(a, b)), many);
  const { covered, judged } = cover(context, 2);
  const found = findingsOf(context, covered, judged, new Reverse(context.runs), true);
  expect(found.flatMap(({ wrong }, i) => (wrong === null ? [] : [i]))).toEqual([13]);
});
