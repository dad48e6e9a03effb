import { type Gradient, key, type Tensor, tensor, valueAndGrad } from "@tapegrad/core";
import { produce } from "immer";
import { describe, expect, test } from "vitest";
import { adam, edit, sgd, stepDecay } from "../src/index.ts";

type Vector = Tensor<readonly [number], "float64">;
const w = (values: readonly number[]): Vector => tensor(Float64Array.from(values));
const values = (x: Tensor): number[] => Array.from(x.data());

describe("state", () => {
  const optimizer = adam({ learningRate: 0.1 });
  const model = { a: w([1, 2]), b: [w([3])], name: "net", count: tensor(1, { dtype: "int32" }), k: key(0) };
  const gradients = { a: w([1, 1]), b: [w([1])], name: "net", count: null, k: null };

  test("is plain data, with tensors by path", () => {
    const state = optimizer.init(model);
    expect(state.step).toBe(0);
    expect(state.parameters).toEqual(["a", "b.0"]);
    expect(state.hyper).toEqual({
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      amsgrad: false,
    });
    expect(Object.keys(state.slots)).toEqual(["m", "v"]);
    expect(Object.keys(state.slots.m!)).toEqual(["a", "b.0"]);
    const { slots: _, ...envelope } = state;
    expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope);
  });

  test("updates are pure: model, gradients and state stay, the rest of the model is the same", () => {
    const state = optimizer.init(model);
    const next = optimizer.update(model, gradients, state);
    expect([state.step, next.state.step]).toEqual([0, 1]);
    expect(values(model.a)).toEqual([1, 2]);
    expect(values(state.slots.m!.a as Tensor)).toEqual([0, 0]);
    expect(next.model.count).toBe(model.count);
    expect(next.model.k).toBe(model.k);
    expect(next.model.name).toBe("net");
    expect(values(optimizer.update(model, gradients, state).model.a)).toEqual(values(next.model.a));
  });

  test("an update is its three parts", () => {
    const state = optimizer.init(model);
    const { model: expected, state: expectedState } = optimizer.update(model, gradients, state);
    const stepped = optimizer.apply(model, gradients, state, optimizer.scalars(state));
    expect(values(stepped.model.a)).toEqual(values(expected.a));
    expect(JSON.stringify(optimizer.advance(state, stepped))).toBe(JSON.stringify(expectedState));
  });

  test("the scalars may be tensors, as in a compiled step", () => {
    const state = optimizer.init(model);
    const { common } = optimizer.scalars(state);
    const asTensors = Object.fromEntries(
      Object.entries(common).map(([name, n]) => [name, tensor(n as number, { dtype: "float64" })]),
    );
    const stepped = optimizer.apply(model, gradients, state, { common: asTensors, byPath: {} });
    expect(values(stepped.model.a)).toEqual(values(optimizer.update(model, gradients, state).model.a));
  });
});

describe("edits of the state count at once", () => {
  test("the learning rate", () => {
    const optimizer = sgd({ learningRate: 1 });
    const state = produce(optimizer.init(w([1])), (draft) => {
      draft.hyper.learningRate = 0.5;
    });
    expect(values(optimizer.update(w([1]), w([1]), state).model)).toEqual([0.5]);
    expect(optimizer.learningRate(state)).toBe(0.5);
  });

  test("a momentum that comes into use begins with the gradient", () => {
    const optimizer = sgd({ learningRate: 1, dampening: 0.5 });
    let [model, state] = [w([0]), optimizer.init(w([0]))];
    ({ model, state } = optimizer.update(model, w([1]), state));
    state = edit(state, (draft) => {
      draft.hyper.momentum = 0.5;
    });
    ({ model, state } = optimizer.update(model, w([2]), state));
    expect(values(model)).toEqual([-3]);
    ({ model, state } = optimizer.update(model, w([2]), state));
    expect(values(model)).toEqual([-3 - (0.5 * 2 + 0.5 * 2)]);
  });

  test("amsgrad that comes into use", () => {
    const optimizer = adam({ learningRate: 1 });
    const state = edit(optimizer.init(w([0])), (draft) => {
      draft.hyper.amsgrad = true;
    });
    const next = optimizer.update(w([0]), w([1]), state);
    expect(Object.keys(next.state.slots)).toEqual(["m", "v", "vMax"]);
  });
});

