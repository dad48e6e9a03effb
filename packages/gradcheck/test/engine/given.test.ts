import { ArgumentError, argmax, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { flatCotangents, flatGradient } from "../../src/engine/given.ts";
import { Runs } from "../../src/engine/runs.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { double } from "./context-for.ts";

const at = { w: double([[1, 2]]), b: double(3) };
const subject = subjectOf(({ b }: typeof at) => b, at);

test("cotangents are those of all results of floats, flat", () => {
  const { outputs } = new Runs(subjectOf(({ w, b }: typeof at) => ({ w, b, count: argmax(w) }), at));
  expect([...flatCotangents({ b: double(3), w: double([[1, 2]]) }, outputs)]).toEqual([1, 2, 3]);
  const given = (cotangents: unknown) => () => flatCotangents(cotangents, outputs);
  expect(given({ w: double([[1, 2]]) })).toThrow(ArgumentError);
  expect(given({ w: double([[1, 2]]) })).toThrow("checkGradients: the cotangent of b is no tensor; give floats of []");
  expect(given({ w: double([1, 2]), b: double(3) })).toThrow("the cotangent of w is float64 [2]; give floats of [1,2]");
  // As many elements, of other results.
  expect(given({ w: double(3), b: double([[1, 2]]) })).toThrow("the cotangent of w is float64 []");
  const int = tensor(1, { dtype: "int32" });
  expect(given({ w: double([[1, 2]]), b: int })).toThrow("the cotangent of b is int32 []; give floats of []");
  expect(given({ w: double([[1, 2]]), b: double(3), count: int })).toThrow(
    "the cotangent of count is of no result; give one for w, b",
  );
  const [single] = new Runs(subjectOf(({ b }: typeof at) => b, at)).outputs;
  expect(() => flatCotangents(double([3]), [single!])).toThrow("the cotangent of the result is float64 [1]");
});

test("a gradient is flat in the order of the parameters, and null is zeros", () => {
  expect([...flatGradient({ w: double([[5, 6]]), b: double(7) }, subject)]).toEqual([5, 6, 7]);
  expect([...flatGradient({ w: null, b: double(7) }, subject)]).toEqual([0, 0, 7]);
  expect(() => flatGradient({ w: double([5, 6]), b: double(7) }, subject)).toThrow(
    "checkGradients: the gradient of w is [2]; give [1,2], or null",
  );
  expect(() => flatGradient({ w: 3, b: double(7) }, subject)).toThrow("the gradient of w is no tensor");
});
