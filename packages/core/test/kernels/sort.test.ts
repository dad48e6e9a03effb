import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate } from "../../src/dtype.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { dtypeArbitrary, storages } from "./arbitraries.ts";

/** NaN above everything; -0 and 0 are equal. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `Array.prototype.sort` is stable. */
function naive(row: number[], descending: boolean): number[] {
  const order = row.map((_, i) => i);
  return order.sort((i, j) => (descending ? compare(row[j]!, row[i]!) : compare(row[i]!, row[j]!)));
}

test("is stable, with NaN the largest, in either direction", () => {
  const cases = fc
    .record({
      dtype: dtypeArbitrary,
      outer: fc.integer({ min: 0, max: 3 }),
      length: fc.integer({ min: 0, max: 40 }),
      inner: fc.integer({ min: 0, max: 3 }),
      descending: fc.boolean(),
    })
    .chain((sizes) =>
      fc.record({ sizes: fc.constant(sizes), x: storages(sizes.dtype, sizes.outer * sizes.length * sizes.inner) }),
    );
  fc.assert(
    fc.property(cases, ({ sizes: { dtype, outer, length, inner, descending }, x }) => {
      const values = allocate(dtype, x.length);
      const indices = new Int32Array(x.length);
      reference.sort(x, outer, length, inner, descending, values, indices);
      for (let o = 0; o < outer; o++) {
        for (let c = 0; c < inner; c++) {
          const places = Array.from({ length }, (_, l) => (o * length + l) * inner + c);
          const row = places.map((i) => x[i]!);
          const order = naive(row, descending);
          expect(places.map((i) => indices[i])).toEqual(order);
          expect(places.map((i) => values[i])).toEqual(order.map((l) => row[l]));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("sorts long rows", () => {
  for (const descending of [false, true]) {
    const x = new Float64Array(5000).map((_, i) => ((i * 7919) % 1013) / 7);
    const values = new Float64Array(5000);
    const indices = new Int32Array(5000);
    reference.sort(x, 1, 5000, 1, descending, values, indices);
    expect(Array.from(indices)).toEqual(naive(Array.from(x), descending));
    expect(Array.from(values)).toEqual(Array.from(indices, (i) => x[i]));
  }
});
