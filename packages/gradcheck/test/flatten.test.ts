import { type AnyTensor, key, TreeError, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { flattenGradient, flattenParameters, relativeDifference } from "../src/index.ts";

const shared = tensor([5, 6]) as AnyTensor;
const tree = {
  w: tensor(
    [
      [1, 2],
      [3, 4],
    ],
    { dtype: "float64" },
  ),
  steps: tensor([7], { dtype: "int32" }),
  k: key(0),
  layers: [shared, shared],
  rate: 0.1,
};

test("parameters stand in the order of the tree, tied ones once", () => {
  const { vector, segments } = flattenParameters(tree);
  expect([...vector]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(segments).toEqual([
    { path: "w", shape: [2, 2], start: 0, size: 4 },
    { path: "layers.0", shape: [2], start: 4, size: 2 },
  ]);
});

test("a vector goes back into the tree, with dtypes, ties and everything else kept", () => {
  const { vector, unflatten } = flattenParameters(tree);
  const back = unflatten(vector.map((value) => 10 * value));
  expect(back.w.toArray()).toEqual([
    [10, 20],
    [30, 40],
  ]);
  expect(back.layers[0]!.dtype).toBe("float32");
  expect(back.layers[0]).toBe(back.layers[1]);
  expect(back.steps).toBe(tree.steps);
  expect(back.rate).toBe(0.1);
});

test("a vector of another length is refused", () => {
  expect(() => flattenParameters(tree).unflatten(new Float64Array(3))).toThrow(TreeError);
});

test("a gradient flattens beside its tree, with zeros for what is null", () => {
  const gradient = { w: null, steps: null, k: null, layers: [tensor([1, 2]), tensor([1, 2])], rate: 0.1 };
  expect([...flattenGradient(tree, gradient as never)]).toEqual([0, 0, 0, 0, 1, 2]);
});

test("the relative difference", () => {
  expect(relativeDifference([2], [1])).toBeCloseTo(1 / 3, 15);
  expect(relativeDifference([0, 0], [0, 0])).toBe(0);
  expect(relativeDifference([], [])).toBe(0);
  expect(relativeDifference([1], [-1])).toBe(1);
  expect(() => relativeDifference([1], [1, 2])).toThrow("relativeDifference: vectors of 1 and 2 differ");
});
