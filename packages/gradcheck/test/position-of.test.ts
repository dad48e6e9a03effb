import { expect, test } from "vitest";
import { positionOf } from "../src/position-of.ts";

test("positions are along each axis", () => {
  expect(positionOf(5, [2, 3])).toEqual([1, 2]);
  expect(positionOf(23, [2, 3, 4])).toEqual([1, 2, 3]);
  expect(positionOf(0, [])).toEqual([]);
});
