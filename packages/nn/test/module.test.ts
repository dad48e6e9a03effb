import {
  type Key,
  key,
  ones,
  relu,
  splitKey,
  type Tensor,
  treeLeaves,
  treeMap,
  valueAndGrad,
  zeros,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { apply, type Context, Dropout, evaluation, Linear, Module } from "../src/index.ts";
import { numbers } from "./fixtures.ts";

class Net extends Module {
  static override readonly buffers: readonly string[] = ["seen"];
  readonly hidden: Linear<2, 8>;
  readonly dropout = new Dropout(0.5);
  readonly output: Linear<8, 1>;
  readonly seen: Tensor = zeros([]);
  readonly noise: Key;
  constructor(seed: number) {
    super();
    const [a, b, c] = splitKey(key(seed), 3) as [Key, Key, Key];
    this.hidden = new Linear(2, 8, { key: a });
    this.output = new Linear(8, 1, { key: b });
    this.noise = c;
  }
  override forward(x: Tensor, context: Context = evaluation): Tensor {
    return this.output.forward(this.dropout.forward(relu(this.hidden.forward(x)), context));
  }
}

test("leaves are named by path, in the order of the fields, and of four kinds", () => {
  expect(treeLeaves(new Net(0)).map(({ path, kind }) => `${path} ${kind}`)).toEqual([
    "hidden.weight parameter",
    "hidden.bias parameter",
    "output.weight parameter",
    "output.bias parameter",
    "seen buffer",
    "noise key",
  ]);
});

test("a copy made leaf by leaf is a module that works", () => {
  const net = new Net(0);
  const doubled = treeMap(net, ({ kind, value }) => (kind === "parameter" ? (value as Tensor).mul(2) : value)) as Net;
  expect(doubled).toBeInstanceOf(Net);
  expect(doubled.hidden).toBeInstanceOf(Linear);
  expect(doubled.dropout).toBe(net.dropout);
  const x = ones([3, 2]);
  expect(numbers(doubled.forward(x))).toEqual(numbers(net.forward(x)).map((v) => 4 * v));
  expect(numbers(apply(doubled, x, { key: key(1) }).output)).toHaveLength(3);
});

test("gradients have the structure of the module, and null where there are none", () => {
  const { gradient } = valueAndGrad((net: Net) => net.forward(ones([3, 2])).sum())(new Net(0));
  expect(gradient.hidden.weight.shape).toEqual([8, 2]);
  expect(gradient.seen).toBeNull();
  expect(gradient.noise).toBeNull();
});

test("what nothing is known of has no last axis", () => {
  expect(new Net(0).lastAxis).toEqual({ takes: null, gives: null });
});
