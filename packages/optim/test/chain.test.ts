import {
  type AnyTensor,
  ArgumentError,
  type Gradient,
  key,
  maximum,
  normal,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  vmap,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import {
  accumulate,
  adafactor,
  adam,
  addDecayedWeights,
  addNoise,
  averaged,
  centralize,
  chain,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  clipGradients,
  edit,
  ema,
  freeze,
  lookahead,
  maximize,
  type Optimizer,
  project,
  sgd,
  swa,
  type Transformation,
  trainingStep,
} from "../src/index.ts";

type Double = Tensor<readonly number[], "float64">;
const w = (...values: number[]): Double => tensor(values, { dtype: "float64" }) as Double;
const draw = (seed: number, shape: readonly number[]): Double =>
  normal(key(seed), shape, { dtype: "float64" }) as Double;
const start = () => ({ w: draw(0, [3, 2]), b: draw(1, [4]) });
type Model = ReturnType<typeof start>;
const values = (m: Model): number[] => [...m.w.data(), ...m.b.data()];
const close = (actual: readonly number[], expected: readonly number[], digits = 12): void => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, digits));
};
const cost = (m: Model, x: AnyTensor): AnyTensor => sum(square(sub(m.w, x))).add(sum(square(m.b)));
const gradientAt = (m: Model, x: AnyTensor): Gradient<Model> =>
  valueAndGrad((at: Model) => cost(at, x) as Tensor<readonly []>)(m).gradient;
const rule = (): Optimizer => adam({ learningRate: 0.1 });

/** Each transformation, and how many programs a compiled step with it is. */
const transformations: readonly (readonly [Transformation, number])[] = [
  [clipByValue(0.5), 1],
  [clipByNorm(0.3), 1],
  [clipByGlobalNorm(0.3, { p: 1 }), 1],
  [addDecayedWeights(0.1), 1],
  [centralize(), 1],
  [maximize(), 1],
  [addNoise({ key: key(7), variance: 0.1 }), 1],
  [ema(0.9), 1],
  [ema(0.9, { debias: false }), 1],
  [swa({ start: 2, every: 2 }), 1],
  [lookahead({ every: 2 }), 1],
  [project("w", (x) => maximum(x, 0)), 1],
  [accumulate(2), 2],
];

describe.each(transformations)("$name", (part, programs) => {
  test("compiled, eager and edited by immer it is the same, in as few programs as it can be", () => {
    const optimizer = chain(part, rule());
    const step = trainingStep(cost, optimizer);
    let [eager, compiled] = [0, 1].map(() => ({ model: start(), state: optimizer.init(start()) })) as [
      { model: Model; state: ReturnType<Optimizer["init"]> },
      { model: Model; state: ReturnType<Optimizer["init"]> },
    ];
    for (let i = 0; i < 6; i++) {
      eager = optimizer.update(eager.model, gradientAt(eager.model, w(i, -i)), eager.state);
      compiled = step(compiled.model, compiled.state, w(i, -i));
    }
    close(values(compiled.model), values(eager.model), 9);
    expect(compiled.state.step).toBe(eager.state.step);
    expect(step.traces).toHaveLength(programs);
    for (const [slot, tensors] of Object.entries(eager.state.slots)) {
      for (const path in tensors) close([...compiled.state.slots[slot]![path]!.data()], [...tensors[path]!.data()], 9);
    }
  });

  test("apply under vmap", () => {
    const optimizer = chain(part, rule());
    const state = optimizer.init(start());
    const scalars = optimizer.scalars(state);
    const stepped = vmap((b: AnyTensor) => {
      const model = { w: start().w, b };
      return optimizer.apply(model as Model, { w: model.w, b } as never, state, scalars).model.b;
    })(draw(5, [3, 4])) as unknown as Double;
    expect(stepped.shape).toEqual([3, 4]);
    const rows = (x: Double): number[][] => x.toArray() as unknown as number[][];
    const first = rows(draw(5, [3, 4]))[0]!;
    const model = { w: start().w, b: w(...first) };
    close(rows(stepped)[0]!, [...optimizer.update(model, { w: model.w, b: model.b } as never, state).model.b.data()]);
  });

  test("what is frozen stays, and a model after surgery goes on", () => {
    const optimizer = chain(part, rule());
    const model = start();
    const next = optimizer.update(model, gradientAt(model, w(1, 1)), freeze(optimizer.init(model), "b"));
    expect(next.model.b).toBe(model.b);
    const other = { ...next.model, w: draw(2, [5, 2]) };
    expect(() => optimizer.update(other, gradientAt(other, w(1, 1)), next.state)).toThrow(/what is kept for w is/);
    const adapted = optimizer.adapt(other, next.state);
    expect(optimizer.update(other, gradientAt(other, w(1, 1)), adapted).model.w.shape).toEqual([5, 2]);
  });
});

