import {
  type AnyTensor,
  abstract,
  type Gradient,
  isTensor,
  key,
  mul,
  normal,
  ones,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  treeMap,
  valueAndGrad,
  vmap,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  freeze,
  lion,
  muon,
  nadam,
  type Optimizer,
  radam,
  rmsprop,
  rprop,
  sgd,
  trainingStep,
  unfreeze,
} from "../src/index.ts";

// What holds for all optimizers: eager, compiled and batched updates agree, and none reads a value.

const learningRate = 0.05;
const weightDecay = 0.1;
const optimizers: readonly (readonly [string, Optimizer])[] = [
  ["sgd", sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay })],
  ["adam with amsgrad", adam({ learningRate, amsgrad: true })],
  ["adamw", adamw({ learningRate })],
  ["rmsprop", rmsprop({ learningRate })],
  ["rmsprop, centered, with momentum", rmsprop({ learningRate, centered: true, momentum: 0.9, weightDecay })],
  ["adagrad", adagrad({ learningRate, rateDecay: 0.1, initialAccumulator: 0.1 })],
  ["adadelta", adadelta({ learningRate: 1, weightDecay })],
  ["adamax", adamax({ learningRate, weightDecay })],
  ["nadam", nadam({ learningRate, weightDecay })],
  ["radam", radam({ learningRate, beta2: 0.9 })],
  ["rprop", rprop({ learningRate })],
  ["lion", lion({ learningRate, weightDecay })],
  ["adafactor", adafactor({ learningRate, weightDecay })],
  ["adafactor, absolute", adafactor({ learningRate, relativeStep: false })],
  ["muon", muon({ learningRate, weightDecay })],
  [
    "muon in groups",
    muon({ learningRate, nesterov: false, groups: [{ match: (path) => path === "b", orthogonalize: false }] }),
  ],
];

type Float = Tensor<readonly number[], "float64">;
const draw = (seed: number, shape: readonly number[]): Float => normal(key(seed), shape, { dtype: "float64" }) as Float;
const start = (seed: number) => ({ w: draw(seed, [3, 2]), b: draw(seed + 10, [4, 4]), v: draw(seed + 20, [5]) });
type Model = ReturnType<typeof start>;
const target = start(7);
const cost = (m: Model, scale: AnyTensor): AnyTensor =>
  (["w", "b", "v"] as const)
    .map((name): AnyTensor => sum(mul(square(sub(m[name], target[name])), scale)))
    .reduce((a, b): AnyTensor => a.add(b));
const scale = (step: number): Float => tensor(1 + step / 4, { dtype: "float64" }) as Float;
const gradientAt = (m: Model, step: number): Gradient<Model> =>
  valueAndGrad((at: Model) => cost(at, scale(step)) as Tensor<readonly []>)(m).gradient;
const values = (m: Model): number[] => Object.values(m).flatMap((x) => Array.from(x.data()));

function trained(optimizer: Optimizer, seed: number, steps: number) {
  let model = start(seed);
  let state = optimizer.init(model);
  for (let i = 0; i < steps; i++) ({ model, state } = optimizer.update(model, gradientAt(model, i), state));
  return { model, state };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => void expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-10));
}

describe.each(optimizers)("%s", (_, optimizer) => {
  const eager = trained(optimizer, 0, 8);

  test("a compiled step is the eager one, and is traced once", () => {
    const step = trainingStep(cost, optimizer);
    let model = start(0);
    let state = optimizer.init(model);
    for (let i = 0; i < 8; i++) ({ model, state } = step(model, state, scale(i)));
    expectClose(values(model), values(eager.model));
    expect(state.step).toBe(8);
    expect(step.traces).toHaveLength(1);
  });

  test("apply under vmap updates a batch of models", () => {
    const models = [start(0), start(1)];
    const states = models.map((model) => optimizer.init(model));
    const together = <T>(trees: readonly T[]): T =>
      treeMap(
        trees[0]!,
        ({ value }, ...others) => (isTensor(value) ? stack([value, ...(others as AnyTensor[])]) : value),
        ...trees.slice(1),
      ) as T;
    const gradients = models.map((model) => gradientAt(model, 0));
    const [state] = states;
    const scalars = optimizer.scalars(state!);
    const batched = vmap(
      (model: Model, gradient: Gradient<Model>, slots: typeof state & object) =>
        optimizer.apply(model, gradient, { ...state!, slots } as never, scalars).model,
    )(together(models), together(gradients), together(states.map(({ slots }) => slots)) as never) as unknown as Model;
    const alone = models.map((model, i) => optimizer.update(model, gradients[i]!, states[i]!).model);
    expectClose(values(batched), values(together(alone)));
  });

  test("no value is read", () => {
    const abstracted = <T>(tree: T): T =>
      treeMap(tree, ({ value }) => (isTensor(value) ? abstract(value.shape, value.dtype) : value)) as T;
    const state = optimizer.init(start(0));
    const stepped = optimizer.apply(
      abstracted(start(0)),
      abstracted(gradientAt(start(0), 0)),
      abstracted(state),
      optimizer.scalars(state),
    );
    expect([stepped.model.w.isAbstract, stepped.model.w.shape]).toEqual([true, [3, 2]]);
    for (const slot of Object.values(stepped.slots)) {
      for (const kept of Object.values(slot)) expect(kept.isAbstract).toBe(true);
    }
  });

  test("a parameter that thaws begins as at the first step", () => {
    const model = start(0);
    let frozen = { model, state: freeze(optimizer.init(model), "w") };
    for (let i = 0; i < 3; i++) frozen = optimizer.update(frozen.model, gradientAt(model, 0), frozen.state);
    expect(frozen.model.w).toBe(model.w);
    const thawed = optimizer.update(frozen.model, gradientAt(model, 0), unfreeze(frozen.state, "w"));
    const first = optimizer.update(model, gradientAt(model, 0), optimizer.init(model));
    expect(thawed.model.w.toArray()).toEqual(first.model.w.toArray());
  });

  test("surgery: what kept its form goes on, the rest begins", () => {
    const other = { ...eager.model, w: draw(3, [2, 3]) };
    const state = optimizer.adapt(other, eager.state);
    for (const [name, slot] of Object.entries(state.slots)) {
      if (slot.b) expect(slot.b).toBe(eager.state.slots[name]!.b);
      if (slot.w) expect(Array.from(slot.w.data()).every((x) => x === 0)).toBe(true);
    }
    expect(optimizer.update(other, gradientOf(other), state).model.w.shape).toEqual([2, 3]);
  });

  test("parameters of no elements and of rank 0 are no trouble", () => {
    const odd = { none: ones([0, 3]), one: ones([]) as Tensor };
    const next = optimizer.update(odd, odd as never, optimizer.init(odd)).model;
    expect(next.none.shape).toEqual([0, 3]);
    expect(Number.isFinite(next.one.item())).toBe(true);
  });

  test("8 steps bring the cost down", () => {
    const costs = [start(0), eager.model].map((m) => cost(m, scale(0)).item());
    expect(costs[1]).toBeLessThan(costs[0]!);
  });
});

const gradientOf = (m: object): never =>
  treeMap(m, ({ value }) => (isTensor(value) ? ones(value.shape, { dtype: "float64" }) : value)) as never;
