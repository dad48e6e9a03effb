import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

const cases = fc
  .record({
    outer: fc.constantFrom(1, 1, 2, 5),
    rows: fc.integer({ min: 1, max: 6 }),
    length: fc.integer({ min: 1, max: 40 }),
    isSingle: fc.boolean(),
    eps: fc.constantFrom(1e-5, 0.1, 3),
    offset: fc.constantFrom(0, 100, -1e4),
  })
  .chain((about) => {
    const size = about.outer * about.rows * about.length;
    const numbers = (offset: number) =>
      fc
        .array(fc.integer({ min: -1000, max: 1000 }), { minLength: size, maxLength: size })
        .map((all) => (about.isSingle ? Float32Array : Float64Array).from(all.map((i) => offset + i / 128)));
    return fc.record({ about: fc.constant(about), x: numbers(about.offset), v: numbers(0) });
  });

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);

  test("standardized units, and products with their Jacobian, are those of the reference", () => {
    fc.assert(
      fc.property(cases, ({ about: { outer, rows, length, isSingle, eps }, x, v }) => {
        const of = isSingle ? Float32Array : Float64Array;
        const unit = isSingle ? 2 ** -23 : 2 ** -52;
        const results = [reference, kernels].map((own) => {
          const [y, scales, product] = [new of(x.length).fill(7), new of(rows).fill(7), new of(x.length).fill(7)];
          own.standardize(x, outer, length, eps, y, scales);
          own.standardizeJacobian(x, scales, v, outer, length, product);
          return { y, scales, product };
        });
        const [first, second] = results as [(typeof results)[0], (typeof results)[0]];
        const largest = (all: Iterable<number>): number =>
          [...all].reduce((m, value) => Math.max(m, Math.abs(value)), 1);
        // A mean may round either way, by so much of the numbers' size.
        const size = largest(x);
        const close = (a: ArrayLike<number>, b: ArrayLike<number>, within: number): void => {
          for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(within);
        };
        close(second.scales, first.scales, 4 * unit * largest(first.scales) * (isSingle ? 1 : size));
        close(second.y, first.y, 8 * unit * largest(first.y) + (isSingle ? 0 : unit * size * largest(first.scales)));
        close(second.product, first.product, 20 * unit * size ** 2 * largest(v) * largest(first.scales));
      }),
      { numRuns: 400 },
    );
  });

  test("a factor of 0 gives 0 in products with the Jacobian", () => {
    const y = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NaN);
    const out = Float32Array.of(7, 7, 7);
    kernels.standardizeJacobian(y, Float32Array.of(Number.NaN), new Float32Array(3), 1, 3, out);
    expect([...out]).toEqual([0, 0, 0]);
  });
});