test("clipping in a chain is clipping before it, also with float32 beside float64", () => {
  const model = { a: w(1, 2), b: tensor([3]) };
  const gradients = { a: w(30, 40), b: tensor([50]) };
  const clipped = clipGradients(gradients, 1).gradients;
  const expected = sgd({ learningRate: 1 }).update(model, clipped, sgd({ learningRate: 1 }).init(model)).model;
  const optimizer = chain(clipByGlobalNorm(1), sgd({ learningRate: 1 }));
  const { model: actual } = optimizer.update(model, gradients, optimizer.init(model));
  expect([actual.a.toArray(), actual.b.toArray()]).toEqual([expected.a.toArray(), expected.b.toArray()]);
  const step = trainingStep(
    (m: typeof model) => sum(m.a.mul(w(30, 40))).add(sum(m.b.mul(50)).cast("float64")),
    optimizer,
  );
  const compiled = step(model, optimizer.init(model)).model;
  close([...compiled.a.data(), ...compiled.b.data()], [...expected.a.data(), ...expected.b.data()], 6);
});

test("gradients pass from the left to the right, parameters from the right to the left; chains nest", () => {
  const seen: string[] = [];
  const noting = (name: string): Transformation => ({
    name,
    hyper: {},
    before: (tensors) => {
      seen.push(`${name} before`);
      return { tensors };
    },
    after: (tensors) => {
      seen.push(`${name} after`);
      return { tensors };
    },
  });
  const optimizer = chain(noting("a"), chain(noting("b"), sgd({ learningRate: 1 })));
  const state = optimizer.init(w(1));
  optimizer.update(w(1), w(1), state);
  expect(seen).toEqual(["a before", "b before", "b after", "a after"]);
  expect(state.chain.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(optimizer.name).toBe("sgd");
});

describe("the state", () => {
  const optimizer = chain(clipByGlobalNorm(1), ema(0.5), ema(0.9), sgd({ learningRate: 1, momentum: 0.5 }));
  const state = optimizer.init(w(0));

  test("is plain data; what is there twice has a number", () => {
    expect(state.chain).toEqual([
      { name: "clipByGlobalNorm", maxNorm: 1, p: 2 },
      { name: "ema", decay: 0.5, debias: true },
      { name: "ema", decay: 0.9, debias: true },
    ]);
    expect(Object.keys(state.slots)).toEqual(["momentum", "ema", "ema2"]);
    const { slots: _, ...envelope } = state;
    expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope);
  });

  test("edits of the chain count at once", () => {
    const wider = edit(state, (draft) => {
      draft.chain[0]!.maxNorm = 3;
    });
    expect(optimizer.update(w(0), w(10), wider).model.item()).toBeCloseTo(-3, 5);
    expect(optimizer.update(w(0), w(10), state).model.item()).toBeCloseTo(-1, 5);
  });

  test("one of another chain is refused", () => {
    const other = chain(ema(0.5), sgd({ learningRate: 1, momentum: 0.5 })).init(w(0));
    expect(() => optimizer.update(w(0), w(0), other)).toThrow(/^sgd: the state is one of ema, sgd; use it with that/);
    expect(() => sgd({ learningRate: 1 }).update(w(0), w(0), state)).toThrow(/one of clipByGlobalNorm, ema, ema2, sgd/);
  });

  test("slots of a rule with shapes of its own are left to it", () => {
    const factored = chain(ema(0.9), adafactor({ learningRate: 0.1 }));
    const model = start();
    const next = factored.update(model, gradientAt(model, w(1, 1)), factored.init(model));
    expect(next.state.slots.ema!.w!.shape).toEqual([3, 2]);
    expect(factored.adapt(next.model, next.state).slots.rows!.w).toBe(next.state.slots.rows!.w);
  });
});

test("centralized gradients of an output add up to 0; vectors stay", () => {
  const optimizer = chain(centralize(), sgd({ learningRate: 1 }));
  const model = start();
  const gradients = { w: draw(3, [3, 2]), b: draw(4, [4]) };
  const next = optimizer.update(model, gradients, optimizer.init(model)).model;
  close([...model.w.sub(next.w).sum(1).data()], [0, 0, 0]);
  close([...model.b.sub(next.b).data()], [...gradients.b.data()]);
});

