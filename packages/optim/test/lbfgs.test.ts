import {
  type AnyTensor,
  ArgumentError,
  compile,
  GradientError,
  key,
  log,
  matmul,
  mean,
  mul,
  normal,
  ones,
  ShapeError,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  TreeError,
  tensor,
  valueAndGrad,
} from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LbfgsOptions, lbfgs, minimize, sgd, type ValueAndGradient } from "../src/index.ts";

type Double = Tensor<readonly number[], "float64">;
const w = (...values: number[]): Double => tensor(values, { dtype: "float64" }) as Double;
const draw = (seed: number, shape: readonly number[]): Double =>
  normal(key(seed), shape, { dtype: "float64" }) as Double;
const differentiated = <M>(cost: (model: M) => AnyTensor): ValueAndGradient<M> =>
  valueAndGrad(cost as never) as unknown as ValueAndGradient<M>;

const rosenbrock = ({ x }: { readonly x: Double }): AnyTensor => {
  const n = x.size;
  const [head, tail] = [x.slice([[0, n - 1]]), x.slice([[1, n]])];
  return sum(
    square(sub(tail, square(head)))
      .mul(100)
      .add(square(sub(1, head))),
  );
};

test.each([
  [-1.2, 1],
  [-1.2, 1, -1.2, 1, -1.2, 1],
])("Rosenbrock's function, from %d, %d", (...start) => {
  const { model, value, status } = minimize(rosenbrock, { x: w(...start) }, { tolerance: 1e-10 });
  expect(status).toBe("converged");
  expect(value).toBeLessThan(1e-20);
  for (const x of model.x.data()) expect(Math.abs(x - 1)).toBeLessThan(1e-10);
});

test("a quadratic of n variables is done in n + 1 steps, with lines searched to the end", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(1000), (n, seed) => {
      const root = draw(seed, [n, n]);
      const matrix = matmul(root, root.transpose()).add(tensor(identity(n), { dtype: "float64" })) as Double;
      const [center, start] = [draw(seed + 1, [n]), draw(seed + 2, [n])];
      const cost = (x: Double): AnyTensor => {
        const d = sub(x, center) as Double;
        return sum(mul(d, matmul(matrix, d))).mul(0.5);
      };
      const { model, steps, status } = minimize(cost, start, { curvature: 1e-3, decrease: 1e-4, tolerance: 1e-6 });
      expect(status).toBe("converged");
      expect(steps).toBeLessThanOrEqual(n + 1);
      model.data().forEach((x, i) => void expect(x).toBeCloseTo(center.data()[i]!, 4));
    }),
    { numRuns: 30 },
  );
});

const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => +(i === j)));

test("logistic regression ends where plain gradient descent does", () => {
  const features = draw(1, [40, 3]);
  const signs = draw(2, [40])
    .add(features.slice([null, 0]))
    .greater(0)
    .cast("float64")
    .mul(2)
    .sub(1) as Double;
  const cost = (m: { readonly w: Double; readonly b: Double }): AnyTensor =>
    mean(softplus(mul(signs, matmul(features, m.w).add(m.b)).neg())).add(sum(square(m.w)).mul(0.05));
  const start = { w: w(0, 0, 0), b: w(0) };
  const found = minimize(cost, start, { tolerance: 1e-10 });
  const optimizer = sgd({ learningRate: 1 });
  const step = differentiated(cost);
  let [model, state] = [start, optimizer.init(start)];
  for (let i = 0; i < 400; i++) ({ model, state } = optimizer.update(model, step(model).gradient, state));
  expect(found.steps).toBeLessThan(25);
  [...found.model.w.data(), ...found.model.b.data()].forEach(
    (value, i) => void expect(value).toBeCloseTo([...model.w.data(), ...model.b.data()][i]!, 7),
  );
});

test("each step fulfils the strong Wolfe conditions", () => {
  const start = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(start, (values) => {
      const [decrease, curvature] = [1e-4, 0.9];
      const optimizer = lbfgs({ decrease, curvature, tolerance: 1e-5 });
      const step = differentiated(rosenbrock);
      let model = { x: w(...values) };
      let state = optimizer.init(model);
      for (let i = 0; i < 15; i++) {
        const before = { model, ...step(model) };
        ({ model, state } = optimizer.update(model, step, state));
        if (state.status !== "running") break;
        const after = step(model);
        const moved = sub(model.x, before.model.x);
        const slope = (gradient: { readonly x: AnyTensor }): number => sum(mul(moved, gradient.x)).item() as number;
        const [first, last] = [slope(before.gradient as never), slope(after.gradient as never)];
        expect(first).toBeLessThan(0);
        expect(after.value.item()).toBeLessThanOrEqual((before.value.item() as number) + decrease * first * (1 - 1e-6));
        expect(Math.abs(last)).toBeLessThanOrEqual(-curvature * first * (1 + 1e-6));
      }
    }),
    { numRuns: 20 },
  );
});

