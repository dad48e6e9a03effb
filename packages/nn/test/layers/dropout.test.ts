import { ArgumentError, key, ones, ShapeError, sum, type Tensor, tensor, valueAndGrad } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apply, Dropout, dropoutWithMask } from "../../src/index.ts";
import { expectClose, fixture, float64, numbers, tensorOf, type Values } from "../fixtures.ts";

const keep = fc.double({ min: 0.05, max: 1, noNaN: true });
const seed = fc.nat();

describe("laws", () => {
  test("each element is dropped, or kept and divided by the keep probability", () => {
    fc.assert(
      fc.property(keep, seed, (p, s) => {
        const x = ones([50], { dtype: "float64" });
        for (const value of numbers(apply(new Dropout(p), x, { key: key(s) }).output)) {
          expect([0, 1 / p]).toContain(value);
        }
      }),
    );
  });

  test("the expectation stays: the mean of many is within five standard errors", () => {
    fc.assert(
      fc.property(keep, seed, (p, s) => {
        const count = 4000;
        const { output } = apply(new Dropout(p), ones([count], { dtype: "float64" }), { key: key(s) });
        const error = Math.sqrt((1 - p) / p / count);
        expect(Math.abs(sum(output).item() / count - 1)).toBeLessThanOrEqual(5 * error + 1e-12);
      }),
      { numRuns: 50 },
    );
  });

  test("evaluation and a keep probability of 1 change nothing", () => {
    const x = float64([1, 2, 3]);
    expect(new Dropout(0.5).forward(x)).toBe(x);
    expect(apply(new Dropout(1), x, { key: key(0) }).output).toBe(x);
  });

  test("the gradient passes where the value did", () => {
    const x = float64([1, 2, 3, 4, 5, 6, 7, 8]);
    const f = (at: Tensor): Tensor => apply(new Dropout(0.5), at, { key: key(3) }).output;
    const { gradient } = valueAndGrad((at: Tensor) => sum(f(at)))(x);
    expect(numbers(gradient)).toEqual(numbers(f(x)).map((value, i) => value / (i + 1)));
  });
});

test("the reference's numbers, forward and backward", () => {
  interface Case {
    readonly op: string;
    readonly attrs: { readonly keep_prob: number };
    readonly inputs: readonly [Values, Values];
    readonly outputs: readonly [Values];
    readonly cotangents: readonly [Values];
    readonly grads: readonly [Values, null];
    readonly tol: { rtol: number; atol: number };
  }
  const cases = fixture<Case[]>("losses").filter(({ op }) => op === "dropout_with_mask");
  expect(cases.length).toBeGreaterThan(0);
  for (const { inputs, outputs, cotangents, grads, attrs, tol } of cases) {
    const mask = tensorOf(inputs[1]);
    const f = (x: Tensor): Tensor => dropoutWithMask(x, mask, attrs.keep_prob);
    expectClose(f(tensorOf(inputs[0])), outputs[0], tol);
    const { gradient } = valueAndGrad((x: Tensor) => sum(f(x).mul(tensorOf(cotangents[0]))))(tensorOf(inputs[0]));
    expectClose(gradient, grads[0], tol);
  }
});

test("masks of numbers, and masks that stretch", () => {
  expect(dropoutWithMask(tensor([1, 2]), tensor([1, 0]), 0.5).toArray()).toEqual([2, 0]);
  const channels = dropoutWithMask(ones([1, 2, 2]), tensor([[[true], [false]]]), 0.5);
  expect(channels.toArray()).toEqual([
    [
      [2, 2],
      [0, 0],
    ],
  ]);
  expect(dropoutWithMask(tensor([Infinity, Number.NaN]), tensor([false, false]), 0.5).toArray()).toEqual([0, 0]);
});

describe("errors", () => {
  test.each([0, -0.1, 1.1, Number.NaN, Infinity, "0.5" as never])("keep probability %s", (p) => {
    expect(() => new Dropout(p)).toThrow(/Dropout: .* is no keep probability; give a number above 0 and up to 1/);
    expect(() => dropoutWithMask(ones([1]), ones([1]), p)).toThrow(ArgumentError);
  });

  test.each([[[2]], [[3, 1]], [[2, 2, 3]]])("a mask of %j for x of [2, 3]", (shape) => {
    expect(() => dropoutWithMask(ones([2, 3]), ones(shape), 0.5)).toThrow(/does not stretch to x of \[2, 3\]/);
    expect(() => dropoutWithMask(ones([2, 3]), ones(shape), 0.5)).toThrow(ShapeError);
  });
});
