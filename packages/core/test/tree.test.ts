import { describe, expect, test } from "vitest";
import { type AnyTensor, key, ones, TreeError, tensor, treeAt, treeLeaves, treeMap, zeros } from "../src/index.ts";

class Layer {
  static readonly buffers = ["running"];
  readonly weight: AnyTensor = ones([2]);
  readonly running: AnyTensor = zeros([2]);
  readonly rate = 0.5;
  describe(): string {
    return `a layer of ${this.weight.size}`;
  }
}
Object.defineProperty(Layer.prototype, Symbol.for("immer-draftable"), { value: true });

const tree = {
  layers: [new Layer(), new Layer()],
  steps: tensor(3, { dtype: "int32" }),
  rng: key(1),
  name: "net",
  f: Math.sin,
};

test("leaves come in the order of the fields, with paths and kinds", () => {
  expect(treeLeaves(tree).map(({ path, kind }) => `${path}: ${kind}`)).toEqual([
    "layers.0.weight: parameter",
    "layers.0.running: buffer",
    "layers.1.weight: parameter",
    "layers.1.running: buffer",
    "steps: buffer",
    "rng: key",
  ]);
  expect(treeLeaves(ones([1])).map(({ path }) => path)).toEqual([""]);
  expect(treeLeaves(7)).toEqual([]);
});

describe("treeMap", () => {
  test("keeps classes, static values and structure", () => {
    const mapped = treeMap(tree, ({ value, kind }) => (kind === "parameter" ? zeros([2]) : value)) as typeof tree;
    expect(mapped.layers[0]).toBeInstanceOf(Layer);
    expect(mapped.layers[0]!.describe()).toBe("a layer of 2");
    expect(mapped.layers[0]!.rate).toBe(0.5);
    expect(mapped.layers[0]!.weight.toArray()).toEqual([0, 0]);
    expect(mapped.f).toBe(Math.sin);
    expect(tree.layers[0]!.weight.toArray()).toEqual([1, 1]);
  });

  test("returns what did not change itself", () => {
    expect(treeMap(tree, ({ value }) => value)).toBe(tree);
  });

  test("walks other trees beside the first; null stands for a whole branch", () => {
    const seen: unknown[] = [];
    treeMap({ a: ones([1]), b: { c: ones([1]) } }, ({ path }, other) => seen.push([path, other]), { a: 5, b: null });
    expect(seen).toEqual([
      ["a", 5],
      ["b.c", null],
    ]);
  });

  test("maps a tensor that stands twice once, unless the other trees differ there", () => {
    const shared = ones([1]);
    let calls = 0;
    const mapped = treeMap([shared, shared], () => ++calls);
    expect(mapped).toEqual([1, 1]);
    expect(treeMap([shared, shared], (_, other) => other, [7, 8])).toEqual([7, 8]);
  });

  test("says which place another tree lacks", () => {
    expect(() => treeMap({ a: { b: ones([1]) } }, () => 0, { a: {} })).toThrow(TreeError);
    expect(() => treeMap({ a: { b: ones([1]) } }, () => 0, { a: {} })).toThrow(
      "tree: the trees differ: one has no a.b; use trees of the same structure",
    );
  });
});

describe("what is no tree", () => {
  test("an unmarked class that holds tensors would lose them silently, and is refused", () => {
    class Hidden {
      readonly weight = ones([1]);
    }
    expect(() => treeLeaves({ net: new Hidden() })).toThrow(
      "tree: net is a Hidden that holds tensors, but is no tree; extend Module",
    );
    expect(treeLeaves({ when: new Date(), table: new Map(), raw: new Float32Array(2) })).toEqual([]);
  });

  test("a tree that contains itself", () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(() => treeLeaves(loop)).toThrow(/contains itself; flatten it, or break the cycle/);
  });
});

test("treeAt finds what stands at a path, and says what there is instead", () => {
  expect(treeAt(tree, "layers.1.rate")).toBe(0.5);
  expect(treeAt(tree, "")).toBe(tree);
  expect(() => treeAt(tree, "layers.2.weight")).toThrow(
    'treeAt: there is no "layers.2.weight": layers has 0, 1; treeLeaves(tree) lists all paths',
  );
});
