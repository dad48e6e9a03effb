import { readFileSync } from "node:fs";
import {
  type AnyTensor,
  add,
  compile,
  customGradient,
  matmul,
  mean,
  mul,
  square,
  sum,
  tanh,
  tensor,
} from "@tapegrad/core";
import { checkGradients } from "@tapegrad/gradcheck";
import { expect, test } from "vitest";
import { runCases } from "../scripts/oracle/run-cases.ts";
import type { Case } from "../scripts/oracle/schema.ts";

const { cases } = JSON.parse(readFileSync(new URL("./fixtures/oracle/cases.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

test("the oracle's cases pass when every function is compiled: values, gradients, tangents and second derivatives", () => {
  const { failures, total } = runCases(cases, (f) => compile(f));
  expect(failures).toEqual([]);
  expect(total.passed).toBeGreaterThan(300);
});

const doubles = (values: readonly number[] | readonly (readonly number[])[]): AnyTensor =>
  tensor(values as number[], { dtype: "float64" }) as AnyTensor;
const at = {
  w: doubles([
    [0.3, -0.2],
    [0.5, 0.1],
  ]),
  b: doubles([0.1, -0.4]),
};
const x = doubles([
  [1, 2],
  [-1, 0.5],
  [0.3, -0.7],
]);

test("a check of gradients passes a compiled cost, and fails one with a mistake in its rule", () => {
  const right = compile((model: typeof at) => mean(square(add(matmul(tanh(x), model.w), model.b))) as AnyTensor);
  expect(checkGradients(right, at).verdict).toBe("pass");
  const twice = customGradient((y: AnyTensor) => ({
    value: square(y) as AnyTensor,
    pullBack: (g) => mul(g, y) as AnyTensor,
  }));
  const wrong = compile((model: typeof at) => sum(twice(add(matmul(x, model.w), model.b) as AnyTensor)) as AnyTensor);
  expect(checkGradients(wrong, at).verdict).toBe("fail");
});
