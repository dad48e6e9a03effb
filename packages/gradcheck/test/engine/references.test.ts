import { type AnyTensor, defineOp, exp, mul, type OpDef, reshape, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { dot, pullBackOf, Reverse, tangentOf } from "../../src/engine/references.ts";
import { Runs } from "../../src/engine/runs.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { double } from "./context-for.ts";

const product = (at: { a: AnyTensor; b: AnyTensor }): AnyTensor => mul(at.a, at.b);
const runs = new Runs(subjectOf(product, { a: double([2, 3]), b: double([5, 7]) }));

test("reverse mode gives flat gradients for flat cotangents, as often as asked", () => {
  const reverse = new Reverse(runs);
  expect([...reverse.values]).toEqual([10, 21]);
  expect([...reverse.gradient(Float64Array.of(1, 10))]).toEqual([5, 70, 2, 30]);
  expect([...reverse.gradient(Float64Array.of(0, 1))]).toEqual([0, 7, 0, 3]);
});

test("forward mode gives a flat tangent along a flat direction", () => {
  expect([...tangentOf(runs, Float64Array.of(1, 0, 0, 2))]).toEqual([5, 6]);
});

test("the pull-back is a function of the point and of the cotangents", () => {
  const pulled = pullBackOf(runs.given, runs.outputs, Float64Array.of(1, 10));
  expect(pulled.inputs.map(({ path, start }) => [path, start])).toEqual([
    ["a", 0],
    ["b", 2],
    ["(cotangent)", 4],
  ]);
  const results = pulled.run([double([2, 3]), double([5, 7]), double([1, 1])]);
  expect(results.map((x) => x.toArray())).toEqual([
    [5, 7],
    [2, 3],
  ]);
  expect(pulled.outputPaths()).toEqual(["a", "b"]);
});

test("a rule that gives another shape, or throws, is what is told", () => {
  const definition = (exp as unknown as { definition: OpDef }).definition;
  const flat = defineOp<(x: AnyTensor) => AnyTensor>({
    ...definition,
    vjp: [([g]) => reshape(g!, [4]) as AnyTensor],
  });
  const reverse = (f: (x: AnyTensor) => AnyTensor): Reverse =>
    new Reverse(
      new Runs(
        subjectOf(
          f,
          double([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    );
  expect(() => reverse(flat).gradient(Float64Array.of(1, 1, 1, 1))).toThrow();
  const throwing = defineOp<(x: AnyTensor) => AnyTensor>({
    ...definition,
    vjp: [
      () => {
        throw new Error("no rule");
      },
    ],
  });
  expect(() => reverse((x) => sum(throwing(x)) as AnyTensor).gradient(Float64Array.of(1))).toThrow("no rule");
});

test("dot gives the sum of products, and that of their sizes", () => {
  expect(dot(Float64Array.of(1, -2), Float64Array.of(3, 4))).toEqual({ value: -5, size: 11 });
});
