import { type AnyTensor, ArgumentError, add, GradientError, key, mul, sum, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { blocksOf, flatten, lengthOf, subjectOf, tensorOf, unflatten } from "../../src/engine/subject.ts";
import { double, f64 } from "./context-for.ts";

test("a tree is a vector of its parameters, each once", () => {
  const w = double([[1, 2]]);
  const at = { layers: [{ weight: w }], tied: w, bias: double(3), count: tensor([1], { dtype: "int32" }), k: key(0) };
  const subject = subjectOf(({ layers, tied, bias }: typeof at) => add(mul(layers[0]!.weight, tied), bias), at);
  expect(subject.inputs.map(({ path, start, size }) => [path, start, size])).toEqual([
    ["layers.0.weight", 0, 2],
    ["bias", 2, 1],
  ]);
  expect(lengthOf(subject.inputs)).toBe(3);
  expect(subject.run([double([[2, 3]]), double(1)]).map((x) => x.toArray())).toEqual([[[5, 10]]]);
});

test("results are those of floats, with their paths", () => {
  const f = (x: AnyTensor) => ({ loss: sum(x), parts: [x, tensor([1], { dtype: "int32" })], name: "f" });
  const subject = subjectOf(f, double([1, 2]));
  expect(subject.run(subject.at)).toHaveLength(2);
  expect(subject.outputPaths()).toEqual(["loss", "parts.0"]);
});

test("frozen parameters stay constants", () => {
  const at = { a: { w: double(1) }, b: double(2) };
  const subject = subjectOf(({ a, b }: typeof at) => mul(a.w, b), at, ["a"]);
  expect(subject.inputs.map(({ path }) => path)).toEqual(["b"]);
  expect(() => subjectOf(({ b }: typeof at) => b, at, ["c"])).toThrow(
    'checkGradients: there is no "c" to freeze; name one of a.w, b',
  );
});

test("nothing to check is refused", () => {
  const f = (x: unknown): unknown => x;
  expect(() => subjectOf(f, {})).toThrow(ArgumentError);
  expect(() => subjectOf(f, {})).toThrow("there is no parameter to check, but no tensor at all");
  expect(() => subjectOf(f, tensor([1], { dtype: "int32" }))).toThrow("but the argument (int32 [1])");
  expect(() => subjectOf(f, double([]))).toThrow("but the argument (float64 [0])");
  expect(() => subjectOf(f, { w: double(1) }, ["w"])).toThrow("and not frozen");
});

test("a function that returns no floats is refused", () => {
  const run = (f: (x: AnyTensor) => unknown) => () => subjectOf(f, double([1])).run([double([1])]);
  expect(run(() => 3)).toThrow(GradientError);
  expect(run(() => 3)).toThrow("checkGradients: the function returned no tensor");
  expect(run(async (x) => x)).toThrow("the function returned a promise");
  expect(run(() => tensor([1], { dtype: "int32" }))).toThrow("the function returned no floats");
});

test("tensors flatten, and come back", () => {
  const tensors = [double([[1, 2]]), tensor(0.5) as AnyTensor];
  const blocks = blocksOf(tensors, ["a", "b"]);
  const flat = flatten(tensors);
  expect([...flat]).toEqual([1, 2, 0.5]);
  expect(unflatten(flat, blocks).map((x) => [x.dtype, x.toArray()])).toEqual([
    ["float64", [[1, 2]]],
    ["float32", 0.5],
  ]);
  expect(tensorOf(flat, blocks[0]!).shape).toEqual([1, 2]);
  expect(tensor([1], f64).dtype).toBe("float64");
});
