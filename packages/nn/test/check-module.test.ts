import { grad, key, ones, relu, type Tensor, treeLeaves, treeMap, valueAndGrad } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { apply, checkModule, Dropout, Linear, Module, ModuleError, Sequential } from "../src/index.ts";

class Hidden extends Module {
  readonly #weight = ones([2]);
  override forward(): Tensor {
    return this.#weight;
  }
}

class BelowHidden extends Hidden {}

class Arrow extends Module {
  readonly weight = ones([2]);
  readonly run = (): Tensor => this.weight;
  override forward(): Tensor {
    return this.run();
  }
}

const weight: unique symbol = Symbol.for("weight");

class Symbolic extends Module {
  readonly [weight] = ones([2]);
  override forward(): Tensor {
    return ones([2]);
  }
}

class Parts extends Module {
  readonly parts: unknown;
  constructor(parts: unknown) {
    super();
    this.parts = parts;
  }
  override forward(x: Tensor): Tensor {
    return x;
  }
}

describe("refused, wherever in the model", () => {
  test.each([
    ["private fields", new Hidden(), /^Hidden: the class Hidden has a private member, .+; use/],
    ["inherited private fields", new BelowHidden(), /^BelowHidden: the class Hidden has a private member/],
    ["arrow functions as fields", new Arrow(), /^Arrow: the field run is a function, which stays bound.*; make it/],
    ["functions as fields", new Parts(relu), /^Parts: the field parts is a function/],
    ["functions in parts", new Parts([{ f: relu }]), /^Parts: the field parts.0.f is a function/],
    ["fields named by symbols", new Symbolic(), /^Symbolic: the field \[Symbol\(weight\)\] is lost/],
    ["modules inside", new Parts({ a: [new Arrow()] }), /^Arrow: the field parts.a.0.run is a function/],
  ])("%s", (_, module, message) => {
    expect(() => checkModule(module)).toThrow(message);
    // Also the second time: a class is scanned once, its verdict stays.
    expect(() => checkModule(module)).toThrow(ModuleError);
    expect(() => apply(module, ones([2]))).toThrow(message);
  });

  test("a model that contains itself", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => checkModule(new Parts(loop))).toThrow(/contains itself; break the cycle/);
  });
});

describe("refused by whatever walks the tree, before anything is neglected in silence", () => {
  class Bound extends Module {
    readonly weight = ones([2]);
    constructor() {
      super();
      this.forward = this.forward.bind(this);
    }
    override forward(): Tensor {
      return this.weight;
    }
  }
  test.each([
    ["arrow functions as fields", () => new Arrow(), /^Arrow: the field run is a function/],
    ["bound methods", () => new Bound(), /^Bound: the field forward is a function/],
    ["private fields", () => new Hidden(), /^Hidden: the class Hidden has a private member, #weight/],
    ["functions in parts", () => new Parts([{ f: relu }]), /^Parts: the field parts.0.f is a function/],
    ["modules inside", () => new Parts({ a: [new Arrow()] }), /^Arrow: the field run is a function/],
  ])("%s", (_, make, message) => {
    const loss = (m: Module): Tensor<readonly []> => (m.forward(ones([2]) as never) as Tensor).sum();
    for (const walk of [
      () => grad(loss)(make()),
      () => valueAndGrad(loss)(make()),
      () => treeMap(make(), ({ value }) => value),
      () => treeLeaves({ model: [make()] }),
    ]) {
      expect(walk).toThrow(message);
      expect(walk).toThrow(ModuleError);
    }
    // Also the same instance again.
    const module = make();
    for (let i = 0; i < 2; i++) expect(() => treeLeaves(module)).toThrow(ModuleError);
  });
});

test("accepted: modules, plain data, objects of other classes", () => {
  const model = new Sequential(new Linear(2, 3, { key: key(0) }), new Dropout(0.5));
  checkModule(new Parts({ model, date: new Date(0), map: new Map(), text: "x", nothing: null, key: key(0) }));
});
