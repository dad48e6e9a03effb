import { type Gradient, type Key, key, ones, type Tensor, valueAndGrad } from "@tapegrad/core";
import { Linear, Module } from "@tapegrad/nn";
import { describe, expect, test } from "vitest";
import { adam, edit } from "../src/index.ts";

const values = (x: Tensor): number[] => Array.from(x.data());

class Net extends Module {
  readonly body: Linear;
  readonly head: Linear;
  constructor(k: Key) {
    super();
    this.body = new Linear(2, 3, { key: k });
    this.head = new Linear(3, 1, { key: k });
  }
  override forward(x: Tensor): Tensor {
    return this.head.forward(this.body.forward(x));
  }
}

describe("after surgery", () => {
  const optimizer = adam({ learningRate: 0.1 });
  const net = new Net(key(0));
  const gradientOf = (model: Net): Gradient<Net> =>
    valueAndGrad((m: Net) => m.forward(ones([4, 2])).sum() as Tensor)(model).gradient;
  const trained = optimizer.update(net, gradientOf(net), optimizer.init(net));
  const wider = edit(trained.model, (draft) => {
    draft.head = new Linear(3, 5, { key: key(1) });
  });

  test("a module edited with immer works, and the rest of it is the same", () => {
    expect(wider).toBeInstanceOf(Net);
    expect(wider.forward(ones([4, 2])).shape).toEqual([4, 5]);
    expect(wider.body).toBe(trained.model.body);
    expect(trained.model.head.outFeatures).toBe(1);
  });

  test("the state of before is refused, naming the parameter", () => {
    expect(() => optimizer.update(wider, gradientOf(wider), trained.state)).toThrow(
      /^adam: what is kept for head.weight is \[1, 3\], the parameter is \[5, 3\]; after a change of the model, take optimizer.adapt/,
    );
    const added = { net: trained.model };
    expect(() => optimizer.update(added, { net: gradientOf(net) } as Gradient<typeof added>, trained.state)).toThrow(
      /the state knows no parameter net.body.weight/,
    );
  });

  test("adapt keeps what fits and starts the rest anew", () => {
    const state = optimizer.adapt(wider, trained.state);
    expect(state.step).toBe(1);
    expect(state.slots.m!["body.weight"]).toBe(trained.state.slots.m!["body.weight"]);
    expect(state.slots.m!["head.weight"]!.shape).toEqual([5, 3]);
    expect(state.rested).toEqual({ "head.weight": 1, "head.bias": 1 });
    const next = optimizer.update(wider, gradientOf(wider), state);
    // The first step of Adam is the learning rate, whatever the gradient.
    const moved = values(next.model.head.bias as Tensor).map((b) => Math.abs(b));
    moved.forEach((distance) => void expect(distance).toBeCloseTo(0.1, 5));
  });

  test("frozen paths that are gone are forgotten", () => {
    const frozen = edit(trained.state, (draft) => {
      draft.frozen = ["head", "body.bias"];
    });
    expect(optimizer.adapt({ body: wider.body }, frozen).frozen).toEqual(["body.bias"]);
  });
});
