import { type Draw, draw } from "@tapegrad/core";
import { expect, test } from "vitest";
import { rescaleSample } from "../src/rescale-sample.ts";

const lengths = new Map([
  [2, 12],
  [3, 16],
]);

test("axes get other lengths, what else a draw says stays", () => {
  const x = draw([2, 5, 3], { low: 4, high: 5, distinct: true });
  const { args } = rescaleSample({ args: [x, { y: [x, draw([3], { dtype: "int32" })] }, [3, 2]] }, lengths);
  const [first, { y }, numbers] = args as [Draw, { y: Draw[] }, number[]];
  expect(first).toMatchObject({ shape: [12, 5, 16], low: 4, high: 5, distinct: true, dtype: "float64" });
  expect(y[0]).toBe(first);
  expect(y[1]).toMatchObject({ shape: [16], dtype: "int32" });
  expect(numbers).toEqual([3, 2]);
  expect(x.shape).toEqual([2, 5, 3]);
});

test("numbers beside the draws change where that is asked for", () => {
  const sample = { args: [draw([2, 3]), [3, 2], { axis: 1 }] };
  expect(rescaleSample(sample, lengths, { numbers: true }).args.slice(1)).toEqual([[16, 12], { axis: 1 }]);
});
