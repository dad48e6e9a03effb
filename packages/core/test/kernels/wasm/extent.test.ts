import { describe, expect, test } from "vitest";
import { layoutOf } from "../../../src/kernels/wasm/extent.ts";

describe("layoutOf", () => {
  test.each<[string, number[][], number[], string[], [number, number, number]]>([
    ["what is full or a scalar", [[2, 3], [], [1, 1]], [2, 3], ["full", "scalar", "scalar"], [1, 1, 6]],
    ["a bias", [[4, 5], [5]], [4, 5], ["full", "row"], [1, 4, 5]],
    [
      "a table for all examples",
      [
        [7, 4, 5],
        [4, 5],
      ],
      [7, 4, 5],
      ["full", "row"],
      [1, 7, 20],
    ],
    [
      "a mean of each row",
      [
        [4, 5],
        [4, 1],
      ],
      [4, 5],
      ["full", "column"],
      [1, 4, 5],
    ],
    [
      "a bias of channels",
      [
        [2, 3, 4, 4],
        [3, 1, 1],
      ],
      [2, 3, 4, 4],
      ["full", "column"],
      [2, 3, 16],
    ],
    [
      "two means of each row",
      [
        [4, 5],
        [4, 1],
        [4, 1],
      ],
      [4, 5],
      ["full", "column", "column"],
      [1, 4, 5],
    ],
    [
      "a row and a column",
      [
        [1, 5],
        [4, 1],
      ],
      [4, 5],
      ["row", "column"],
      [1, 4, 5],
    ],
    [
      "axes of length 1 between",
      [
        [3, 1, 5],
        [1, 1, 5],
      ],
      [3, 1, 5],
      ["full", "row"],
      [1, 3, 5],
    ],
  ])("of %s", (_, shapes, shape, kinds, [outer, rows, length]) => {
    expect(layoutOf(shapes, shape)).toEqual({ kinds, extent: { outer, rows, length } });
  });

  test.each<[string, number[][], number[]]>([
    [
      "axes apart from one another",
      [
        [3, 4, 5],
        [3, 1, 5],
      ],
      [3, 4, 5],
    ],
  ])("there is none for %s", (_, shapes, shape) => {
    expect(layoutOf(shapes, shape)).toBeNull();
  });
});
