import { add, key, ones, type Tensor, tensor, zeros } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { apply, type Context, evaluation, Linear, Module, ModuleError, Sequential, withUpdates } from "../src/index.ts";

class Counter extends Module {
  static override readonly buffers: readonly string[] = ["count"];
  readonly count: Tensor;
  readonly scale: Tensor = ones([]);
  constructor(count: Tensor) {
    super();
    this.count = count;
  }
  override forward(x: Tensor, context: Context = evaluation): Tensor {
    if (context.training) context.update(this, { count: add(this.count, x) as Tensor });
    return add(x, 1) as Tensor;
  }
}

test("the next model has the new buffers and the same everything else", () => {
  const model = new Sequential(new Counter(zeros([])), new Counter(zeros([])), new Linear(1, 1, { key: key(0) }));
  const first = new Sequential(model.layers[0], model.layers[1]);
  const { updates } = apply(first, tensor(5), { training: true });
  const next = withUpdates(model, updates);
  expect(next.layers[0].count.item()).toBe(5);
  expect(next.layers[1].count.item()).toBe(6);
  expect(next.layers[0]).toBeInstanceOf(Counter);
  expect(next.layers[0].scale).toBe(model.layers[0].scale);
  expect(next.layers[2]).toBe(model.layers[2]);
  expect(model.layers[0].count.item()).toBe(0);
});

test("buffers that begin as one tensor part", () => {
  const start = zeros([]);
  const model = new Sequential(new Counter(start), new Counter(start));
  const next = withUpdates(model, apply(model, tensor(5), { training: true }).updates);
  expect(next.layers.map((layer) => layer.count.item())).toEqual([5, 6]);
});

test("nothing to update is the same model", () => {
  const model = new Counter(zeros([]));
  expect(withUpdates(model, {})).toBe(model);
});

describe("errors", () => {
  const model = new Sequential(new Counter(zeros([])));
  test.each([
    ["an unknown path", { "layers.7.count": zeros([]) }, /there is nothing at "layers.7.count"/],
    ["a parameter", { "layers.0.scale": zeros([]) }, /there is a parameter at "layers.0.scale"; name buffers/],
    ["another shape", { "layers.0.count": zeros([2]) }, /layers.0.count is float32 \[\], its update float32 \[2\]/],
    ["another dtype", { "layers.0.count": zeros([], { dtype: "int32" }) }, /its update int32 \[\]/],
  ])("%s", (_, updates, message) => {
    expect(() => withUpdates(model, updates)).toThrow(message);
    expect(() => withUpdates(model, updates)).toThrow(ModuleError);
  });
});
