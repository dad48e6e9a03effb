import { add, zeros } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcastablePairs, shapes, tensors } from "../src/property.ts";

test("shapes keep to their constraints", () => {
  fc.assert(
    fc.property(shapes({ minRank: 1, maxRank: 2, minSize: 2, maxSize: 3 }), (shape) => {
      expect(shape.length === 1 || shape.length === 2).toBe(true);
      expect(shape.every((size) => size === 2 || size === 3)).toBe(true);
    }),
  );
});

test("scalars and empty shapes are among them", () => {
  const drawn = fc.sample(shapes(), { numRuns: 500, seed: 1 });
  expect(drawn.some((shape) => shape.length === 0)).toBe(true);
  expect(drawn.some((shape) => shape.includes(0))).toBe(true);
});

test("broadcastable pairs broadcast to the result they come with", () => {
  fc.assert(
    fc.property(broadcastablePairs(), ({ a, b, result }) => {
      expect(add(zeros(a), zeros(b)).shape).toEqual(result);
    }),
  );
});

test("broadcastable pairs reach every kind of stretching", () => {
  const drawn = fc.sample(broadcastablePairs(), { numRuns: 500, seed: 1 });
  expect(drawn.some(({ a, b }) => a.length < b.length)).toBe(true);
  expect(drawn.some(({ a, b }) => a.length > b.length)).toBe(true);
  expect(
    drawn.some(({ a, result }) => a.length === result.length && a.some((size, i) => size === 1 && result[i]! > 1)),
  ).toBe(true);
});

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

test("a failing property shrinks to zeros around the one element that matters", () => {
  const { counterexample } = fc.check(
    fc.property(tensors([2, 3]), (x) => !x.data().some((value) => value > 0.7)),
    { seed: 3 },
  );
  const values = [...counterexample![0].data()];
  expect(values.filter((value) => value !== 0)).toHaveLength(1);
  expect(values.some((value) => value > 0.7)).toBe(true);
});
