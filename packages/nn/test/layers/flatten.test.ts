import { ones, ShapeError } from "@tapegrad/core";
import { expect, test } from "vitest";
import { Flatten } from "../../src/index.ts";

test("each example becomes a vector", () => {
  expect(new Flatten().forward(ones([5, 2, 3])).shape).toEqual([5, 6]);
  expect(new Flatten(0).forward(ones([5, 2, 3])).shape).toEqual([30]);
  expect(new Flatten().forward(ones([0, 2, 3])).shape).toEqual([0, 6]);
  expect(() => new Flatten().forward(ones([5]))).toThrow(ShapeError);
});