describe("the state", () => {
  const optimizer = lbfgs({ history: 3 });
  const step = differentiated(rosenbrock);
  const trained = (steps: number) => {
    let model = { x: w(-1.2, 1) };
    let state = optimizer.init(model);
    for (let i = 0; i < steps; i++) ({ model, state } = optimizer.update(model, step, state));
    return { model, state };
  };

  test("is a value: updates are pure, the history is as long as said", () => {
    const { model, state } = trained(8);
    expect([state.step, state.pairs.length, state.status]).toEqual([8, 3, "running"]);
    const [a, b] = [optimizer.update(model, step, state), optimizer.update(model, step, state)];
    expect(a.model.x.toArray()).toEqual(b.model.x.toArray());
    expect(state.step).toBe(8);
  });

  test("a step evaluates the cost once if its first guess is good", () => {
    const { state } = trained(20);
    expect(state.evaluations).toBeLessThan(20 * 2);
  });

  test("another model is evaluated, and begins without a history", () => {
    const { state } = trained(5);
    const next = optimizer.update({ x: w(3, 3) }, step, state).state;
    expect([next.step, next.pairs.length]).toEqual([6, 1]);
  });

  test("at a minimum nothing moves", () => {
    const model = { x: w(1, 1) };
    const next = optimizer.update(model, step, optimizer.init(model));
    expect([next.model === model, next.state.status, next.state.step]).toEqual([true, "converged", 0]);
  });

  test("pairs without curvature are left out", () => {
    // Concave between −1 and 1: the difference of gradients points against the step.
    const concave = differentiated((x: Double) => sum(mul(square(x), -0.5)));
    const next = lbfgs({ evaluations: 1 }).update(w(0.5), concave, optimizer.init(w(0.5)));
    expect([next.state.step, next.state.pairs]).toEqual([1, []]);
    expect(next.model.item()).toBeGreaterThan(0.5);
  });

  test("a gradient that is wrong stalls", () => {
    const wrong: ValueAndGradient<Double> = (x) => ({ value: sum(square(x)), gradient: x.mul(-2) as never });
    const next = optimizer.update(w(1), wrong, optimizer.init(w(1)));
    expect([next.state.status, next.model.item()]).toEqual(["stalled", 1]);
  });
});

test("compiled, in float32, with dtypes that differ, tied and without a gradient: parameters keep what they are", () => {
  const tied = ones([2]);
  const start = { a: tied, b: tied, c: w(5), d: ones([1]), n: tensor([1], { dtype: "int32" }) };
  type Model = typeof start;
  const cost = ({ a, b, c }: Model): AnyTensor =>
    sum(square(sub(a.add(b), 6)))
      .cast("float64")
      .add(sum(square(sub(c, 2))));
  const plain = valueAndGrad(cost as never, { select: ({ path }: { path: string }) => path !== "d" } as never);
  const step = compile(plain as never) as unknown as ValueAndGradient<Model>;
  const optimizer = lbfgs({ tolerance: 1e-5 });
  let [model, state] = [start, optimizer.init(start)];
  for (let i = 0; i < 30 && state.status === "running"; i++) ({ model, state } = optimizer.update(model, step, state));
  expect(state.status).toBe("converged");
  expect(model.a).toBe(model.b);
  expect([model.a.dtype, model.c.dtype, model.d, model.n]).toEqual(["float32", "float64", start.d, start.n]);
  expect(model.a.toArray()).toEqual([3, 3]);
  expect(model.c.item()).toBeCloseTo(2, 5);
});

describe("errors", () => {
  const optimizer = lbfgs();
  const run = (step: unknown, model: unknown = w(1)): unknown =>
    optimizer.update(model, step as never, optimizer.init(w(1)));
  const good = differentiated((x: Double) => sum(square(x)));
  test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    [
      "NaN",
      () =>
        run(
          differentiated((x: Double) => sum(log(x))),
          w(-1),
        ),
      GradientError,
      /^lbfgs: the cost is NaN; start where/,
    ],
    [
      "an infinite gradient",
      () => run(() => ({ value: sum(w(1)), gradient: w(Infinity) })),
      GradientError,
      /has 1 of 1 elements/,
    ],
    [
      "no scalar",
      () => run(() => ({ value: w(1, 2), gradient: w(1) })),
      GradientError,
      /^lbfgs: the cost is no scalar/,
    ],
    [
      "another shape",
      () => run(() => ({ value: sum(w(1)), gradient: w(1, 2) })),
      ShapeError,
      /gradient of the parameter is \[2\]/,
    ],
    ["no function", () => run(3), ArgumentError, /^lbfgs: the second argument is no function; give valueAndGrad/],
    [
      "no state",
      () => optimizer.update(w(1), good, {} as never),
      ArgumentError,
      /^lbfgs: the third argument is no state/,
    ],
    ["no parameter", () => optimizer.init({ a: 1 }), TreeError, /^lbfgs: the model has no parameter/],
    ["a cost that is none", () => minimize(3 as never, w(1)), ArgumentError, /^minimize: the cost is of type number/],
    ["no steps", () => minimize((x: Double) => sum(x), w(1), { steps: 0 }), ArgumentError, /^minimize: steps is 0/],
  ])("%s", (_, act, type, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(type);
  });

  test.each<[LbfgsOptions, RegExp]>([
    [{ history: 0 }, /^lbfgs: history is 0; give a whole number above 0/],
    [{ tolerance: -1 }, /^lbfgs: tolerance is -1/],
    [{ evaluations: 2.5 }, /^lbfgs: evaluations is 2.5/],
    [{ decrease: 0.9, curvature: 0.5 }, /^lbfgs: decrease is 0.9 and curvature 0.5; give 0 < decrease < curvature < 1/],
    [{ curvature: 1 }, /^lbfgs: decrease is 0.0001 and curvature 1/],
    [{ lineSearch: "armijo" as never }, /^lbfgs: lineSearch is "armijo"; give "strongWolfe"/],
    [{ memory: 3 } as never, /^lbfgs: there is no option "memory"; use history/],
  ])("%j", (options, message) => {
    expect(() => lbfgs(options)).toThrow(message);
  });
});
