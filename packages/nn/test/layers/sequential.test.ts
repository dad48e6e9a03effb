import { ArgumentError, key, ones, relu, ShapeError, type Tensor, treeLeaves } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { Dropout, Flatten, Linear, type Module, Relu, Sequential, Sigmoid } from "../../src/index.ts";
import { numbers } from "../fixtures.ts";

const linear = (i: number, o: number): Linear => new Linear(i, o, { key: key(i) });

test("layers one after another", () => {
  const [a, b] = [linear(2, 3), linear(3, 1)];
  const x = ones([4, 2]);
  const model = new Sequential(a, new Relu(), b);
  expect(numbers(model.forward(x))).toEqual(numbers(b.forward(relu(a.forward(x)))));
  expect(treeLeaves(model).map(({ path }) => path)).toEqual([
    "layers.0.weight",
    "layers.0.bias",
    "layers.2.weight",
    "layers.2.bias",
  ]);
  expect(new Sequential().forward(x)).toBe(x);
});

test("what is known of the last axis", () => {
  const inner = new Sequential(new Relu(), linear(2, 3), new Dropout(0.5));
  expect(inner.lastAxis).toEqual({ takes: 2, gives: 3 });
  expect(new Sequential(new Relu(), inner, new Sigmoid()).lastAxis).toEqual({ takes: 2, gives: 3 });
  expect(new Sequential(new Relu()).lastAxis).toEqual({ takes: null, gives: "same" });
  expect(new Sequential(new Flatten(), linear(2, 3)).lastAxis).toEqual({ takes: null, gives: 3 });
});

describe("errors", () => {
  const make = (...layers: readonly unknown[]): Sequential => new Sequential(...(layers as Module[]));
  test.each([
    [
      "neighbours that do not fit",
      () => make(linear(3, 20), new Relu(), linear(30, 1)),
      ShapeError,
      /Sequential: layer 0 gives 20 features, layer 2 takes 30; change the size of one/,
    ],
    [
      "nested ones",
      () => make(new Sequential(linear(3, 20), new Relu()), new Sequential(linear(30, 1))),
      ShapeError,
      /layer 0 gives 20 features, layer 1 takes 30/,
    ],
    ["functions", () => make(linear(3, 20), relu), ArgumentError, /layer 1 is no module; wrap functions/],
    ["wrong features", () => make(linear(3, 20)).forward(ones([5, 4]) as Tensor), ShapeError, /x is \[5, 4\]/],
  ])("%s", (_, run, type, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(type);
  });

  test("a layer that reshapes may stand between any two", () => {
    expect(() => make(linear(3, 20), new Flatten(), linear(40, 1))).not.toThrow();
  });
});
