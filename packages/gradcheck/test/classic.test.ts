import { readFileSync } from "node:fs";
import {
  type AnyTensor,
  ArgumentError,
  add,
  DTypeError,
  div,
  GradientError,
  grad,
  log,
  matmul,
  mul,
  neg,
  relu,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { classicCheck, flattenGradient, formatClassicReport, numericalGradient } from "../src/index.ts";

const { one_d: oneD, n_d: nD } = JSON.parse(
  readFileSync(new URL("./fixtures/course_gradient_checking.json", import.meta.url), "utf8"),
);
const f64 = { dtype: "float64" } as const;
type Parameters = Record<"W1" | "b1" | "W2" | "b2" | "W3" | "b3", AnyTensor>;

const parameters = Object.fromEntries(
  Object.entries(nD.parameters).map(([name, values]) => [name, tensor(values as number[][], f64)]),
) as unknown as Parameters;
const x = tensor(nD.X as number[][], f64) as AnyTensor;
const y = tensor(nD.Y as number[][], f64) as AnyTensor;

/** LINEAR, RELU, LINEAR, RELU, LINEAR, SIGMOID and cross-entropy, with examples in columns as the course has them. */
function cost({ W1, b1, W2, b2, W3, b3 }: Parameters): AnyTensor {
  const a1 = relu(add(matmul(W1, x), b1));
  const a2 = relu(add(matmul(W2, a1), b2));
  const a3 = sigmoid(add(matmul(W3, a2), b3));
  // As the course writes it: the rounding noise of the differences depends on it.
  const terms = add(mul(neg(log(a3)), y), mul(neg(log(sub(1, a3))), sub(1, y)));
  return div(sum(terms), 3);
}

test("the one-dimensional exercise", () => {
  const f = (theta: AnyTensor): AnyTensor => mul(theta, oneD.x);
  const report = classicCheck(f, tensor(oneD.theta, f64) as AnyTensor);
  expect(report.difference).toBeCloseTo(oneD.difference, 12);
});

test("the numerical gradient of the course's network", () => {
  const numeric = numericalGradient(cost, parameters);
  for (const [i, value] of numeric.entries()) expect(value).toBeCloseTo(nD.gradapprox[i], 6);
  expect((cost(parameters) as Tensor<readonly [], "float64">).item()).toBeCloseTo(nD.cost, 12);
});

test("the gradient of the course's network, against the complex step", () => {
  const exact = flattenGradient(parameters, grad(cost)(parameters));
  for (const [i, value] of exact.entries()) expect(Math.abs(value - nD.complex_step_gradient[i])).toBeLessThan(1e-12);
});

test("correct code scores 1.19e-7 with the classic step: more than its threshold", () => {
  const report = classicCheck(cost, parameters);
  expect(Math.abs(report.difference / nD.correct.difference - 1)).toBeLessThan(0.02);
  expect(`${report.worst.path}[${report.worst.index}]`).toBe(nD.correct.worst_element);
});

test("the planted bugs are found and localised", () => {
  const correct = grad(cost)(parameters);
  const planted = { ...correct, W2: mul(correct.W2 as AnyTensor, 2), b1: mul(correct.b1 as AnyTensor, 4) };
  const report = classicCheck(cost, parameters, { gradient: planted as never });
  expect(report.difference).toBeCloseTo(0.285093, 6);
  expect(report.perParameter.W2).toBeCloseTo(0.3333, 4);
  expect(report.perParameter.b1).toBeCloseTo(0.6, 4);
  for (const name of ["W1", "b2", "W3", "b3"]) expect(report.perParameter[name]).toBeLessThan(4e-7);
  expect(`${report.worst.path}[${report.worst.index}]`).toBe(nD.planted_bugs_dW2x2_db1x4.worst_element);
  expect(formatClassicReport(report)).toMatch(/b1 +6\.0000e-1/);
});

test("the difference by step is the published one: truncation above 1e-4, rounding noise below", () => {
  for (const [epsilon, difference] of Object.entries(nD.difference_by_epsilon) as [string, number][]) {
    const report = classicCheck(cost, parameters, { epsilon: Number(epsilon) });
    expect(Math.abs(report.difference / difference - 1)).toBeLessThan(0.02);
  }
});

test("a gradient that is zero agrees with a difference that is zero", () => {
  const report = classicCheck((at: AnyTensor) => sum(mul(at, 0)), tensor([1, 2], f64) as AnyTensor);
  expect(report.difference).toBe(0);
  expect(report.worst.relativeDifference).toBe(0);
});

test("a NaN in the gradient is the worst element", () => {
  const at = tensor([1, 2, 3], f64) as AnyTensor;
  const report = classicCheck((v: AnyTensor) => sum(square(v)), at, {
    gradient: tensor([2, Number.NaN, 6], f64) as never,
  });
  expect(report.difference).toBeNaN();
  expect(report.worst.index).toEqual([1]);
});

test("a parameter of float32 is refused, and not scored 1", () => {
  const loss = (v: AnyTensor): AnyTensor => sum(square(v));
  const single = tensor([1, 2]) as AnyTensor;
  expect(() => classicCheck(loss, single)).toThrow(DTypeError);
  expect(classicCheck(loss, single, { epsilon: 1e-2 }).difference).toBeLessThan(1e-4);
});

test("what has no elements, or cannot be differentiated, is refused", () => {
  const loss = (v: AnyTensor): AnyTensor => sum(square(v));
  const nothing = tensor([], f64) as AnyTensor;
  expect(() => classicCheck(loss, nothing)).toThrow(ArgumentError);
  expect(() => classicCheck(loss, nothing)).toThrow("classicCheck: the parameters have no elements");
  expect(() => classicCheck(() => sum(x), {}, { gradient: {} })).toThrow(ArgumentError);
  expect(() => classicCheck(() => sum(x), {})).toThrow(GradientError);
  expect(() => classicCheck((() => 3) as never, tensor([1], f64))).toThrow(GradientError);
});
