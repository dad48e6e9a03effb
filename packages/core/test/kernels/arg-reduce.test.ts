import fc from "fast-check";
import { expect, test } from "vitest";
import { reference } from "../../src/kernels/reference/index.ts";
import { dtypeArbitrary, storages } from "./arbitraries.ts";

function naive(kind: "max" | "min", values: number[]): number {
  const nan = values.findIndex(Number.isNaN);
  return nan >= 0 ? nan : values.indexOf(kind === "max" ? Math.max(...values) : Math.min(...values));
}

test("finds the first largest, the first smallest, or the first NaN", () => {
  const cases = fc
    .record({
      kind: fc.constantFrom("max" as const, "min" as const),
      dtype: dtypeArbitrary,
      outer: fc.integer({ min: 0, max: 4 }),
      length: fc.integer({ min: 1, max: 7 }),
      inner: fc.integer({ min: 0, max: 4 }),
    })
    .chain((sizes) =>
      fc.record({ sizes: fc.constant(sizes), x: storages(sizes.dtype, sizes.outer * sizes.length * sizes.inner) }),
    );
  fc.assert(
    fc.property(cases, ({ sizes: { kind, outer, length, inner }, x }) => {
      const out = new Int32Array(outer * inner).fill(99);
      reference.argReduce(kind, x, outer, length, inner, out);
      for (let o = 0; o < outer; o++) {
        for (let c = 0; c < inner; c++) {
          const row = Array.from({ length }, (_, l) => x[(o * length + l) * inner + c]!);
          expect(out[o * inner + c]).toBe(naive(kind, row));
        }
      }
    }),
    { numRuns: 400 },
  );
});

test("an axis of nothing but infinities has its first position", () => {
  for (const [kind, value] of [
    ["max", Number.NEGATIVE_INFINITY],
    ["min", Number.POSITIVE_INFINITY],
  ] as const) {
    const out = new Int32Array(3).fill(99);
    reference.argReduce(kind, new Float32Array(12).fill(value), 1, 4, 3, out);
    expect(out).toEqual(new Int32Array(3));
  }
});