describe("noise", () => {
  const none = { a: draw(0, [2000]).mul(0) as Double, b: draw(0, [2000]).mul(0) as Double };
  const optimizer = chain(addNoise({ key: key(1), variance: 0.04, annealing: 2 }), sgd({ learningRate: 1 }));
  const at = (step: number, of: Optimizer = optimizer) => {
    const state = edit(of.init(none), (draft) => {
      draft.step = step;
    });
    return of.update(none, none, state).model;
  };
  const deviation = (x: Double): number => Math.sqrt(x.mul(x).mean().item() as number);

  test("has the variance of the schedule, and other draws for each parameter and update", () => {
    expect(deviation(at(0).a) / 0.2).toBeCloseTo(1, 1);
    expect(deviation(at(3).a) / (0.2 / 4)).toBeCloseTo(1, 1);
    const correlation = (x: Double, y: Double): number =>
      Math.abs(x.mul(y).mean().item() / deviation(x) / deviation(y));
    expect(correlation(at(0).a, at(0).b)).toBeLessThan(0.1);
    expect(correlation(at(0).a, at(1).a)).toBeLessThan(0.1);
  });

  test("is the same for the same key", () => {
    expect(at(0).a.toArray()).toEqual(at(0).a.toArray());
    const other = chain(addNoise({ key: key(2), variance: 0.04 }), sgd({ learningRate: 1 }));
    expect(at(0, other).a.toArray()).not.toEqual(at(0).a.toArray());
  });
});

describe("accumulate", () => {
  test("n gradients are one update with their mean, and schedules count updates", () => {
    const rates: number[] = [];
    const learningRate = (step: number): number => {
      rates.push(step);
      return 0.1;
    };
    const optimizer = chain(accumulate(3), clipByGlobalNorm(1), adam({ learningRate }));
    const whole = chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 }));
    let many = { model: start(), state: optimizer.init(start()) };
    let one = { model: start(), state: whole.init(start()) };
    const pending: number[] = [];
    for (let i = 0; i < 7; i++) {
      many = optimizer.update(many.model, gradientAt(start(), w(i, 1)), many.state);
      pending.push(many.state.pending);
    }
    for (const i of [1, 4]) one = whole.update(one.model, gradientAt(start(), w(i, 1)), one.state);
    close(values(many.model), values(one.model));
    expect([many.state.step, pending]).toEqual([2, [1, 2, 0, 1, 2, 0, 1]]);
    expect([...new Set(rates)]).toEqual([0, 1, 2]);
    const other = accumulate(1);
    expect(
      chain(other, sgd({ learningRate: 1 }))
        .update(w(0), w(1), chain(other, sgd({ learningRate: 1 })).init(w(0)))
        .model.item(),
    ).toBe(-1);
  });

  test("while gradients wait the model is the same object", () => {
    const optimizer = chain(accumulate(2), ema(0.9), sgd({ learningRate: 1 }));
    const model = start();
    const next = optimizer.update(model, gradientAt(model, w(1, 1)), optimizer.init(model));
    expect(next.model).toBe(model);
    expect(next.state.slots.ema!.b!.toArray()).toEqual([0, 0, 0, 0]);
  });

  test("a parameter that thaws between brings nothing of the last round along", () => {
    const optimizer = chain(accumulate(2), sgd({ learningRate: 1 }));
    let model = { a: w(0), b: w(0) };
    let state = optimizer.init(model);
    const update = (g: number, from = state): void => {
      ({ model, state } = optimizer.update(model, { a: w(g), b: w(g) }, from));
    };
    update(1);
    update(1);
    update(3, freeze(state, "b"));
    update(
      5,
      edit(state, (draft) => void draft.frozen.pop()),
    );
    expect([model.a.item(), model.b.item()]).toEqual([-1 - 4, -1 - 2.5]);
  });

  test("an edit to fewer than wait updates at the next call, with the mean of all", () => {
    const optimizer = chain(accumulate(5), sgd({ learningRate: 1 }));
    let [model, state] = [w(0), optimizer.init(w(0))];
    for (const g of [3, 6]) ({ model, state } = optimizer.update(model, w(g), state));
    const fewer = edit(state, (draft) => {
      draft.chain[0]!.n = 2;
    });
    expect(optimizer.update(model, w(9), fewer).model.item()).toBe(-6);
  });
});

