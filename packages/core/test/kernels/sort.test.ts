import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, type DType, type Storage } from "../../src/dtype.ts";
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

interface Sizes {
  readonly dtype: DType;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly descending: boolean;
  readonly count: number;
}

function check(x: Storage, { dtype, outer, length, inner, descending, count }: Sizes): void {
  const values = allocate(dtype, outer * count * inner);
  const indices = new Int32Array(values.length);
  reference.sort(x, outer, length, inner, descending, count, values, indices);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const row = Array.from({ length }, (_, l) => x[(o * length + l) * inner + c]!);
      const order = naive(row, descending).slice(0, count);
      const places = Array.from({ length: count }, (_, l) => (o * count + l) * inner + c);
      expect(places.map((i) => indices[i])).toEqual(order);
      expect(places.map((i) => values[i])).toEqual(order.map((l) => row[l]));
    }
  }
}

/** Rows of `lengths`, from none of which to all of which is kept. */
const cases = (lengths: fc.Arbitrary<number>, most: number): fc.Arbitrary<readonly [Storage, Sizes]> =>
  fc
    .record({
      dtype: dtypeArbitrary,
      outer: fc.integer({ min: 0, max: most }),
      length: lengths,
      inner: fc.integer({ min: 0, max: most }),
      descending: fc.boolean(),
      share: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    })
    .chain(({ share, ...sizes }) =>
      storages(sizes.dtype, sizes.outer * sizes.length * sizes.inner).map(
        (x) => [x, { ...sizes, count: Math.round(share * sizes.length) }] as const,
      ),
    );

test("is stable, with NaN the largest, in either direction, also where only the first are kept", () => {
  fc.assert(
    fc.property(cases(fc.integer({ min: 0, max: 40 }), 3), ([x, sizes]) => check(x, sizes)),
    { numRuns: 300 },
  );
});

test("sorts long rows, digit by digit", () => {
  fc.assert(
    fc.property(cases(fc.integer({ min: 250, max: 400 }), 1), ([x, sizes]) => check(x, sizes)),
    { numRuns: 60 },
  );
  for (const descending of [false, true]) {
    for (const count of [10, 5000]) {
      const x = new Float64Array(5000).map((_, i) => ((i * 7919) % 1013) / 7 - 60);
      check(x, { dtype: "float64", outer: 1, length: 5000, inner: 1, descending, count });
    }
  }
});
