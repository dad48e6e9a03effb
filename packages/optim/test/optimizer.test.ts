import {
  ArgumentError,
  DTypeError,
  type Gradient,
  GradientError,
  type Key,
  key,
  ones,
  ShapeError,
  type Tensor,
  TreeError,
  tensor,
  valueAndGrad,
} from "@tapegrad/core";
import { Linear, Module, ModuleError } from "@tapegrad/nn";
import { produce } from "immer";
import { describe, expect, test } from "vitest";
import { adam, adamw, edit, sgd, stepDecay } from "../src/index.ts";

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

describe("errors", () => {
  const optimizer = sgd({ learningRate: 0.1 });
  const model = { layer: { weight: ones([2, 3]) as Tensor } };
  const update = (weight: unknown): unknown =>
    optimizer.update(model, { layer: { weight } } as Gradient<typeof model>, optimizer.init(model));
  test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    [
      "another shape",
      () => update(ones([3, 2])),
      ShapeError,
      /sgd: the gradient of layer.weight is \[3, 2\], the parameter is \[2, 3\]/,
    ],
    [
      "another dtype",
      () => update(ones([2, 3], { dtype: "float64" })),
      DTypeError,
      /layer.weight is float64, the parameter is float32/,
    ],
    [
      "NaN",
      () =>
        update(
          tensor([
            [1, Number.NaN, 1],
            [1, 1, Infinity],
          ]),
        ),
      GradientError,
      /layer.weight has 2 of 6 elements that are NaN or infinite; lower/,
    ],
    [
      "infinities that cancel",
      () =>
        update(
          tensor([
            [Infinity, -Infinity, 1],
            [1, 1, 1],
          ]),
        ),
      GradientError,
      /has 2 of 6/,
    ],
    ["no tensor", () => update(7), GradientError, /the gradient of layer.weight is no tensor/],
    [
      "another structure",
      () => optimizer.update(model, {} as never, optimizer.init(model)),
      TreeError,
      /one has no layer/,
    ],
    ["no parameter", () => optimizer.init({ a: 1 }), TreeError, /sgd: the model has no parameter/],
    ["a negative rate", () => sgd({ learningRate: -1 }), ArgumentError, /sgd: the learning rate is -1/],
    [
      "momentum of 1",
      () => sgd({ learningRate: 1, momentum: 1 }),
      ArgumentError,
      /momentum is 1; give a number from 0/,
    ],
    ["nesterov alone", () => sgd({ learningRate: 1, nesterov: true }), ArgumentError, /nesterov needs a momentum/],
    ["beta1", () => adam({ learningRate: 1, beta1: -0.1 }), ArgumentError, /adam: beta1 is -0.1/],
    ["epsilon", () => adamw({ learningRate: 1, epsilon: Number.NaN }), ArgumentError, /adamw: epsilon is NaN/],
  ])("%s", (_, run, type, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(type);
  });

  test("a model whose private fields updates would miss", () => {
    class Hidden extends Module {
      readonly #weight = ones([2]);
      readonly scale = ones([2]);
      override forward(x: Tensor): Tensor {
        return x.mul(this.#weight).mul(this.scale);
      }
    }
    expect(() => adam({ learningRate: 0.1 }).init(new Hidden())).toThrow(ModuleError);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["no options", () => adam(undefined as never), /^adam: the options are undefined; give an object of learningRate/],
    [
      "no options for sgd",
      () => sgd(undefined as never),
      /^sgd: the options are undefined; give an object of learningR/,
    ],
    ["no options for adamw", () => adamw(undefined as never), /^adamw: the options are undefined/],
    ["a number for options", () => adam(0.1 as never), /^adam: the options are 0.1; give an object of learningRate/],
    [
      "another name",
      () => adam({ lr: 0.1 } as never),
      /^adam: there is no option "lr"; use learningRate, beta1, beta2/,
    ],
    [
      "sgd's option for adam",
      () => adam({ learningRate: 1, momentum: 0.9 } as object as never),
      /no option "momentum"/,
    ],
    ["no rate", () => sgd({} as never), /^sgd: the learning rate is undefined; give/],
    [
      "a text for a rate",
      () => adam({ learningRate: "0.1" as never }),
      /^adam: the learning rate is "0.1"; give a finite/,
    ],
    [
      "a text for a share",
      () => sgd({ learningRate: 1, momentum: "0.9" as never }),
      /^sgd: momentum is "0.9"; give a num/,
    ],
    ["a text for a flag", () => adam({ learningRate: 1, amsgrad: "no" as never }), /^adam: amsgrad is "no"; give true/],
    [
      "another name in a group",
      () => adamw({ learningRate: 1, groups: [{ match: "*", decay: 0 } as never] }),
      /^adamw: there is no option "decay"; use match, learningRate, beta1/,
    ],
    [
      "a group without a match",
      () => adamw({ learningRate: 1, groups: [{} as never] }),
      /^adamw: a group's match is und/,
    ],
    [
      "no state",
      () => optimizer.update(model, {} as never, undefined as never),
      /^sgd: there is no state; call update\(model, gradients, state\) with what init\(model\)/,
    ],
    [
      "state and gradients swapped",
      () => optimizer.update(model, optimizer.init(model) as never, model as never),
      /^sgd: what was given as the state is none; call update\(model, gradients, state\)/,
    ],
    [
      "the state of another optimizer",
      () => adam({ learningRate: 1 }).update(model, {} as never, optimizer.init(model) as never),
      /^adam: the state is one of sgd; use it with that optimizer, or begin anew/,
    ],
    [
      "the state of a near relation",
      () => adam({ learningRate: 1 }).adapt(model, adamw({ learningRate: 1 }).init(model)),
      /^adam: the state is one of adamw/,
    ],
  ])("%s is an argument that cannot be meant", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ArgumentError);
  });

  test("all that valueAndGrad returned in place of its gradient", () => {
    const result = valueAndGrad((m: typeof model) => m.layer.weight.sum())(model);
    const state = optimizer.init(model);
    expect(() => optimizer.update(model, result as never, state)).toThrow(
      /^sgd: the gradients are all that valueAndGrad returned; pass its .gradient/,
    );
    expect(() => optimizer.update(model, state as never, state)).toThrow(TreeError);
    expect(optimizer.update(model, result.gradient, state).state.step).toBe(1);
    // A model may have parameters of these names.
    const named = { value: w([1]), gradient: w([1]) };
    expect(values(optimizer.update(named, named, optimizer.init(named)).model.gradient)).toEqual([0.9]);
  });

  test("large gradients whose sum overflows are fine", () => {
    expect(() => update(tensor(Array(2).fill(Array(3).fill(3e38)) as number[][]))).not.toThrow();
  });

  test("the check of values can be left out", () => {
    const trusting = sgd({ learningRate: 0.1, checkGradients: false });
    const next = trusting.update(w([1]), w([Number.NaN]), trusting.init(w([1])));
    expect(values(next.model)).toEqual([Number.NaN]);
  });
});
