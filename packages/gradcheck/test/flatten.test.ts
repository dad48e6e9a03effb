import { type AnyTensor, key, ShapeError, TreeError, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { flattenGradient, flattenParameters } from "../src/index.ts";

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
    { path: "w", shape: [2, 2], dtype: "float64", start: 0, size: 4 },
    { path: "layers.0", shape: [2], dtype: "float32", start: 4, size: 2 },
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

test("a gradient flattens alike whether its tensors are one object or several", () => {
  const [a, b, g] = [tensor([1, 2]), tensor([3, 4]), tensor([5, 6])];
  expect([...flattenGradient({ a, b }, { a: g, b: g } as never)]).toEqual([5, 6, 5, 6]);
  expect([...flattenGradient({ a, b }, { a: g, b: tensor([5, 6]) } as never)]).toEqual([5, 6, 5, 6]);
});

test("a tied parameter takes the gradient of the place that has one", () => {
  const one = tensor([1, 2]);
  expect([...flattenGradient({ a: one, b: one }, { a: null, b: tensor([5, 6]) } as never)]).toEqual([5, 6]);
  expect([...flattenGradient({ a: one, b: one }, { a: tensor([5, 6]), b: null } as never)]).toEqual([5, 6]);
});

test("a gradient that does not fit its tree is refused", () => {
  const w = tensor([1, 2]);
  expect(() => flattenGradient({ w }, { w: tensor([1, 2, 3]) } as never)).toThrow(ShapeError);
  expect(() => flattenGradient({ w }, { w: tensor([1, 2, 3]) } as never)).toThrow(
    "flattenGradient: the gradient of w is [3], but the parameter is [2]; give it the shape of the parameter",
  );
  expect(() => flattenGradient({ w }, { w: 3 } as never)).toThrow(TreeError);
  expect(() => flattenGradient({ w }, {} as never)).toThrow("the trees differ: one has no w");
});
