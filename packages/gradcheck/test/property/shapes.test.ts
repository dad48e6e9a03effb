import { add, zeros } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcastablePairs, shapes } from "../../src/property.ts";

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
