import { ArgumentError, DTypeError, ones, ShapeError, type Tensor, tensor, zeros } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  meanSquaredError,
  softmaxCrossEntropy,
} from "../../src/index.ts";

const elementwise = [
  ["binaryCrossEntropyWithLogits", binaryCrossEntropyWithLogits],
  ["binaryCrossEntropy", binaryCrossEntropy],
  ["meanSquaredError", meanSquaredError],
] as const;

describe.each(elementwise)("%s", (name, loss) => {
  const x = tensor([[0.25], [0.5]], { dtype: "float64" });
  const y = tensor([[1], [0]], { dtype: "float64" });

  test("reductions", () => {
    const each = loss(x, y, { reduction: "none" });
    expect(each.shape).toEqual([2, 1]);
    const [a, b] = each.data() as Float64Array;
    expect(loss(x, y, { reduction: "sum" }).item()).toBeCloseTo(a! + b!, 14);
    expect(loss(x, y).item()).toBeCloseTo((a! + b!) / 2, 14);
  });

  test("targets may be integers or bool", () => {
    const expected = loss(x, y).item();
    expect(loss(x, tensor([[1], [0]], { dtype: "int32" })).item()).toBe(expected);
    expect(loss(x, tensor([[true], [false]])).item()).toBe(expected);
  });

  test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    [
      "[2] against [2, 1]",
      () => loss(x as Tensor, ones([2])),
      ShapeError,
      /are \[2, 1\], targets \[2\]; give both the same/,
    ],
    ["a scalar target", () => loss(x as Tensor, tensor(1)), ShapeError, /targets \[\]/],
    ["the other float", () => loss(x, ones([2, 1])), DTypeError, /float64, targets float32; cast one/],
    ["integers", () => loss(ones([2, 1], { dtype: "int32" }), y), DTypeError, /are int32; give floats/],
    ["no tensor", () => loss(x, [[1], [0]] as never), DTypeError, /targets are no tensor; wrap them/],
    [
      "the mean of nothing",
      () => loss(ones([0, 3]), ones([0, 3])),
      ShapeError,
      /no mean of no losses.*\[0, 3\] is empty; leave/,
    ],
    [
      "a misspelt option",
      () => loss(x, y, { reductoin: "sum" } as object),
      ArgumentError,
      /no option "reductoin"; use re/,
    ],
    ["a word for options", () => loss(x, y, "sum" as never), ArgumentError, /the options are /],
    ["an unknown reduction", () => loss(x, y, { reduction: "max" as never }), ArgumentError, /"max" is no reduction/],
  ])("refuses %s", (_, run, type, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(type);
    expect(run).toThrow(new RegExp(`^${name}: `));
  });

  test("the sum of nothing is 0, and nothing reduced stays nothing", () => {
    expect(loss(zeros([0, 3]), zeros([0, 3]), { reduction: "sum" }).item()).toBe(0);
    expect(loss(zeros([0, 3]), zeros([0, 3]), { reduction: "none" }).shape).toEqual([0, 3]);
  });
});

describe("softmaxCrossEntropy", () => {
  const z = tensor([[1, 2, 3]]);
  const index = (values: number[]): Tensor => tensor(values, { dtype: "int32" }) as Tensor;

  test("class indices are the probabilities of one class", () => {
    const expected = softmaxCrossEntropy(z, tensor([[0, 0, 1]])).item();
    expect(softmaxCrossEntropy(z, index([2])).item()).toBeCloseTo(expected, 6);
    expect(softmaxCrossEntropy(tensor([1, 2, 3]) as Tensor, tensor(2, { dtype: "int32" })).item()).toBeCloseTo(
      expected,
      6,
    );
    const batches = softmaxCrossEntropy(ones([2, 5, 3]), zeros([2, 5], { dtype: "int32" }), { reduction: "none" });
    expect(batches.shape).toEqual([2, 5]);
  });

  test("large logits keep their precision", () => {
    expect(softmaxCrossEntropy(tensor([[1e4, 1e4, -1e4]]), index([0])).item()).toBeCloseTo(Math.LN2, 6);
    expect(softmaxCrossEntropy(tensor([[1e4, 0, 0]]), index([0])).item()).toBe(0);
    expect(softmaxCrossEntropy(tensor([[1e4, 0, 0]]), index([1])).item()).toBe(1e4);
  });

  test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    [
      "too many indices",
      () => softmaxCrossEntropy(z as Tensor, index([0, 1])),
      ShapeError,
      /\[1, 3\], class indices \[2\]; give indices of \[1\]/,
    ],
    [
      "probabilities of another shape",
      () => softmaxCrossEntropy(z as Tensor, ones([1, 2])),
      ShapeError,
      /targets \[1, 2\]/,
    ],
    [
      "bool",
      () => softmaxCrossEntropy(z as Tensor, tensor([true])),
      DTypeError,
      /targets are bool; give class indices/,
    ],
    [
      "no classes",
      () => softmaxCrossEntropy(ones([1, 0]) as Tensor, index([0])),
      ShapeError,
      /\[1, 0\] have no classes/,
    ],
    ["scalar logits", () => softmaxCrossEntropy(tensor(1) as Tensor, tensor(0.5)), ShapeError, /\[\] have no classes/],
    [
      "a class that there is not",
      () => softmaxCrossEntropy(z, index([3])),
      ArgumentError,
      /^softmaxCrossEntropy: 3 is none of 3 classes; class indices are 0 to 2/,
    ],
    [
      "classes counted from the end",
      () => softmaxCrossEntropy(z, index([-1])),
      ArgumentError,
      /-1 is none of 3 classes/,
    ],
    [
      "class indices as floats",
      () => softmaxCrossEntropy(ones([4, 3]) as Tensor, tensor([0, 1, 2, 0])),
      DTypeError,
      /^softmaxCrossEntropy: targets are float32 \[4\] beside logits of \[4, 3\]; give class indices with dtype "int32"/,
    ],
    [
      "a misspelt option",
      () => softmaxCrossEntropy(z, index([0]), { reductoin: "sum" } as object),
      ArgumentError,
      /^softmaxCrossEntropy: there is no option "reductoin"; use reduction/,
    ],
    ["the mean of nothing", () => softmaxCrossEntropy(ones([0, 3]), index([])), ShapeError, /no mean of no losses/],
    [
      "integers",
      () => softmaxCrossEntropy(ones([1, 3], { dtype: "int32" }), index([0])),
      DTypeError,
      /logits are int32/,
    ],
  ])("refuses %s", (_, run, type, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(type);
  });
});
