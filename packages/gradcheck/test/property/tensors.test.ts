import { ArgumentError } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shapes, type TensorConstraints, tensors } from "../../src/property.ts";

test("tensors have the shape, dtype and range asked for, and keep off kinks", () => {
  fc.assert(
    fc.property(tensors([2, 3], { min: -1, max: 1, avoid: [0], margin: 0.1 }), (x) => {
      expect(x.shape).toEqual([2, 3]);
      expect(x.dtype).toBe("float64");
      expect(x.data().every((value) => Math.abs(value) >= 0.1 && Math.abs(value) <= 1)).toBe(true);
    }),
  );
  fc.assert(
    fc.property(tensors(shapes(), { dtype: "bool" }), (x) => x.data().every((value) => value === 0 || value === 1)),
  );
});

test("integers keep off what they should avoid too", () => {
  const divisors = tensors([4], { dtype: "int32", avoid: [0, 2] });
  fc.assert(fc.property(divisors, (x) => x.data().every((value) => value !== 0 && value !== 2)));
});

test("a range whose end is avoided still has values", () => {
  const above = tensors([2], { min: 0.3, max: 0.6, avoid: [0.3] });
  fc.assert(fc.property(above, (x) => x.data().every((value) => value >= 0.35)));
});

test("constraints that leave no value are refused", () => {
  const refused = (constraints: TensorConstraints) => () => fc.sample(tensors([2], constraints), 1);
  expect(refused({ dtype: "bool", avoid: [0, 1] })).toThrow(ArgumentError);
  expect(refused({ dtype: "int32", min: 0, max: 1, avoid: [0, 1] })).toThrow(ArgumentError);
  expect(refused({ min: -0.1, max: 0.1, avoid: [0], margin: 0.2 })).toThrow(
    "tensors: nothing from -0.1 to 0.1 keeps 0.2 away from 0; avoid fewer points, or by a smaller margin",
  );
});

test("a failing property shrinks to zeros around the one element that matters", () => {
  const { counterexample } = fc.check(
    fc.property(tensors([2, 3]), (x) => !x.data().some((value) => value > 0.7)),
    { seed: 3 },
  );
  const values = [...counterexample![0].data()];
  expect(values.filter((value) => value !== 0)).toHaveLength(1);
  expect(values.some((value) => value > 0.7)).toBe(true);
});
