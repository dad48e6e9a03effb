import { key, matmul, normal, type Shape, ShapeError, type Tensor, transpose } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { heNormal, type Initializer, init, Linear, orthogonal } from "../../src/index.ts";
import { numbers } from "../fixtures.ts";

const shape = [64, 16, 3] as const;
const count = 64 * 16 * 3;
const relu = { nonlinearity: "leakyRelu", slope: 0.2 } as const;

/** Mean and standard deviation of draws lie within four of their own standard errors. */
function expectMoments(values: readonly number[], mean: number, std: number): void {
  const average = values.reduce((a, b) => a + b, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - average) ** 2, 0) / values.length);
  expect(Math.abs(average - mean)).toBeLessThan((4 * std) / Math.sqrt(values.length));
  expect(Math.abs(spread - std)).toBeLessThan((4 * std) / Math.sqrt(2 * values.length));
}

describe.each(["float32", "float64"] as const)("draws of %s", (dtype) => {
  test.each<[string, Initializer, number]>([
    ["heNormal", init.heNormal, init.heStd(shape)],
    [
      "heNormal of fan-out",
      (k, s, o) => init.heNormal(k, s, { mode: "fanOut", ...relu, ...o }),
      init.heStd(shape, { mode: "fanOut", ...relu }),
    ],
    ["glorotNormal", init.glorotNormal, init.glorotStd(shape)],
    ["lecunNormal", init.lecunNormal, init.lecunStd(shape)],
    ["normal", init.normal({ std: 0.01 }), 0.01],
    ["core's normal", normal, 1],
  ])("%s", (_, initializer, std) => {
    const draws = initializer(key(1), shape, { dtype });
    expect([draws.dtype, draws.shape]).toEqual([dtype, shape]);
    expectMoments(numbers(draws), 0, std);
  });

  test.each<[string, Initializer, number]>([
    ["heUniform", init.heUniform, init.heBound(shape)],
    ["glorotUniform", init.glorotUniform, init.glorotBound(shape)],
    ["uniform", init.uniform({ low: -0.1, high: 0.1 }), 0.1],
  ])("%s", (_, initializer, bound) => {
    const draws = initializer(key(1), shape, { dtype });
    expect(draws.dtype).toBe(dtype);
    expectMoments(numbers(draws), 0, bound / Math.sqrt(3));
    expect(Math.max(...numbers(draws).map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 1e-6));
  });

  test("truncatedNormal keeps within its bounds", () => {
    const draws = init.truncatedNormal({ mean: 1, std: 0.1, low: -1, high: 2 })(key(1), shape, { dtype });
    expect(Math.min(...numbers(draws))).toBeGreaterThanOrEqual(0.9 - 1e-6);
    expect(Math.max(...numbers(draws))).toBeLessThanOrEqual(1.2 + 1e-6);
  });

  test("zeros and constant", () => {
    expect(init.zeros(key(0), [2], { dtype }).toArray()).toEqual([0, 0]);
    expect(init.constant(3)(key(0), [2], { dtype }).dtype).toBe(dtype);
    expect(init.constant(3)(key(0), [2]).toArray()).toEqual([3, 3]);
  });
});

test("the key decides, and nothing else", () => {
  expect(numbers(heNormal(key(1), shape))).toEqual(numbers(heNormal(key(1), shape)));
  expect(numbers(heNormal(key(1), shape))).not.toEqual(numbers(heNormal(key(2), shape)));
  expect(numbers(heNormal(key(1), shape))).toHaveLength(count);
});

describe("orthogonal", () => {
  test("rows or columns are orthonormal, to full precision", () => {
    const sizes = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(sizes, sizes, fc.integer({ min: 1, max: 3 }), fc.nat(), (rows, columns, depth, seed) => {
        const size: Shape = depth === 1 ? [rows, columns] : [rows, columns, depth];
        const w = orthogonal(key(seed), size, { dtype: "float64", gain: 2 }).reshape([rows, columns * depth]) as Tensor;
        const product = rows <= columns * depth ? matmul(w, transpose(w)) : matmul(transpose(w), w);
        const n = product.shape[0]!;
        numbers(product).forEach((value, i) => {
          expect(Math.abs(value - (i % (n + 1) === 0 ? 4 : 0))).toBeLessThan(1e-13);
        });
      }),
    );
  });

  test("also of a large matrix, where a single pass would lose digits", () => {
    const w = orthogonal(key(0), [150, 150], { dtype: "float64" });
    const product = numbers(matmul(w, transpose(w)));
    const worst = product.reduce((max, value, i) => Math.max(max, Math.abs(value - (i % 151 === 0 ? 1 : 0))), 0);
    expect(worst).toBeLessThan(4e-15);
  });

  test("no direction is preferred: every element has mean 0", () => {
    const draws = Array.from({ length: 1000 }, (_, seed) =>
      numbers(orthogonal(key(seed), [2, 2], { dtype: "float64" })),
    );
    for (let i = 0; i < 4; i++)
      expectMoments(
        draws.map((draw) => draw[i]!),
        0,
        Math.SQRT1_2,
      );
  });

  test("is an initializer, and refuses vectors", () => {
    expect(new Linear(3, 5, { key: key(0), initializer: orthogonal }).weight.dtype).toBe("float32");
    expect(() => orthogonal(key(0), [3])).toThrow(ShapeError);
  });
});
