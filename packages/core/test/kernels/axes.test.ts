import { expect, test } from "vitest";
import { broadcastStrides, nestOf } from "../../src/kernels/reference/axes.ts";

test("contiguous operands of any rank become one row", () => {
  const nest = nestOf([2, 1, 3, 4], [[12, 99, 4, 1]]);
  expect(nest).toMatchObject({ outer: 1, rows: 1, length: 24 });
  expect(nest.walks[0]).toMatchObject({ step: 1 });
});

test("axes merge only where every operand steps evenly", () => {
  const nest = nestOf(
    [2, 3, 4],
    [
      [12, 4, 1],
      [0, 4, 1],
    ],
  );
  expect(nest).toMatchObject({ outer: 1, rows: 2, length: 12 });
  expect(nest.walks.map(({ row, step }) => [row, step])).toEqual([
    [12, 1],
    [0, 1],
  ]);
});

test("further axes become a table of starts, in row-major order", () => {
  const nest = nestOf([2, 2, 3, 5], [[1, 100, 10, 1000]]);
  expect(nest).toMatchObject({ outer: 4, rows: 3, length: 5 });
  expect(nest.walks[0]).toEqual({ starts: Int32Array.of(0, 100, 1, 101), row: 10, step: 1000 });
});

test("a scalar is one row of one element", () => {
  expect(nestOf([], [[], []])).toMatchObject({ outer: 1, rows: 1, length: 1 });
  expect(nestOf([1, 1], [[5, 5]])).toMatchObject({ outer: 1, rows: 1, length: 1 });
});

test("broadcast strides are 0 along stretched and missing axes", () => {
  expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
  expect(broadcastStrides([2, 3, 4], [2, 3, 4])).toEqual([12, 4, 1]);
  expect(broadcastStrides([], [2])).toEqual([0]);
});
