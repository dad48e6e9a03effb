import { relu, sigmoid, softmax, softplus, type Tensor, tanh, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { Relu, Sigmoid, Softmax, Softplus, Tanh } from "../../src/index.ts";

const x = tensor([
  [-2, 0, 1],
  [3, -0.5, 40],
]);

test.each([
  ["Relu", new Relu(), relu(x)],
  ["Sigmoid", new Sigmoid(), sigmoid(x)],
  ["Softmax", new Softmax(), softmax(x)],
  ["Softmax along the first axis", new Softmax(0), softmax(x, 0)],
  ["Softplus", new Softplus(), softplus(x)],
  ["Tanh", new Tanh(), tanh(x)],
])("%s", (_, layer, expected) => {
  expect((layer.forward(x) as Tensor).toArray()).toEqual(expected.toArray());
  expect(layer.lastAxis).toEqual({ takes: null, gives: "same" });
});
