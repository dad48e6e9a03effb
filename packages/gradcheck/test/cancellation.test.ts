import {
  type AnyTensor,
  add,
  asinh,
  key,
  layerNorm,
  logSoftmax,
  maximum,
  mul,
  normal,
  sin,
  sub,
  sum,
  tensor,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkGradients } from "../src/index.ts";
import { f64 } from "./engine/context-for.ts";

type F = (x: AnyTensor) => AnyTensor;

/** How many of 40 random points come to each verdict. */
function verdicts(f: F, shape: readonly number[], order: 1 | 2): Record<string, number> {
  const counts: Record<string, number> = { pass: 0, fail: 0, inconclusive: 0 };
  for (let i = 0; i < 40; i++) counts[checkGradients(f, normal(key(i), shape, f64) as AnyTensor, { order }).verdict]!++;
  return counts;
}

// What is left of these gradients, or second derivatives, is the rounding of terms that cancel.
const elementwise: F = (x) => sum(sub(mul(sin(x), x), mul(x, sin(x)))) as AnyTensor;
const ofSums: F = (x) => sub(sum(mul(x, sin(x))), sum(mul(x, sin(x)))) as AnyTensor;
const oneClass: F = (x) => sum(mul(logSoftmax(sin(x)), 0.7)) as AnyTensor;

test("a gradient that vanishes because terms cancel passes", () => {
  expect(verdicts(elementwise, [3], 1)).toEqual({ pass: 40, fail: 0, inconclusive: 0 });
});

test("so do second derivatives", () => {
  for (const f of [elementwise, ofSums]) expect(verdicts(f, [3], 2)).toMatchObject({ fail: 0 });
  expect(verdicts(oneClass, [1, 1], 2)).toEqual({ pass: 40, fail: 0, inconclusive: 0 });
});

test("beside parameters whose gradients are larger, too", () => {
  const f = ({ x, y }: { x: AnyTensor; y: AnyTensor }) => sub(sum(mul(y, y)), mul(1e6, elementwise(x)));
  for (let i = 0; i < 20; i++) {
    const at = { x: normal(key(i), [3], f64) as AnyTensor, y: normal(key(100 + i), [3], f64) as AnyTensor };
    expect(checkGradients(f, at).verdict).toBe("pass");
  }
});

test("a gradient that should vanish, and does not, fails", () => {
  const at = normal(key(0), [3], f64) as AnyTensor;
  expect(checkGradients(elementwise, at, { gradient: mul(at, 1e-9) }).verdict).toBe("fail");
});

test("a derivative that its cotangent weighs a millionth of what rounds beside it is no mistake", () => {
  const double = { dtype: "float64" } as const;
  // The second row is the same three times, and what of it normalization leaves is rounding, 316 times as large.
  const f = ([x0, x1]: readonly [AnyTensor, AnyTensor]): AnyTensor => {
    const left = add(mul(sin(asinh(x1)), 0.08), tensor([[0], [0.8]], double)) as AnyTensor;
    const right = add(mul(sin(asinh(x0)), 0.08), tensor([[-0.4, 0.4, -0.8]], double)) as AnyTensor;
    return layerNorm(maximum(left, right), 3) as AnyTensor;
  };
  const at = [tensor([[0, 1, -1]], double), tensor([[0], [1]], double)] as const;
  const verdicts = Array.from({ length: 70 }, (_, i) => checkGradients(f, at, { key: key(i), explain: false }).verdict);
  expect(verdicts).not.toContain("fail");
});
