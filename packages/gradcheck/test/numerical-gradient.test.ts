import {
  type AnyTensor,
  ArgumentError,
  cast,
  DTypeError,
  exp,
  greater,
  mul,
  square,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { numericalGradient } from "../src/index.ts";

const double = (values: number[]): AnyTensor => tensor(values, { dtype: "float64" });
const loss = (x: AnyTensor): AnyTensor => sum(square(x));

test("is a central difference for each element, in the order of the tree", () => {
  const f = ({ b, w }: { b: AnyTensor; w: AnyTensor }): AnyTensor => sum(mul(exp(b), w));
  const gradient = numericalGradient(f, { b: double([0, 0]), w: double([3, 4]) });
  [3, 4, 1, 1].forEach((value, i) => {
    expect(gradient[i]).toBeCloseTo(value, 6);
  });
});

test("moves a tied parameter at all its places", () => {
  const w = double([3]);
  const f = ({ a, b }: { a: AnyTensor; b: AnyTensor }): AnyTensor => sum(mul(a, b));
  expect([...numericalGradient(f, { a: w, b: w })]).toEqual([expect.closeTo(6, 5)]);
});

test("of nothing is nothing", () => {
  expect(numericalGradient(loss, double([]))).toHaveLength(0);
});

describe("float32", () => {
  test("is refused with a step that it would round away, and the advice to cast", () => {
    expect(() => numericalGradient(loss, tensor([1, 2]))).toThrow(DTypeError);
    expect(() => numericalGradient(({ w }) => loss(w), { w: tensor([1, 2]) as AnyTensor })).toThrow(
      'numericalGradient: w is float32, in which a step of 1e-7 is lost in rounding; check in float64, as in cast(x, "float64"), or give an epsilon of 0.0001 or more',
    );
  });

  test("is refused as the dtype of the value too", () => {
    const single = (x: AnyTensor): AnyTensor => sum(cast(x, "float32"));
    expect(() => numericalGradient(single, double([1]))).toThrow(/the value of the function is float32/);
  });

  test("is allowed with a larger step, and then divided by the step that was really made", () => {
    const [a, b] = numericalGradient(loss, tensor([1, 2]), { epsilon: 1e-2 });
    expect(a).toBeCloseTo(2, 4);
    expect(b).toBeCloseTo(4, 4);
    expect(numericalGradient((x: AnyTensor) => sum(x), tensor([1]), { epsilon: 1e-4 })[0]).toBe(1);
  });
});

describe("refuses", () => {
  test.each([0, -1e-7, Number.NaN, Number.POSITIVE_INFINITY])("a step of %s", (epsilon) => {
    expect(() => numericalGradient(loss, double([1]), { epsilon })).toThrow(ArgumentError);
  });

  test("a step that vanishes beside an element", () => {
    expect(() => numericalGradient(loss, double([1, 1e12]))).toThrow(ArgumentError);
    expect(() => numericalGradient(loss, double([1, 1e12]))).toThrow(
      "a step of 1e-7 vanishes beside 1000000000000, an element of the parameter; give a larger epsilon",
    );
    expect(() => numericalGradient(loss, tensor([1e6]), { epsilon: 1e-4 })).toThrow(/vanishes/);
  });

  test.each<[string, (x: Tensor) => unknown, string]>([
    ["a vector", (x) => x, "a tensor of float64 [2]"],
    ["a number", () => 3, "a number"],
    ["a promise", async (x) => sum(x), "a promise"],
    ["nothing", () => undefined, "undefined"],
    ["a tree", (x) => ({ x }), "no tensor"],
    ["a bool", (x) => greater(sum(x), 0), "a tensor of bool []"],
  ])("a function that returns %s", (_, f, what) => {
    expect(() => numericalGradient(f as never, double([1, 2]))).toThrow(ArgumentError);
    expect(() => numericalGradient(f as never, double([1, 2]))).toThrow(
      `numericalGradient: the function returned ${what}; return a scalar of floats`,
    );
  });
});
