import { ArgumentError, ones } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import * as optim from "../src/index.ts";

// Each option of each optimizer, out of its range. A state says which options there are.

const { adadelta, adafactor, adagrad, adam, adamax, adamw, lion, muon, nadam, radam, rmsprop, rprop, sgd } = optim;
const makers = { adadelta, adafactor, adagrad, adam, adamax, adamw, lion, muon, nadam, radam, rmsprop, rprop, sgd };
type Make = (options: object) => optim.Optimizer;
const shares = ["alpha", "beta1", "beta2", "momentum", "rho"];
const cases = Object.entries(makers as unknown as Record<string, Make>).flatMap(([name, make]) => {
  const { hyper } = make({ learningRate: 1 }).init(ones([1]));
  return Object.entries(hyper).map(([option, value]) => [name, option, typeof value, make] as const);
});

describe.each(cases)("%s: %s", (name, option, type, make) => {
  const wrong = type === "boolean" ? [1, "yes", null] : [-0.1, Number.NaN, Number.POSITIVE_INFINITY, "0.1", null];
  test.each([...wrong, ...(shares.includes(option) ? [1] : [])])("%j is refused", (value) => {
    const run = (): unknown => make({ learningRate: 1, [option]: value });
    expect(run).toThrow(ArgumentError);
    const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
    const what = option === "learningRate" ? "the learning rate" : option;
    expect(run).toThrow(`${name}: ${what} is ${shown}; give`);
  });
});

test.each<[() => unknown, RegExp]>([
  [() => rprop({ learningRate: 1, etaMinus: 1 }), /^rprop: etaMinus is 1 and etaPlus 1.2; give an etaMinus between 0/],
  [() => rprop({ learningRate: 1, etaPlus: 0.9 }), /^rprop: etaMinus is 0.5 and etaPlus 0.9/],
  [() => rprop({ learningRate: 1, minStep: 2, maxStep: 1 }), /^rprop: minStep is 2, above maxStep of 1; give them/],
  [() => adafactor({ learningRate: 1, clipThreshold: 0 }), /^adafactor: clipThreshold is 0; give a number above 0/],
  [() => muon({ learningRate: 1, iterations: 0 }), /^muon: iterations is 0; give a whole number above 0/],
  [() => muon({ learningRate: 1, iterations: 1.5 }), /^muon: iterations is 1.5/],
])("%s", (run, message) => {
  expect(run).toThrow(message);
  expect(run).toThrow(ArgumentError);
});
