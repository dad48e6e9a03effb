import { describe, expect, test } from "vitest";
import {
  bernoulli,
  foldIn,
  integers,
  key,
  normal,
  permutation,
  record,
  splitKey,
  tensor,
  truncatedNormal,
  uniform,
} from "../src/index.ts";

const n = 20_000;
const meanOf = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe("keys", () => {
  test("the same key draws the same numbers, another key others", () => {
    expect(uniform(key(1), [5]).toArray()).toEqual(uniform(key(1), [5]).toArray());
    expect(uniform(key(1), [5]).toArray()).not.toEqual(uniform(key(2), [5]).toArray());
  });

  test("new keys differ from each other and from the old one, and do not depend on how many there are", () => {
    const keys = [key(3), ...splitKey(key(3), 4), foldIn(key(3), 0), foldIn(key(3), 1)];
    expect(new Set(keys.map(String)).size).toBe(keys.length);
    expect(String(splitKey(key(3), 2)[1])).toBe(String(splitKey(key(3), 9)[1]));
    expect(String(foldIn(key(3), tensor(1, { dtype: "int32" })))).toBe(String(foldIn(key(3), 1)));
  });

  test("seeds up to 2^53 - 1 count in full", () => {
    expect(String(key(2 ** 32 + 5))).not.toBe(String(key(5)));
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN])
      expect(() => key(seed)).toThrow(`key: ${seed} is no seed; use a whole number`);
  });

  test("draws are pinned: a seed gives these numbers for ever", () => {
    expect([...uniform(key(42), [3]).data()]).toMatchInlineSnapshot(`
      [
        0.4267275333404541,
        0.06302016973495483,
        0.1001582145690918,
      ]
    `);
    expect([...normal(key(42), [3], { dtype: "float64" }).data()]).toMatchInlineSnapshot(`
      [
        -0.18471175182983557,
        -1.2806504160859566,
        -0.8544132417120568,
      ]
    `);
    expect([...permutation(key(42), 6).data()]).toMatchInlineSnapshot(`
      [
        1,
        2,
        3,
        0,
        5,
        4,
      ]
    `);
  });
});

describe("draws", () => {
  test("uniform keeps to its bounds", () => {
    const values = uniform(key(1), [n], { low: -2, high: 3 }).data();
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values)).toBeLessThanOrEqual(3);
    expect(meanOf(values)).toBeCloseTo(0.5, 1);
  });

  test("normal has its mean and standard deviation", () => {
    const values = normal(key(1), [n], { mean: 5, std: 2, dtype: "float64" }).data();
    const mean = meanOf(values);
    expect(Math.abs(mean - 5)).toBeLessThan(0.06);
    expect(Math.abs(Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) - 2)).toBeLessThan(0.04);
  });

  test("truncatedNormal keeps within its bounds, in standard deviations", () => {
    const values = truncatedNormal(key(1), [n], { std: 3, low: -1, high: 2 }).data();
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThanOrEqual(6);
  });

  test("bernoulli is true with its probability, which may be a tensor", () => {
    expect(meanOf(bernoulli(key(1), 0.3, [n]).data())).toBeCloseTo(0.3, 1);
    expect(bernoulli(key(1), 0, [50]).toArray()).not.toContain(true);
    expect(bernoulli(key(1), 1, [50]).toArray()).not.toContain(false);
    expect(bernoulli(key(1), tensor([0, 1]), [2]).toArray()).toEqual([false, true]);
  });

  test("integers reach both ends, and nothing outside", () => {
    const values = integers(key(1), -1, 3, [n]).data();
    expect([...new Set(values)].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
    expect(() => integers(key(1), 0, 2 ** 31 + 1, [1])).toThrow("integers: there are no whole numbers");
    expect(() => integers(key(1), -(2 ** 31), 2 ** 31, [10])).not.toThrow();
  });

  test("permutation holds each number once", () => {
    expect([...permutation(key(1), 100).data()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect(permutation(key(1), 100).toArray()).not.toEqual(permutation(key(2), 100).toArray());
  });

  test("are operations on the tape", () => {
    const { tape } = record((k: ReturnType<typeof key>) => bernoulli(k, 0.5, [3]))(key(0));
    expect(tape.entries.map((entry) => entry.operation.name)).toEqual(["drawUniform", "less"]);
  });
});
