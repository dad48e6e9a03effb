import { readFileSync } from "node:fs";
import { type AnyTensor, add, div, log, matmul, mul, neg, relu, sigmoid, sub, sum } from "@tapegrad/core";
import { double } from "./engine/context-for.ts";

// The network of the course's exercise on gradient checking, in float64: its parameters, and its cost.

const { n_d: fixture } = JSON.parse(
  readFileSync(new URL("./fixtures/course_gradient_checking.json", import.meta.url), "utf8"),
);
export type Parameters = Record<"W1" | "b1" | "W2" | "b2" | "W3" | "b3", AnyTensor>;
export const parameters = Object.fromEntries(
  Object.entries(fixture.parameters).map(([name, values]) => [name, double(values as number[][])]),
) as unknown as Parameters;
const [x, y] = [double(fixture.X), double(fixture.Y)];

export function cost({ W1, b1, W2, b2, W3, b3 }: Parameters): AnyTensor {
  const a1 = relu(add(matmul(W1, x), b1));
  const a2 = relu(add(matmul(W2, a1), b2));
  const a3 = sigmoid(add(matmul(W3, a2), b3));
  return div(sum(add(mul(neg(log(a3)), y), mul(neg(log(sub(1, a3))), sub(1, y)))), 3);
}
