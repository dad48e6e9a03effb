import {
  ArgumentError,
  add,
  DTypeError,
  key,
  matmul,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  transpose,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { init, Linear } from "../../src/index.ts";
import { numbers } from "../fixtures.ts";

test("x·Wᵀ + b, for any batch", () => {
  const layer = new Linear(3, 2, { key: key(0), bias: init.normal(), dtype: "float64" });
  const x = init.normal()(key(1), [4, 5, 3], { dtype: "float64" });
  const expected = add(matmul(x, transpose(layer.weight as Tensor)), layer.bias as Tensor);
  expect(layer.forward(x).shape).toEqual([4, 5, 2]);
  numbers(layer.forward(x)).forEach((value, i) => void expect(value).toBeCloseTo(numbers(expected)[i]!, 12));
  expect(layer.forward(ones([3], { dtype: "float64" })).shape).toEqual([2]);
  expect(layer.forward(ones([0, 3], { dtype: "float64" })).shape).toEqual([0, 2]);
});

test("options: no bias, initializers, dtype; the key decides the weights", () => {
  const plain = new Linear(2, 3, { key: key(0) });
  expect([plain.weight.dtype, plain.bias?.toArray()]).toEqual(["float32", [0, 0, 0]]);
  expect([plain.inFeatures, plain.outFeatures]).toEqual([2, 3]);
  expect(new Linear(2, 3, { key: key(0), bias: false }).bias).toBeNull();
  const given = new Linear(1, 2, { key: key(0), initializer: init.constant(3), bias: init.constant(1) });
  expect(given.forward(ones([1, 1])).toArray()).toEqual([[4, 4]]);
  expect(new Linear(2, 3, { key: key(0) }).weight.toArray()).toEqual(plain.weight.toArray());
  expect(new Linear(2, 3, { key: key(1) }).weight.toArray()).not.toEqual(plain.weight.toArray());
});

test("weights and bias are drawn from different keys", () => {
  const { weight, bias } = new Linear(4, 4, { key: key(0), initializer: init.normal(), bias: init.normal() });
  expect(numbers(weight)).not.toContain(numbers(bias!)[0]);
});

test("a layer of given weights", () => {
  const layer = Linear.of(tensor([[1, 2]]), tensor([3]));
  expect(layer).toBeInstanceOf(Linear);
  expect(layer.forward(tensor([[1, 1]])).toArray()).toEqual([[6]]);
  expect(Linear.of(tensor([[1, 2]])).bias).toBeNull();
});

describe("errors", () => {
  const layer = new Linear(3, 20, { key: key(0) });
  test.each([
    [
      "no key",
      () => new Linear(3, 20, {} as never),
      ArgumentError,
      /there is no key.*new Linear\(3, 20, \{ key: key\(0\)/,
    ],
    ["no options", () => new Linear(3, 20, undefined as never), ArgumentError, /there is no key/],
    [
      "a key in the place of options",
      () => new Linear(3, 20, key(0) as never),
      ArgumentError,
      /^Linear: the options are an instance of Key; give an object of key, initializer/,
    ],
    [
      "images",
      () => new Linear(8, 3, { key: key(0) }).forward(ones([5, 2, 2, 2]) as never),
      ShapeError,
      /x is \[5, 2, 2, 2\], the weight is \[3, 8\]; flatten it first, by new Flatten\(\)/,
    ],
    [
      "a misspelt option",
      () => new Linear(2, 3, { key: key(0), biass: false } as never),
      ArgumentError,
      /^Linear: there is no option "biass"; use key, initializer, bias, dtype/,
    ],
    [
      "an option in other spelling",
      () => new Linear(2, 3, { key: key(0), initialiser: init.heNormal } as never),
      ArgumentError,
      /^Linear: there is no option "initialiser"/,
    ],
    [
      "a name for an initializer",
      () => new Linear(2, 3, { key: key(0), initializer: "he" as never }),
      ArgumentError,
      /^Linear: the initializer is "he"; give a function, such as heNormal or glorotUniform/,
    ],
    [
      "a number for a bias",
      () => new Linear(2, 3, { key: key(0), bias: 0 as never }),
      ArgumentError,
      /^Linear: the initializer is 0; give a function/,
    ],
    [
      "an initializer that gives an array",
      () => new Linear(2, 3, { key: key(0), initializer: () => [1, 2] as never }),
      ArgumentError,
      /^Linear: the initializer gave no tensor/,
    ],
    [
      "the other float",
      () => layer.forward(ones([5, 3], { dtype: "float64" })),
      DTypeError,
      /^Linear: x is float64, the weight is float32; cast one, as in cast\(x, "float32"\)/,
    ],
    ["no feature", () => new Linear(0, 1, { key: key(0) }), ArgumentError, /0 is no number of features/],
    ["half a feature", () => new Linear(1, 1.5, { key: key(0) }), ArgumentError, /1.5 is no number of features/],
    [
      "other features",
      () => layer.forward(ones([5, 4]) as Tensor),
      ShapeError,
      /Linear: x is \[5, 4\], the weight is \[20, 3\]/,
    ],
    ["a scalar", () => layer.forward(tensor(1) as Tensor), ShapeError, /x is \[\]/],
    ["an array", () => layer.forward([[1, 2, 3]] as never), ShapeError, /x is no tensor/],
    [
      "an initializer of another shape",
      () => new Linear(2, 3, { key: key(0), initializer: () => ones([2, 3]) }),
      ShapeError,
      /the initializer gave float32 \[2, 3\] where float32 \[3, 2\] was asked for/,
    ],
    [
      "an initializer of another dtype",
      () => new Linear(2, 3, { key: key(0), dtype: "float64", initializer: (k, s) => init.heNormal(k, s) }),
      ShapeError,
      /gave float32 \[3, 2\] where float64/,
    ],
    [
      "a bias that does not fit",
      () => Linear.of(ones([2, 3]), ones([3])),
      ShapeError,
      /\[2, 3\] and \[3\] make no layer/,
    ],
    ["a weight that is no matrix", () => Linear.of(ones([2])), ShapeError, /Linear.of: \[2\] make no layer/],
  ])("%s", (_, run, type, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(type);
  });
});
