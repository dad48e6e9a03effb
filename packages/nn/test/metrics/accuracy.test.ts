import { ones, ShapeError, type Tensor, tensor } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { accuracy } from "../../src/index.ts";

const int = (values: number[]): Tensor => tensor(values, { dtype: "int32" }) as Tensor;

test("two classes, by the threshold", () => {
  expect(accuracy(tensor([2, -1, 3, 0]), tensor([1, 0, 0, 0])).item()).toBe(0.75);
  expect(accuracy(tensor([0.9, 0.2]), tensor([1, 0]), { threshold: 0.5 }).item()).toBe(1);
  expect(accuracy(tensor([[2], [-1]]), tensor([[true], [true]])).item()).toBe(0.5);
  expect(accuracy(tensor([2, -1]), int([1, 0])).item()).toBe(1);
});

test("more classes: the largest counts", () => {
  const logits = tensor([
    [1, 2, 3],
    [3, 2, 1],
    [0, 1, 0],
    [5, 0, 0],
  ]);
  expect(accuracy(logits, int([2, 0, 1, 1])).item()).toBe(0.75);
  expect(accuracy(logits, tensor([2, 0, 1, 1], { dtype: "uint8" })).item()).toBe(0.75);
});

test("classes as integers", () => {
  expect(accuracy(int([0, 1, 2, 2]), int([0, 1, 2, 1])).item()).toBe(0.75);
  expect(accuracy(tensor([true, false]), int([1, 1])).item()).toBe(0.5);
});

describe("errors", () => {
  test.each([
    [
      "other shapes",
      () => accuracy(ones([3, 2]), int([0, 1])),
      /float32 \[3, 2\], targets int32 \[2\]; give both one shape/,
    ],
    ["[n] against [n, 1]", () => accuracy(ones([2, 1]), ones([2])), /float32 \[2, 1\], targets float32 \[2\]/],
    ["nothing", () => accuracy(ones([0]), ones([0])), /there are no predictions/],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ShapeError);
  });
});
