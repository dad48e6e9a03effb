import { grad, sum, type Tensor, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binaryCrossEntropy, binaryCrossEntropyWithLogits } from "../../src/index.ts";
import { float64, numbers } from "../fixtures.ts";

describe("from logits", () => {
  test("is finite, and has the gradient σ(z) − y, for all finite logits", () => {
    const logit = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(logit, fc.double({ min: 0, max: 1, noNaN: true }), (z, y) => {
        const loss = (at: Tensor): Tensor => binaryCrossEntropyWithLogits(at, float64([y]));
        expect(loss(float64([z])).item()).toBeGreaterThanOrEqual(0);
        expect(numbers(grad(loss)(float64([z])))[0]).toBeCloseTo(1 / (1 + Math.exp(-z)) - y, 12);
      }),
    );
  });

  test("at 0, where weights of 0 begin, the gradient is a half in either direction", () => {
    const gradient = grad((z: Tensor) => binaryCrossEntropyWithLogits(z, float64([1, 0]), { reduction: "sum" }));
    expect(numbers(gradient(float64([0, 0])))).toEqual([-0.5, 0.5]);
  });
});

describe("from probabilities", () => {
  test("agrees with the one from logits", () => {
    fc.assert(
      fc.property(fc.double({ min: -8, max: 8, noNaN: true }), fc.constantFrom(0, 0.3, 1), (z, y) => {
        const p = 1 / (1 + Math.exp(-z));
        const expected = binaryCrossEntropyWithLogits(float64([z]), float64([y])).item();
        expect(binaryCrossEntropy(float64([p]), float64([y])).item()).toBeCloseTo(expected, 9);
      }),
    );
  });

  test.each(["float32", "float64"] as const)("saturated, in %s: a finite loss, a gradient without NaN", (dtype) => {
    const p = tensor([0, 0, 1, 1, 1e-40, 1e-40, 5e-324], { dtype });
    const y = tensor([0, 1, 0, 1, 0, 1, 0], { dtype });
    const losses = numbers(binaryCrossEntropy(p, y, { reduction: "none" }));
    expect(losses.slice(0, 4)).toEqual([0, 100, 100, 0]);
    expect(losses.every(Number.isFinite)).toBe(true);
    const gradient = numbers(grad((at: Tensor) => sum(binaryCrossEntropy(at, y)))(p as Tensor));
    expect(gradient.every(Number.isFinite)).toBe(true);
    const loss = (at: Tensor): Tensor => sum(binaryCrossEntropy(at, y)) as Tensor;
    const second = numbers(
      grad((at: Tensor) => sum(grad(loss)(at)))(tensor([0, 0, 1, 1, 0.5, 0.5, 0], { dtype }) as Tensor),
    );
    expect(second.every(Number.isFinite)).toBe(true);
  });

  test("outside [0, 1] it is NaN rather than plausible", () => {
    expect(numbers(binaryCrossEntropy(float64([-0.5, 1.5]), float64([1, 0]), { reduction: "none" }))).toEqual([
      NaN,
      NaN,
    ]);
  });
});
