import { ArgumentError, grad, key, type Tensor, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { init, Linear, l1Penalty, l2Penalty, Relu, Sequential } from "../src/index.ts";
import { float64, numbers } from "./fixtures.ts";

const weights = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 });
const lambda = fc.double({ min: 0, max: 5, noNaN: true });
const layer = (values: readonly number[]): Linear =>
  Linear.of(float64([values]) as Tensor<readonly [1, number], "float64">, float64([7]));

test("λ/(2m) Σ w² with the gradient λ/m · w, without biases", () => {
  fc.assert(
    fc.property(weights, lambda, fc.integer({ min: 1, max: 100 }), (w, l, examples) => {
      const penalty = (model: Linear): Tensor => l2Penalty(model, l, { examples });
      const model = layer(w);
      const expected = (l / (2 * examples)) * w.reduce((sum, v) => sum + v * v, 0);
      expect(penalty(model).item()).toBeCloseTo(expected, 9);
      const gradient = grad(penalty)(model);
      numbers(gradient.weight).forEach((g, i) => void expect(g).toBeCloseTo((l / examples) * w[i]!, 9));
      expect(numbers(gradient.bias!)).toEqual([0]);
    }),
  );
});

test("λ/m Σ |w| with the gradient λ/m · sign w", () => {
  fc.assert(
    fc.property(weights, lambda, fc.integer({ min: 1, max: 100 }), (w, l, examples) => {
      const penalty = (model: Linear): Tensor => l1Penalty(model, l, { examples });
      const expected = (l / examples) * w.reduce((sum, v) => sum + Math.abs(v), 0);
      expect(penalty(layer(w)).item()).toBeCloseTo(expected, 9);
      const gradient = numbers(grad(penalty)(layer(w)).weight);
      gradient.forEach((g, i) => void expect(g).toBeCloseTo((l / examples) * Math.sign(w[i]!), 9));
    }),
  );
});

test("select chooses by path", () => {
  const model = new Sequential(
    new Linear(2, 2, { key: key(0), initializer: init.constant(1), bias: init.constant(2) }),
    new Relu(),
    new Linear(2, 1, { key: key(0), initializer: init.constant(3) }),
  );
  expect(l2Penalty(model, 2).item()).toBe(4 * 1 + 2 * 9);
  expect(l2Penalty(model, 2, { select: ({ path }) => path.startsWith("layers.0.") }).item()).toBe(4 * 1 + 2 * 4);
  expect(l1Penalty(model, 1, { select: ({ path }) => path.endsWith(".bias") }).item()).toBe(4);
});

test("tied weights count once", () => {
  const w = tensor([[3]]);
  expect(l2Penalty({ encoder: w, decoder: w }, 2).item()).toBe(9);
});

describe("errors", () => {
  const model = layer([1]);
  test.each([
    ["a negative λ", () => l2Penalty(model, -1), /l2Penalty: lambda is -1; give a finite number/],
    ["λ of NaN", () => l1Penalty(model, Number.NaN), /l1Penalty: lambda is NaN/],
    [
      "a misspelt option",
      () => l2Penalty(model, 1, { example: 3 } as object),
      /l2Penalty: there is no option "example"/,
    ],
    [
      "also for l1",
      () => l1Penalty(model, 1, { example: 3 } as object),
      /l1Penalty: there is no option "example"; use ex/,
    ],
    ["a path to select", () => l1Penalty(model, 1, { select: "weight" as never }), /l1Penalty: select is no function/],
    ["no examples", () => l2Penalty(model, 1, { examples: 0 }), /the number of examples is 0/],
    [
      "nothing selected",
      () => l2Penalty(model, 1, { select: () => false }),
      /no parameter counts; the model has weight, bias/,
    ],
    ["no parameters", () => l2Penalty(new Relu(), 1), /the model has none; choose some with select/],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ArgumentError);
  });
});
