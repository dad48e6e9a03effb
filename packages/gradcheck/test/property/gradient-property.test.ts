import { type AnyTensor, add, customGradient, exp, mul, sin, sub, sum, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradientProperty, shapes, tapes, tensors } from "../../src/property.ts";

const wrongExp = customGradient((x: AnyTensor) => {
  const value = exp(x) as AnyTensor;
  return { value, pullBack: (g: AnyTensor) => mul(mul(g, value), 1.01) as AnyTensor };
}) as (x: AnyTensor) => AnyTensor;

describe("gradientProperty", () => {
  test("holds for a right gradient, shapes without elements among the values", () => {
    fc.assert(
      gradientProperty((x) => sum(sin(x)), tensors()),
      { numRuns: 50 },
    );
  });

  test("takes trees", () => {
    const tree = fc.record({ w: tensors([2, 2]), b: tensors([2]) });
    fc.assert(
      gradientProperty(({ w, b }) => sum(exp(add(w, b))), tree),
      { numRuns: 20 },
    );
  });

  test("fails for a wrong gradient with the report, at a simple point", () => {
    const details = fc.check(
      gradientProperty((x) => sum(wrongExp(x)), tensors(shapes({ minSize: 1 }))),
      { seed: 1 },
    );
    expect(details.failed).toBe(true);
    const [x] = details.counterexample!;
    expect(x.size).toBeLessThan(3);
    expect(x.data().every((value) => value === 0)).toBe(true);
    expect(String((details.errorInstance as Error).message)).toMatch(/gradientProperty: /);
  });

  test("takes functions that come with their points", () => {
    fc.assert(gradientProperty(tapes()), { numRuns: 30, seed: 1 });
  });

  test("checks higher orders on request", () => {
    const detached = customGradient((x: AnyTensor) => {
      const value = exp(x) as AnyTensor;
      const copy = tensor(value.toArray() as never, { dtype: "float64" }) as AnyTensor;
      return { value, pullBack: (g: AnyTensor) => mul(g, copy) as AnyTensor };
    }) as (x: AnyTensor) => AnyTensor;
    const ofOrder = (order: 1 | 2) =>
      fc.check(
        gradientProperty((x) => sum(detached(x)), tensors([2]), { order }),
        { numRuns: 5, seed: 1 },
      ).failed;
    expect([ofOrder(1), ofOrder(2)]).toEqual([false, true]);
  });

  test("fails where nothing can be told, though a rare point of that kind is skipped", () => {
    // What is left of x is hardly larger than its rounding errors.
    const lost = (x: AnyTensor): AnyTensor => sum(sub(add(mul(x, 1e-6), 1e6), 1e6)) as AnyTensor;
    const always = fc.check(gradientProperty(lost, tensors([3], { avoid: [0] })), { seed: 1 });
    expect(always.failed).toBe(true);
    const rarely = fc.noBias(fc.integer({ min: 0, max: 19 })).map((i) => i === 0);
    const points = fc.record({ x: tensors([3], { avoid: [0] }), isLost: rarely });
    fc.assert(
      gradientProperty(({ x, isLost }) => (isLost ? lost(x) : sum(exp(x))), points),
      { seed: 1 },
    );
  });
});