describe("averages", () => {
  /** Parameters after updates of 1, 2, 3, ... from 0. */
  const trained = (part: Transformation, steps: number) => {
    const optimizer = chain(part, sgd({ learningRate: 1 }));
    let [model, state] = [w(0), optimizer.init(w(0))];
    for (let i = 1; i <= steps; i++) ({ model, state } = optimizer.update(model, w(-i), state));
    return { model, state };
  };
  const path = [0, 1, 3, 6, 10, 15];

  test.each([1, 2, 5])("the moving average after %i updates, with and without bias correction", (steps) => {
    let [plain, biased] = [0, 0];
    for (let t = 1; t <= steps; t++) [plain, biased] = [0.8 * plain + 0.2 * path[t]!, 0.8 * biased + 0.2 * path[t]!];
    const corrected = trained(ema(0.8), steps);
    expect(averaged(corrected.model, corrected.state).item()).toBeCloseTo(biased / (1 - 0.8 ** steps), 12);
    const uncorrected = trained(ema(0.8, { debias: false }), steps);
    expect(averaged(uncorrected.model, uncorrected.state).item()).toBeCloseTo(plain + 0.8 ** steps * path[0]!, 12);
  });

  test("without bias correction it starts from the parameters before the first update", () => {
    const optimizer = chain(ema(0.75, { debias: false }), sgd({ learningRate: 1 }));
    const next = optimizer.update(w(8), w(4), optimizer.init(w(8)));
    expect(averaged(next.model, next.state).item()).toBe(0.75 * 8 + 0.25 * 4);
  });

  test.each([
    [1, 1, 4, (1 + 3 + 6 + 10) / 4],
    [2, 2, 5, (3 + 10) / 2],
    [3, 1, 2, 3],
  ])("the mean from update %i, every %i, after %i", (start, every, steps, expected) => {
    const { model, state } = trained(swa({ start, every }), steps);
    expect(averaged(model, state).item()).toBeCloseTo(expected, 12);
  });

  test("before the first update, and of what never moved, it is the parameter", () => {
    const optimizer = chain(ema(0.9), sgd({ learningRate: 1 }));
    const model = start();
    const state = freeze(optimizer.init(model), "b");
    expect(averaged(model, state).w).toBe(model.w);
    const next = optimizer.update(model, gradientAt(model, w(1, 1)), state);
    expect(averaged(next.model, next.state).b).toBe(model.b);
    close([...averaged(next.model, next.state).w.data()], [...next.model.w.data()]);
  });

  test("one of several by its name", () => {
    const { model, state } = trained(swa(), 2);
    expect(averaged(model, state, "swa").item()).toBe(2);
    expect(() => averaged(model, state, "ema")).toThrow(
      /^averaged: the state keeps no average ema; make the optimizer/,
    );
    expect(() => averaged(w(1), sgd({ learningRate: 1 }).init(w(1)))).toThrow(/the state keeps no average; make/);
  });
});

test("lookahead: after every k updates part of the way", () => {
  const optimizer = chain(lookahead({ every: 2, rate: 0.25 }), sgd({ learningRate: 1 }));
  let [model, state] = [w(8), optimizer.init(w(8))];
  const path: number[] = [];
  for (let i = 0; i < 4; i++) {
    ({ model, state } = optimizer.update(model, w(2), state));
    path.push(model.item());
  }
  expect(path).toEqual([6, 7, 5, 6]);
  // The state, whose slow weights are the parameters now, may go on compiled.
  const step = trainingStep((x: Double) => sum(x.mul(2)), optimizer);
  for (let i = 0; i < 2; i++) ({ model, state } = step(model, state) as never);
  expect([model.item(), state.slots.lookahead![""]!.item()]).toEqual([5, 5]);
});

test("projections keep parameters where they are to be, by path or by a function of path and tensor", () => {
  const model = { a: w(1, 1), b: w(1) };
  const gradients = { a: w(2, 0), b: w(2) };
  const optimizer = (match: Parameters<typeof project>[0]) =>
    chain(
      project(match, (x) => maximum(x, 0)),
      sgd({ learningRate: 1 }),
    );
  const after = (match: Parameters<typeof project>[0]) => {
    const { model: next, state } = optimizer(match).update(model, gradients, optimizer(match).init(model));
    return [next.a.toArray(), next.b.toArray(), state.chain[0]!.match];
  };
  expect(after("a")).toEqual([[0, 1], [-1], "a"]);
  expect(after(["a", "b"])).toEqual([[0, 1], [0], ["a", "b"]]);
  expect(after((_, { size }) => size === 1)).toEqual([[-1, 1], [0], ["b"]]);
});

