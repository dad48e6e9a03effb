import { type AnyTensor, adopt, type DrawOptions, draw, key, linspace, sizeOf } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { evaluateTensor, Variable } from "../../src/property/expression.ts";
import { feed, placesFor } from "../../src/property/feed.ts";

/** A value as a draw gets it, and whether it is the value itself. */
function fed(value: AnyTensor, shape: readonly number[], options: DrawOptions = {}): { x: AnyTensor; asIs: boolean } {
  const wanted = draw(shape, options);
  const term = feed(new Variable(0), value, wanted, placesFor([wanted], key(1)).get(wanted), key(2));
  return { x: evaluateTensor(term, [value]), asIs: term instanceof Variable };
}

const values = (...numbers: number[]): AnyTensor => adopt(Float64Array.from(numbers));
const wide = linspace(-1e6, 1e6, 7, { dtype: "float64" }) as AnyTensor;

describe("feed", () => {
  test("gives values that fit as they are", () => {
    expect(fed(values(0.2, -0.7), [2]).asIs).toBe(true);
    expect(fed(values(0.2, -0.7), [2], { avoid: [0.21] }).asIs).toBe(false);
    expect(fed(values(0.2, -0.7), [2], { low: 0 }).asIs).toBe(false);
    expect(fed(values(0.2, -0.7), [1, 2]).asIs).toBe(false);
    expect(fed(values(0.2, -0.7), [2], { distinct: true }).asIs).toBe(true);
    expect(fed(values(0.2, 0.21), [2], { distinct: true }).asIs).toBe(false);
    expect(fed(adopt(Float64Array.of(0.2), [1, 1]), [1, 1], { definite: true }).asIs).toBe(false);
  });

  test.each([[[]], [[2, 3]], [[7]], [[2, 2, 3]], [[0, 2]]])("makes %j of any shape", (shape) => {
    for (const value of [wide, values(3), adopt(Float64Array.of(5), [1, 1])]) {
      expect(fed(value as AnyTensor, shape, { low: 10, high: 11 }).x.shape).toEqual(shape);
    }
  });

  test("keeps to the range, and off what is avoided, whatever the value", () => {
    const { x } = fed(wide, [40], { low: -3, high: 3, avoid: [-1, 0, 2.5] });
    expect(x.data().every((v) => v > -3 && v < 3 && [-1, 0, 2.5].every((point) => Math.abs(v - point) >= 0.3))).toBe(
      true,
    );
    expect(x.data().some((v) => v < -1) && x.data().some((v) => v > 2.5)).toBe(true);
  });

  test("gives equal values different places, and distinct ones a distance from each other", () => {
    expect(new Set(fed(values(4), [200], { low: 9, high: 10 }).x.data()).size).toBe(200);
    const sorted = Float64Array.from(fed(wide, [20], { distinct: true }).x.data()).toSorted();
    expect(sorted.every((v, i) => i === 0 || v - sorted[i - 1]! > 0.05)).toBe(true);
  });

  test("makes symmetric matrices with eigenvalues of 1 and more", () => {
    const [a, b, c, d] = [...fed(wide, [2, 2], { definite: true }).x.data()] as [number, number, number, number];
    expect(b).toBe(c);
    expect(a).toBeGreaterThanOrEqual(1);
    expect((a - 1) * (d - 1) - b * c).toBeGreaterThanOrEqual(-1e-12);
  });
});

test("feed makes regular matrices by a large diagonal", () => {
  const fitting = adopt(Float64Array.of(1, 1, 1, 1), [2, 2]);
  const { x, asIs } = fed(fitting, [2, 2], { low: -3, high: 2, regular: true });
  expect(asIs).toBe(false);
  const [a, b, c, d] = [...x.data()] as [number, number, number, number];
  // s is 2 · 3, and the diagonal -18, 36.
  expect([a + 18, b, c, d - 36].every((value) => value >= -3 && value <= 2)).toBe(true);
});

test("places of several distinct draws differ from each other", () => {
  const draws = [draw([3], { distinct: true }), draw([2]), draw([2, 2], { distinct: true })];
  const places = placesFor(draws, key(0));
  const middles = draws.flatMap((one) => places.get(one)?.middles ?? []);
  expect(new Set(middles).size).toBe(sizeOf([3]) + sizeOf([2, 2]));
});
