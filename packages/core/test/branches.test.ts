import { expect, test } from "vitest";
import {
  type AnyTensor,
  abs,
  add,
  argmax,
  atan2,
  ceil,
  eigh,
  eye,
  floor,
  fmod,
  greater,
  hypot,
  isChecked,
  max,
  maximum,
  min,
  minimum,
  mul,
  type OpDef,
  record,
  relu,
  remainder,
  round,
  sign,
  slogdet,
  sort,
  stack,
  svd,
  tensor,
  trunc,
} from "../src/index.ts";
import * as ops from "../src/ops/index.ts";

const f64 = { dtype: "float64" } as const;

/** Everything that a run decides: results of integers and bools, and what operations name. */
function decisions(f: (x: AnyTensor) => unknown, x: number): string {
  const { tape } = record(f as (x: AnyTensor) => AnyTensor)(tensor(x, f64) as AnyTensor);
  const found = tape.entries.flatMap(({ operation, inputs, outputs, attributes }) => [
    ...outputs.filter(({ dtype }) => dtype === "int32" || dtype === "bool"),
    ...((operation as OpDef).branches?.({ inputs, outputs, output: outputs[0]!, attributes }) ?? []),
  ]);
  return JSON.stringify(found.map((tensor) => Array.from(tensor.data(), (value) => value + 0)));
}

/** [[x, 1], [1, 0]]: its vectors change sides where x is 0, its determinant nowhere. */
const symmetric = (x: AnyTensor): AnyTensor =>
  stack([stack([x, tensor(1, f64)]), stack([tensor(1, f64), tensor(0, f64)])]) as AnyTensor;
const beside = (x: AnyTensor): AnyTensor => stack([x, tensor(0, f64)]) as AnyTensor;

// Two points on one side of the kink, one on the other.
const cases: [string, (x: AnyTensor) => unknown, number, number, number][] = [
  ["relu", relu, -1, -2, 1],
  ["abs", abs, -1, -2, 1],
  ["sign", sign, -1, -2, 1],
  ["floor", floor, 0.2, 0.8, 1.2],
  ["ceil", ceil, 0.2, 0.8, 1.2],
  ["trunc", trunc, 0.2, 0.8, 1.2],
  ["round", round, 0.6, 1.4, 1.6],
  ["fmod", (x) => fmod(x, 2), 0.2, 1.8, 2.2],
  ["remainder", (x) => remainder(x, 2), 0.2, 1.8, -0.2],
  ["maximum", (x) => maximum(x, 0.5), 0.2, 0.4, 0.6],
  ["minimum", (x) => minimum(x, 0.5), 0.2, 0.4, 0.6],
  ["max", (x) => max(beside(x)), -1, -2, 1],
  ["min", (x) => min(beside(x)), -1, -2, 1],
  ["hypot", (x) => hypot(x, 0), -1, -2, 1],
  ["atan2", (x) => atan2(x, -1), -1, -2, 1],
  ["slogdet", (x) => slogdet(stack([beside(x), stack([tensor(5, f64), tensor(1, f64)])])), -1, -2, 1],
  ["eigh", (x) => eigh(symmetric(x)), -1, -2, 1],
  ["svd", (x) => svd(add(symmetric(x), mul(eye(2, 2, f64), 4)) as AnyTensor), -1, -2, 1],
  // Decisions by their dtype:
  ["sort", (x) => sort(beside(x)), -1, -2, 1],
  ["argmax", (x) => argmax(beside(x)), -1, -2, 1],
  ["greater", (x) => greater(x, 0), -1, -2, 1],
];

test.each(cases)("%s decides otherwise beyond its kink, and nowhere else", (_, f, here, near, beyond) => {
  expect(decisions(f, near)).toBe(decisions(f, here));
  expect(decisions(f, beyond)).not.toBe(decisions(f, here));
});

test("a tie is a side of its own where the gradient is shared", () => {
  for (const f of [abs, (x: AnyTensor) => maximum(x, 0), (x: AnyTensor) => max(beside(x))]) {
    expect(new Set([-1, 0, 1].map((x) => decisions(f as (x: AnyTensor) => unknown, x)))).toHaveProperty("size", 3);
  }
});

test("every operation that names decisions is tried here", () => {
  const named = Object.values(ops).flatMap((op) =>
    isChecked(op) && (op.definition as OpDef).branches ? [op.definition.name] : [],
  );
  expect(named.filter((name) => !cases.some(([tried]) => tried === name))).toEqual([]);
});
