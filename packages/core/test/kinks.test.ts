import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  abs,
  clamp,
  div,
  exp,
  grad,
  greater,
  hvp,
  log,
  logsumexp,
  max,
  maximum,
  min,
  minimum,
  mul,
  norm,
  power,
  relu,
  sigmoid,
  sign,
  softplus,
  sqrt,
  sum,
  tanh,
  tensor,
  where,
} from "../src/index.ts";

const f64 = { dtype: "float64" } as const;
const at = (f: (x: AnyTensor) => AnyTensor, values: number[]): number[] => [
  ...grad((x: AnyTensor) => sum(f(x)))(tensor(values, f64) as AnyTensor).data(),
];

// As PyTorch: ties share, and a kink takes the gradient that the table says.
describe("gradients at ties and kinks", () => {
  const cases: [string, (x: AnyTensor) => AnyTensor, number[], number[]][] = [
    ["|x| at 0", (x) => abs(x), [-2, 0, 3], [-1, 0, 1]],
    ["relu at 0", (x) => relu(x), [-1, 0, 2], [0, 0, 1]],
    ["sign", (x) => sign(x), [-1, 0, 2], [0, 0, 0]],
    ["max of a tie", (x) => max(x), [1, 3, 3, 2], [0, 0.5, 0.5, 0]],
    ["min of a tie of three", (x) => min(x), [1, 1, 1], [1 / 3, 1 / 3, 1 / 3]],
    ["maximum with 0", (x) => maximum(x, 0), [-1, 0, 2], [0, 0.5, 1]],
    ["minimum with 0", (x) => minimum(x, 0), [-1, 0, 2], [1, 0.5, 0]],
    ["maximum with itself", (x) => maximum(x, x), [2, -1], [1, 1]],
    ["clamp on its bounds", (x) => clamp(x, -1, 1), [-2, -1, 0, 1, 2], [0, 1, 1, 1, 0]],
    ["norm at 0", (x) => norm(x), [0, 0], [0, 0]],
    ["x² at 0", (x) => power(x, 2), [0, 3], [0, 6]],
    ["x⁰", (x) => power(x, 0), [0, 3], [0, 0]],
    ["0ˣ", (x) => power(0, x), [0, 2], [0, 0]],
    ["√(x²) at 0", (x) => sqrt(mul(x, x)), [0, -2], [0, -1]],
    ["√x at 0", (x) => sqrt(x), [0, 4], [Number.POSITIVE_INFINITY, 0.25]],
  ];
  test.each(cases)("%s", (_, f, x, expected) => {
    expect(at(f, x)).toEqual(expected);
  });
});

describe("no NaN where there is a value", () => {
  test("a branch that where did not select contributes 0, though its own derivative is infinite or NaN", () => {
    expect(at((x) => where(greater(x, 0), log(x), mul(x, x)), [0, -1, 2])).toEqual([0, -2, 0.5]);
    expect(at((x) => where(greater(x, 0), sqrt(x), 0), [0, -1, 4])).toEqual([0, 0, 0.25]);
    expect(at((x) => where(greater(x, 0), div(1, x), 0), [0, 2])).toEqual([0, -0.25]);
  });

  test("the same at second order", () => {
    const f = (x: AnyTensor): AnyTensor => sum(where(greater(x, 0), sqrt(x), 0));
    const x = tensor([0, 4], f64) as AnyTensor;
    expect([...hvp(f)(x, tensor([1, 1], f64) as never).data()]).toEqual([0, -1 / 32]);
  });

  test("saturated functions have finite gradients", () => {
    for (const f of [sigmoid, tanh, softplus] as unknown as ((x: AnyTensor) => AnyTensor)[]) {
      for (const value of [-1000, -100, 100, 1000]) expect(at(f, [value]).every(Number.isFinite)).toBe(true);
    }
    expect(at((x) => logsumexp(x), [1000, 1000])).toEqual([0.5, 0.5]);
    expect(at((x) => logsumexp(x), [Number.NEGATIVE_INFINITY, 0])).toEqual([0, 1]);
  });

  test("powers at 0 have the derivatives of polynomials, at every order", () => {
    let f: (x: AnyTensor) => AnyTensor = (x) => power(x, 3);
    const derivatives = [0, 0, 0, 6, 0];
    for (const expected of derivatives) {
      expect(f(tensor(0, f64) as AnyTensor).item()).toBe(expected);
      f = grad(f) as (x: AnyTensor) => AnyTensor;
    }
  });
});

describe("NaN in data is passed on, never hidden", () => {
  const x = tensor([1, Number.NaN, 3], f64) as AnyTensor;

  test("by values", () => {
    for (const f of [sum, max, min, relu, (t) => maximum(t, 0)] as ((t: AnyTensor) => AnyTensor)[]) {
      expect([...f(x).data()].some(Number.isNaN)).toBe(true);
    }
  });

  test("by gradients of smooth functions", () => {
    expect(at((t) => exp(t), [1, Number.NaN])[1]).toBeNaN();
  });
});