describe("groups", () => {
  const groups = [{ match: (path: string, x: AnyTensor) => x.rank === 1 && path !== "z", learningRate: 0 }];
  const optimizer = sgd({ learningRate: 1, groups });
  const model = { w: draw(0, [2, 2]), b: w(1), z: w(1) };

  test("by a function are paths in the state, renewed by adapt", () => {
    const state = optimizer.init(model);
    expect(state.groups).toEqual([{ match: ["b"], learningRate: 0 }]);
    const next = optimizer.update(model, { w: model.w, b: w(1), z: w(1) }, state).model;
    expect([next.b.item(), next.z.item()]).toEqual([1, 0]);
    expect(optimizer.adapt({ ...model, c: w(1) }, state).groups).toEqual([{ match: ["b", "c"], learningRate: 0 }]);
    const none = edit(state, (draft) => {
      draft.groups = [];
    });
    expect(optimizer.adapt(model, none).groups).toEqual([]);
  });

  test("freezing by lists and functions of the path", () => {
    const state = optimizer.init(model);
    expect(freeze(state, ["w", "b"]).frozen).toEqual(["w", "b"]);
    expect(freeze(state, (path) => path > "b").frozen).toEqual(["w", "z"]);
    expect(() => freeze(state, () => false)).toThrow(/^freeze: the function fits no parameter; there are w, b, z/);
    expect(() => freeze(state, 7 as never)).toThrow(/^freeze: what is to be frozen is 7; give a path/);
  });
});

describe("errors", () => {
  const optimizer = sgd({ learningRate: 1 });
  const wrong = (f: (x: AnyTensor) => AnyTensor) => {
    const projecting = chain(project("", f), optimizer);
    return projecting.update(w(1, 2), w(1, 2), projecting.init(w(1, 2)));
  };
  test.each<[() => unknown, RegExp]>([
    [() => chain(ema(0.9) as never), /^chain: the last argument is no optimizer; end with one, as in adam/],
    [() => (chain as () => unknown)(), /^chain: the last argument is no optimizer/],
    [() => chain(optimizer as never, optimizer), /^chain: argument 0 is no transformation; give one, as in clip/],
    [() => chain(null as never, optimizer), /^chain: argument 0 is no transformation/],
    [() => clipByValue(0), /^clipByValue: limit is 0; give a number above 0/],
    [() => clipByNorm(Number.NaN), /^clipByNorm: maxNorm is NaN/],
    [() => clipByGlobalNorm(-1), /^clipByGlobalNorm: maxNorm is -1/],
    [() => clipByGlobalNorm(1, { p: 0 }), /^clipByGlobalNorm: p is 0/],
    [() => clipByGlobalNorm("1" as never), /^clipByGlobalNorm: maxNorm is "1"/],
    [() => addDecayedWeights(-1), /^addDecayedWeights: weightDecay is -1/],
    [() => addNoise({ variance: 1 } as never), /^addNoise: there is no key; give one, as in key\(0\)/],
    [() => addNoise({ key: key(0), variance: -1 }), /^addNoise: variance is -1/],
    [() => accumulate(0), /^accumulate: n is 0; give a whole number above 0/],
    [() => ema(1), /^ema: decay is 1; give a number from 0 to below 1/],
    [() => ema(0.9, { debias: 1 } as never), /^ema: debias is 1/],
    [() => swa({ every: 0 }), /^swa: every is 0/],
    [() => lookahead({ every: 1.5 }), /^lookahead: every is 1.5/],
    [() => lookahead({ rate: 1.5 }), /^lookahead: rate is 1.5/],
    [() => project(3 as never, (x) => x), /^project: the match is 3; give a path/],
    [() => project("w", 3 as never), /^project: there is no function/],
  ])("%s", (run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ArgumentError);
  });

  test("a projection that changes the form", () => {
    expect(() => wrong((x) => x.sum())).toThrow(
      /^project: the function makes float64 \[\] of , which is float64 \[2\]; keep/,
    );
    expect(() => wrong(() => 3 as never)).toThrow(/^project: the function makes no tensor of/);
  });
});
