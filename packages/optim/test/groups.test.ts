import { type Tensor, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { adamw, sgd } from "../src/index.ts";

type Vector = Tensor<readonly [number], "float64">;
const w = (values: readonly number[]): Vector => tensor(Float64Array.from(values));
const values = (x: Tensor): number[] => Array.from(x.data());

test("groups have hyper-parameters of their own; the first that fits counts", () => {
  const optimizer = adamw({
    learningRate: 0.1,
    weightDecay: 0.5,
    groups: [
      { match: "*.bias", weightDecay: 0, learningRate: 0.2 },
      { match: "a", learningRate: 0 },
    ],
  });
  const model = { a: { weight: w([1]), bias: w([1]) }, b: { weight: w([1]), bias: w([1]) } };
  const gradients = { a: { weight: w([1]), bias: w([1]) }, b: { weight: w([1]), bias: w([1]) } };
  const { model: next } = optimizer.update(model, gradients, optimizer.init(model));
  expect(values(next.a.weight)).toEqual([1]);
  expect(values(next.a.bias)[0]).toBeCloseTo(1 - 0.2, 6);
  expect(values(next.b.weight)[0]).toBeCloseTo(1 * (1 - 0.05) - 0.1, 6);
  expect(values(next.b.bias)[0]).toBeCloseTo(1 - 0.2, 6);
});

test("a group may use what the others do not", () => {
  const groups = [{ match: "b", momentum: 0.5, weightDecay: 0.1 }];
  const optimizer = sgd({ learningRate: 1, groups });
  let model = { a: w([1]), b: w([1]) };
  let state = optimizer.init(model);
  expect(Object.keys(state.slots.momentum!)).toEqual(["b"]);
  for (let i = 0; i < 2; i++) ({ model, state } = optimizer.update(model, { a: w([1]), b: w([1]) }, state));
  expect(values(model.a)).toEqual([-1]);
  // 1 − 1.1, then the momentum 0.5 · 1.1 + (1 + 0.1 · −0.1).
  expect(values(model.b)[0]).toBeCloseTo(-0.1 - (0.55 + 0.99), 12);
});
