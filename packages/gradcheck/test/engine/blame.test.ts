import {
  type AnyTensor,
  add,
  customGradient,
  defineOp,
  exp,
  matmul,
  mul,
  type OpDef,
  stopGradient,
  sum,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { blame } from "../../src/engine/blame.ts";
import { contextFor, double, wrongBy } from "./context-for.ts";

const x = double([
  [0.3, -1.2],
  [0.5, 0.7],
]);

test("a right function has none to blame", () => {
  expect(
    blame(
      contextFor((at: AnyTensor) => sum(exp(matmul(at, x))), x),
      2,
    ),
  ).toEqual([]);
});

test("the operation and its argument are named", () => {
  const { definition } = mul as unknown as { definition: OpDef };
  const [rule] = definition.vjp as readonly never[];
  const half = defineOp<(a: AnyTensor, b: AnyTensor) => AnyTensor>({ ...definition, vjp: [rule!, null] });
  const f = (at: AnyTensor): AnyTensor => sum(half(exp(at), add(at, 1) as AnyTensor)) as AnyTensor;
  expect(blame(contextFor(f, x), 1)).toEqual([
    { entry: 2, operation: "mul", argument: 1, diagnosis: "no gradient arrives: it is 0 everywhere" },
  ]);
});

test("so are functions with gradients of their own", () => {
  const f = (at: AnyTensor): AnyTensor => sum(wrongBy(3)(exp(at))) as AnyTensor;
  expect(blame(contextFor(f, x), 1)).toEqual([
    { entry: 1, operation: "customGradient", argument: 0, diagnosis: "it is 3 times what it should be" },
  ]);
});

test("what is wrong at second order only is looked for there", () => {
  const detached = customGradient((at: AnyTensor) => ({
    value: exp(at),
    pullBack: (g) => mul(g, stopGradient(exp(at))) as AnyTensor,
  }));
  const context = contextFor((at: AnyTensor) => sum(detached(at)), x);
  expect(blame(context, 1)).toEqual([]);
  expect(blame(context, 2)).toMatchObject([{ entry: 0, operation: "customGradient", argument: 0 }]);
});
