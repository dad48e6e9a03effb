import { ArgumentError, type Gradient, key, ones, type Tensor, treeLeaves } from "@tapegrad/core";
import { Linear, Relu, Sequential } from "@tapegrad/nn";
import { describe, expect, test } from "vitest";
import { adam, freeze, type Optimizer, sgd, unfreeze } from "../src/index.ts";

const model = new Sequential(new Linear(2, 3, { key: key(0) }), new Relu(), new Linear(3, 1, { key: key(1) }));
type Model = typeof model;
const gradients = (of: Model): Gradient<Model> => {
  const layer = <T extends Tensor>(x: T): T => ones(x.shape) as Tensor as T;
  const [first, , last] = of.layers;
  return {
    layers: [
      { weight: layer(first.weight), bias: layer(first.bias!) },
      {},
      { weight: layer(last.weight), bias: layer(last.bias!) },
    ],
  } as never;
};
const changed = (before: Model, after: Model): string[] => {
  const values = treeLeaves(before).map(({ value }) => value);
  return treeLeaves(after).flatMap(({ path, value }, i) => (value === values[i] ? [] : [path]));
};

const optimizers: readonly Optimizer[] = [sgd({ learningRate: 0.1, momentum: 0.9 }), adam({ learningRate: 0.1 })];

describe.each(optimizers)("$name", (optimizer) => {
  test.each([
    [["layers.0"], ["layers.2.weight", "layers.2.bias"]],
    [["layers.*.bias"], ["layers.0.weight", "layers.2.weight"]],
    [["layers.0.weight", "layers.2"], ["layers.0.bias"]],
    [[""], []],
  ])("frozen %j, a parameter stays the same object", (patterns, expected) => {
    const state = freeze(optimizer.init(model), ...patterns);
    const next = optimizer.update(model, gradients(model), state);
    expect(changed(model, next.model)).toEqual(expected);
    const again = optimizer.update(next.model, gradients(model), next.state);
    expect(changed(model, again.model)).toEqual(expected);
    // What was not frozen moved as if nothing were.
    const free = optimizer.update(model, gradients(model), optimizer.init(model));
    for (const path of expected) {
      const at = (tree: unknown): unknown => treeLeaves(tree).find((leaf) => leaf.path === path)!.value;
      expect((at(next.model) as Tensor).toArray()).toEqual((at(free.model) as Tensor).toArray());
    }
  });

  test("thawed, it begins as at the first step", () => {
    const frozen = freeze(optimizer.init(model), "layers.0");
    let first = optimizer.update(model, gradients(model), frozen);
    for (let i = 0; i < 3; i++) first = optimizer.update(first.model, gradients(model), first.state);
    const second = optimizer.update(first.model, gradients(model), unfreeze(first.state, "layers.0"));
    const free = optimizer.update(model, gradients(model), optimizer.init(model));
    expect(second.model.layers[0].weight.toArray()).toEqual(free.model.layers[0].weight.toArray());
    expect(changed(first.model, second.model)).toHaveLength(4);
  });
});

const optimizer = sgd({ learningRate: 0.1 });

test("states are values: freezing and thawing make new ones", () => {
  const state = optimizer.init(model);
  const frozen = freeze(state, "layers.0", "layers.2.bias");
  expect([state.frozen, frozen.frozen]).toEqual([[], ["layers.0", "layers.2.bias"]]);
  expect(freeze(frozen, "layers.0").frozen).toEqual(["layers.0", "layers.2.bias"]);
  expect(unfreeze(frozen, "layers.0").frozen).toEqual(["layers.2.bias"]);
  expect(unfreeze(frozen).frozen).toEqual([]);
});

test("errors say what there is", () => {
  const state = freeze(optimizer.init(model), "layers.0");
  expect(() => freeze(state, "layers.1")).toThrow(
    /^freeze: "layers.1" fits no parameter; there are layers.0.weight, layers.0.bias, layers.2.weight, layers.2.bias/,
  );
  expect(() => unfreeze(state, "layers.0.weight")).toThrow(/"layers.0.weight" is not frozen; frozen are layers.0$/);
  expect(() => unfreeze(state, "layers.2")).toThrow(ArgumentError);
  expect(() => freeze(model as never, "layers.0")).toThrow(
    /^freeze: what was given as the state is none; call freeze\(state, ...patterns\) with what optimizer.init\(model\)/,
  );
  expect(() => unfreeze(undefined as never)).toThrow(/^unfreeze: there is no state; call unfreeze\(state/);
});
