import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Storage } from "../../../src/dtype.ts";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { reducedShape, sizeOf } from "../../../src/shape.ts";
import { storages, wholes } from "../arbitraries.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

const size = fc.integer({ min: 1, max: 40 });
/** Up to four axes, some of them to be reduced. */
const reductions = fc
  .array(size, { minLength: 1, maxLength: 4 })
  .filter((shape) => sizeOf(shape) < 5000)
  .chain((shape) => fc.record({ shape: fc.constant(shape), axes: fc.subarray(shape.map((_, axis) => axis)) }));
const dtypes = fc.constantFrom("float32" as const, "float64" as const);
const kinds = fc.constantFrom("sum" as const, "max" as const, "min" as const);

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);

  const both = (kind: "sum" | "max" | "min", x: Storage, shape: number[], axes: number[]): [Storage, Storage] => {
    const length = sizeOf(reducedShape(shape, axes, false));
    const of = x.constructor as Float32ArrayConstructor;
    const [first, second] = [new of(length), new of(length).fill(7)];
    reference.reduce(kind, x, shape, axes, first);
    kernels.reduce(kind, x, shape, axes, second);
    return [first, second];
  };

  test("sums, maxima and minima over any axes are those of the reference, with NaN, infinities and zeros of both signs", () => {
    const cases = fc.tuple(reductions, dtypes, kinds).chain(([{ shape, axes }, dtype, kind]) =>
      fc.record({
        shape: fc.constant(shape),
        axes: fc.constant(axes),
        kind: fc.constant(kind),
        x: fc.oneof(storages(dtype, sizeOf(shape)), wholes(dtype, sizeOf(shape))),
      }),
    );
    fc.assert(
      fc.property(cases, ({ kind, x, shape, axes }) => {
        const [first, second] = both(kind, x, shape, axes);
        const plain = (values: Storage) => Array.from(values, (v) => (kind === "sum" ? v + 0 : v));
        expect(plain(second)).toEqual(plain(first));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [[70_001], [0]],
    [[3, 40_000], [1]],
    [[70_001, 3], [0]],
    [[2, 900, 37], [1]],
    [[5, 1100], [0]],
    [[2, 2500, 1, 20], [1]],
    [
      [20, 7, 1030],
      [0, 2],
    ],
  ])("of what is cut into parts: %j over %j", (shape, axes) => {
    const x = Float64Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919) % 201) - 100);
    for (const kind of ["sum", "max", "min"] as const) {
      for (const of of [Float32Array, Float64Array]) {
        const [first, second] = both(kind, of.from(x), shape, axes);
        expect(second).toEqual(first);
      }
    }
  });

  test("sums of float32 are rounded once, and long ones of float64 err like pairwise ones", () => {
    const single = Float32Array.from({ length: 100_003 }, (_, i) => (i === 0 ? 2 ** 24 : 1));
    for (const shape of [[100_003], [100_003, 1]]) {
      const [, sum] = both("sum", single, shape, [0]);
      expect(sum[0]).toBe(Math.fround(2 ** 24 + 100_002));
    }
    const tenths = new Float64Array(1 << 20).fill(0.1);
    for (const shape of [
      [1 << 20, 1],
      [1 << 18, 4],
      [1 << 14, 64],
    ]) {
      const [, sum] = both("sum", tenths, shape, [0]);
      // Adding one after another errs by more than a hundred times that.
      expect(Math.abs(sum[0]! / (0.1 * shape[0]!) - 1)).toBeLessThan(2e-14);
    }
  });
});
