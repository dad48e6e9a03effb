import { ArgumentError, ones, sum } from "@tapegrad/core";
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

test("hyper-parameters of a group, and those that an edit puts in, are checked like the others", () => {
  const model = { w: ones([1]) };
  const group = { match: "w", beta1: 5 };
  const message = "adam, groups[0]: beta1 is 5; give a number from 0 to below 1";
  expect(() => adam({ learningRate: 1, groups: [group] })).toThrow(message);
  expect(() => adam({ learningRate: 1, groups: [{ match: "w", learningRate: -1 }] })).toThrow(
    "adam, groups[0]: the learning rate is -1; give",
  );
  const looking = { learningRate: 1, groups: [{ match: "w", nesterov: true }] };
  expect(() => sgd(looking)).toThrow("sgd, groups[0]: nesterov needs a momentum");
  expect(sgd({ ...looking, momentum: 0.9 }).init(model).step).toBe(0);

  const optimizer = adam({ learningRate: 1 });
  const state = optimizer.init(model);
  const broken = optim.edit(state, (draft) => {
    draft.hyper.beta2 = 1;
  });
  expect(() => optimizer.update(model, model, broken)).toThrow("adam: beta2 is 1; give a number from 0 to below 1");
  const grouped = optim.edit(state, (draft) => void draft.groups.push(group));
  expect(() => optimizer.update(model, model, grouped)).toThrow(message);

  const clipped = optim.chain(optim.clipByGlobalNorm(1), optimizer);
  const turned = optim.edit(clipped.init(model), (draft) => {
    draft.chain[0]!.maxNorm = -1;
  });
  expect(() => clipped.update(model, model, turned)).toThrow("clipByGlobalNorm: maxNorm is -1; give a number above 0");
});

test("patterns of groups and of parts of a chain must fit a parameter; functions need not", () => {
  const model = { w: ones([1]) };
  const adamOf = (match: optim.Match): optim.Optimizer => adam({ learningRate: 1, groups: [{ match, beta1: 0.5 }] });
  expect(() => adamOf("v").init(model)).toThrow('adam: "v" fits no parameter; there are w');
  expect(() => adamOf(["w", "v"]).init(model)).toThrow('adam: "v" fits no parameter; there are w');
  expect(adamOf(() => false).init(model).groups[0]!.match).toEqual([]);
  const state = adamOf("w").init(model);
  expect(adamOf("w").adapt({ v: ones([1]) }, state).parameters).toEqual(["v"]);
  const projected = optim.chain(
    optim.project("v", (w) => w),
    adam({ learningRate: 1 }),
  );
  expect(() => projected.init(model)).toThrow('adam: "v" fits no parameter; there are w');
});

test.each<[() => unknown, RegExp]>([
  [() => adam({ learningRate: 1, groups: {} as never }), /^adam: groups is \[object Object\]; give a list, as in/],
  [() => adam({ learningRate: 1, checkGradients: "no" as never }), /^adam: checkGradients is "no"; give true or false/],
  [() => optim.clipGradients(ones([1]), "1" as never), /^clipGradients: maxNorm is "1"; give a number above 0/],
  [() => optim.clipGradients(ones([1]), 1, { p: "2" as never }), /^clipGradients: p is "2"; give a number above 0/],
  [() => optim.multistepDecay(1, 30 as never, 0.5), /^multistepDecay: milestones is 30; give a list of steps/],
  [() => optim.sequential([optim.constant(1)] as never), /^sequential: a part is .*; give pairs, as in/s],
  [() => optim.plateau().update(undefined as never, 1), /^plateau: the first argument is no state; give what init/],
  [() => rprop({ learningRate: 1, etaMinus: 1 }), /^rprop: etaMinus is 1 and etaPlus 1.2; give an etaMinus between 0/],
  [() => rprop({ learningRate: 1, etaPlus: 0.9 }), /^rprop: etaMinus is 0.5 and etaPlus 0.9/],
  [() => rprop({ learningRate: 1, minStep: 2, maxStep: 1 }), /^rprop: minStep is 2, above maxStep of 1; give them/],
  [
    () => adafactor({ learningRate: 1, clipThreshold: 0 }),
    /^adafactor: clipThreshold is 0; give a finite number above 0/,
  ],
  [() => muon({ learningRate: 1, iterations: 0 }), /^muon: iterations is 0; give a whole number above 0/],
  [() => muon({ learningRate: 1, iterations: 1.5 }), /^muon: iterations is 1.5/],
  [
    () => optim.trainingStep(sum, optim.lbfgs() as never),
    /^trainingStep: .* is no optimizer; .* for lbfgs there is min/,
  ],
  [
    () => optim.trainingStep(sum, sgd({ learningRate: 1 }))(ones([1]), ones([2]) as never),
    /^trainingStep: what was given as the state is none; call step\(model, state, ...\) with what optimizer.init/,
  ],
])("%s", (run, message) => {
  expect(run).toThrow(message);
  expect(run).toThrow(ArgumentError);
});
