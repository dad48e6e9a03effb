import { ArgumentError, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { flatCotangents, flatGradient } from "../../src/engine/given.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { double } from "./context-for.ts";

const at = { w: double([[1, 2]]), b: double(3) };
const subject = subjectOf(({ b }: typeof at) => b, at);

test("cotangents are those of all results, flat", () => {
  expect([...flatCotangents({ a: double([1, 2]), b: double(3), count: tensor([1], { dtype: "int32" }) }, 3)]).toEqual([
    1, 2, 3,
  ]);
  expect(() => flatCotangents(double([1]), 2)).toThrow(ArgumentError);
  expect(() => flatCotangents(double([1]), 2)).toThrow("the cotangents have 1 elements for results of 2");
});

test("a gradient is flat in the order of the parameters, and null is zeros", () => {
  expect([...flatGradient({ w: double([[5, 6]]), b: double(7) }, subject)]).toEqual([5, 6, 7]);
  expect([...flatGradient({ w: null, b: double(7) }, subject)]).toEqual([0, 0, 7]);
  expect(() => flatGradient({ w: double([5, 6]), b: double(7) }, subject)).toThrow(
    "checkGradients: the gradient of w is [2]; give [1,2], or null",
  );
  expect(() => flatGradient({ w: 3, b: double(7) }, subject)).toThrow("the gradient of w is no tensor");
});
