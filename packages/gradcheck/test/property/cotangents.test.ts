import { isTensor } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cotangents } from "../../src/property.ts";

test("cotangents have the shape and dtype asked for, and are never all 0", () => {
  fc.assert(
    fc.property(cotangents([2, 2], { dtype: "float32" }), (g) => {
      expect([...g.shape, g.dtype]).toEqual([2, 2, "float32"]);
      expect(g.data().some((x) => x !== 0)).toBe(true);
    }),
  );
  expect(fc.sample(cotangents([0, 3]), 1)[0]!.size).toBe(0);
});

test("their sizes span scales, with both signs", () => {
  const sizes = fc.sample(cotangents([10]), { numRuns: 50, seed: 1 }).flatMap((g) => [...g.data()]);
  const part = (holds: (x: number) => boolean): number => sizes.filter(holds).length / sizes.length;
  expect(part((x) => x === 0)).toBeGreaterThan(0.1);
  expect(part((x) => Math.abs(x) > 1e-7 && Math.abs(x) < 2e-6)).toBeGreaterThan(0.1);
  expect(part((x) => x >= 0.5)).toBeGreaterThan(0.2);
  expect(part((x) => x <= -0.5)).toBeGreaterThan(0.2);
});

test("they shrink to the one element that matters, or to the two", () => {
  const shrunk = (holds: (g: Float64Array) => boolean): number[] => {
    const { counterexample } = fc.check(
      fc.property(cotangents([2, 3]), (g) => holds(Float64Array.from(g.data()))),
      { seed: 2 },
    );
    const [g] = counterexample!;
    expect(isTensor(g)).toBe(true);
    return [...g.data()];
  };
  expect(shrunk((g) => g[4] === 0)).toEqual([0, 0, 0, 0, 1, 0]);
  expect(shrunk((g) => g[1] === 0 || g[5] === 0)).toEqual([0, 1, 0, 0, 0, 1]);
});

test("an unknown option is refused", () => {
  expect(() => cotangents([2], { type: "float32" } as never)).toThrow(/cotangents: .*type/);
});
