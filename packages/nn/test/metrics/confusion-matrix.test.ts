import { ArgumentError, key, normal, type Tensor, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accuracy, confusionMatrix } from "../../src/index.ts";

const int = (values: readonly number[]): Tensor => tensor(values, { dtype: "int32" }) as Tensor;

test("row is the class, column what it was taken for", () => {
  expect(confusionMatrix(tensor([2, -1, 3]), tensor([1, 0, 0])).toArray()).toEqual([
    [1, 1],
    [0, 1],
  ]);
  expect(confusionMatrix(int([0, 2, 2]), int([0, 1, 2]), { classes: 3 }).toArray()).toEqual([
    [1, 0, 0],
    [0, 0, 1],
    [0, 0, 1],
  ]);
});

test("its trace over its sum is the accuracy", () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1 }), (seed, classes) => {
      const logits = normal(key(seed), [classes.length, 4]);
      const counts = confusionMatrix(logits, int(classes)).toArray() as number[][];
      const right = counts.reduce((sum, row, i) => sum + row[i]!, 0);
      expect(counts.flat().reduce((a, b) => a + b, 0)).toBe(classes.length);
      expect(right / classes.length).toBeCloseTo(accuracy(logits, int(classes)).item(), 6);
    }),
  );
});

describe("errors", () => {
  test.each([
    [
      "an unknown number of classes",
      () => confusionMatrix(int([0]), int([0])),
      /number of classes is not known; give it/,
    ],
    [
      "a misspelt option",
      () => confusionMatrix(int([0]), int([0]), { class: 3 } as object),
      /no option "class"; use cl/,
    ],
    ["a target outside", () => confusionMatrix(int([0]), int([3]), { classes: 3 }), /3 is none of 3 classes/],
    ["a prediction outside", () => confusionMatrix(int([-1]), int([0]), { classes: 3 }), /-1 is none of 3 classes/],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ArgumentError);
  });
});