describe("schedules", () => {
  test("are given the step, from 0", () => {
    const steps: number[] = [];
    const optimizer = sgd({
      learningRate: (step) => {
        steps.push(step);
        return 0.5;
      },
    });
    let [model, state] = [w([0]), optimizer.init(w([0]))];
    for (let i = 0; i < 3; i++) ({ model, state } = optimizer.update(model, w([1]), state));
    expect(steps).toEqual([0, 1, 2]);
    expect(values(model)).toEqual([-1.5]);
    expect(state.hyper.learningRate).toBe("scheduled");
  });

  test("a number in the state overrides them, until it says scheduled again", () => {
    const optimizer = sgd({ learningRate: stepDecay(0.4, 1, 0.5) });
    const state = optimizer.init(w([0]));
    const fixed = edit(state, (draft) => {
      draft.hyper.learningRate = 2;
    });
    expect(optimizer.learningRate(fixed)).toBe(2);
    expect(
      optimizer.learningRate(
        edit(fixed, (draft) => {
          draft.hyper.learningRate = "scheduled";
        }),
      ),
    ).toBe(0.4);
  });

  test("errors", () => {
    const none = sgd({ learningRate: 1 });
    const state = edit(none.init(w([0])), (draft) => {
      draft.hyper.learningRate = "scheduled";
    });
    expect(() => none.update(w([0]), w([1]), state)).toThrow(/sgd: the state says scheduled, but there is no schedule/);
    const wrong = sgd({ learningRate: () => Number.NaN });
    expect(() => wrong.update(w([0]), w([1]), wrong.init(w([0])))).toThrow(/sgd: the learning rate is NaN/);
  });
});

describe("gradients that are null", () => {
  test("leave the parameter alone, and it starts anew when it has one", () => {
    const optimizer = adam({ learningRate: 0.1 });
    const model = { a: w([1]), b: w([1]) };
    const first = optimizer.update(model, { a: w([1]), b: null as never }, optimizer.init(model));
    expect(first.model.b).toBe(model.b);
    expect(first.state.rested).toEqual({ b: 1 });
    const second = optimizer.update(first.model, { a: w([1]), b: w([3]) }, first.state);
    const alone = optimizer.update({ b: w([1]) }, { b: w([3]) }, optimizer.init({ b: w([1]) }));
    expect(values(second.model.b)).toEqual(values(alone.model.b));
  });

  test("gradients of a part of a model will do", () => {
    const optimizer = sgd({ learningRate: 1 });
    const model = { a: w([1]), b: w([1]) };
    const loss = ({ a, b }: typeof model): Tensor<readonly [], "float64"> => a.mul(b).sum();
    const { gradient } = valueAndGrad(loss, { select: ({ path }) => path === "a" })(model);
    const { model: next } = optimizer.update(model, gradient as Gradient<typeof model>, optimizer.init(model));
    expect([values(next.a), next.b]).toEqual([[0], model.b]);
  });
});

test("tied weights stay tied", () => {
  const optimizer = adam({ learningRate: 0.1 });
  const shared = w([2]);
  let model = { encoder: shared, decoder: shared };
  let state = optimizer.init(model);
  expect(state.parameters).toEqual(["encoder"]);
  const step = valueAndGrad((m: typeof model) => m.encoder.mul(m.decoder).sum() as Tensor);
  for (let i = 0; i < 3; i++) ({ model, state } = optimizer.update(model, step(model).gradient, state));
  expect(model.encoder).toBe(model.decoder);
  expect(values(model.encoder)[0]).toBeLessThan(2);
});
