import { type AnyTensor, cast, customGradient, grad, matmul, mul, record, sort, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { rerun } from "../../src/engine/rerun.ts";
import { double } from "./context-for.ts";

const entryOf = (f: (x: AnyTensor) => unknown, at: AnyTensor) =>
  record(f as (x: AnyTensor) => AnyTensor)(at).tape.entries[0]!;

test("an entry runs for other inputs, with the same attributes", () => {
  const entry = entryOf(
    (x) => sum(x, 0),
    double([
      [1, 2],
      [3, 4],
    ]),
  );
  expect(
    rerun(entry, [
      double([
        [10, 20],
        [30, 40],
      ]),
    ])[0]!.toArray(),
  ).toEqual([40, 60]);
});

test("or with others", () => {
  const entry = entryOf((x) => cast(x, "float64"), double([1]));
  expect(rerun(entry, [double([1])], { dtype: "float32" })[0]!.dtype).toBe("float32");
});

test("several results come as several", () => {
  const entry = entryOf((x) => sort(x), double([2, 1]));
  expect(rerun(entry, [double([4, 3])]).map((x) => x.toArray())).toEqual([
    [3, 4],
    [1, 0],
  ]);
});

test("functions with gradients of their own run again, and what runs can be differentiated", () => {
  const custom = customGradient((x: AnyTensor) => ({ value: mul(x, x), pullBack: (g) => mul(g, 7) }));
  const entry = entryOf(custom, double([2]));
  expect(rerun(entry, [double([3])])[0]!.toArray()).toEqual([9]);
  expect(grad((x: AnyTensor) => sum(rerun(entry, [x])[0]!))(double([3])).toArray()).toEqual([7]);
  const product = entryOf((x) => matmul(x, double([[2]])), double([[1]]));
  expect(grad((x: AnyTensor) => sum(rerun(product, [x, double([[5]])])[0]!))(double([[3]])).toArray()).toEqual([[5]]);
});
