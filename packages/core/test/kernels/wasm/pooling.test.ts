import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { evenRun } from "../../../src/kernels/wasm/pooling.ts";
import { sizeOf } from "../../../src/shape.ts";
import { storages } from "../arbitraries.ts";
import { poolPlans } from "../arbitrary-pools.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);

  test("maxPool is that of the reference, to the last bit", () => {
    const cases = poolPlans.chain((plan) =>
      fc.record({ plan: fc.constant(plan), x: storages("float32", plan.planes * sizeOf(plan.input)) }),
    );
    fc.assert(
      fc.property(cases, ({ plan, x }) => {
        const count = plan.planes * sizeOf(plan.windows.map(({ starts }) => starts.length));
        const [first, second] = [0, 1].map(() => [new Float32Array(count), new Int32Array(count)] as const) as [
          [Float32Array, Int32Array],
          [Float32Array, Int32Array],
        ];
        reference.maxPool(x, plan, ...first);
        kernels.maxPool(x, plan, ...second);
        expect(second).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });

  test("sums of windows are those of the reference, and so is their transpose", () => {
    const cases = fc
      .tuple(poolPlans, fc.constantFrom("float32" as const, "float64" as const))
      .chain(([plan, dtype]) => {
        const windows = plan.planes * sizeOf(plan.windows.map(({ starts }) => starts.length));
        const places = plan.planes * sizeOf(plan.input);
        return fc.record({
          plan: fc.constant(plan),
          x: storages(dtype, places),
          y: storages(dtype, windows),
        });
      });
    fc.assert(
      fc.property(cases, ({ plan, x, y }) => {
        const Elements = x.constructor as Float64ArrayConstructor;
        const bound = 2 ** (x instanceof Float32Array ? -22 : -50);
        for (const [name, from, size] of [
          ["sumPool", x, y.length],
          ["spreadPool", y, x.length],
        ] as const) {
          const [first, second, sizes] = [new Elements(size), new Elements(size), new Elements(size)];
          reference[name](from, plan, first);
          kernels[name](from, plan, second);
          reference[name](from.map(Math.abs), plan, sizes);
          for (let i = 0; i < size; i++) {
            if (Number.isFinite(sizes[i]!))
              expect(Math.abs(first[i]! - second[i]!)).toBeLessThanOrEqual(bound * sizes[i]!);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

test.each<[string, number[], number[], ReturnType<typeof evenRun>]>([
  ["windows of 2 side by side", [0, 2, 4, 6, 8], [2, 4, 6, 8, 10], { from: 0, to: 5, stride: 2 }],
  ["the first and the last cut off", [0, 0, 1, 2, 3, 4], [2, 3, 4, 5, 6, 6], { from: 1, to: 5, stride: 1 }],
  ["windows too far apart", [0, 3, 6, 9, 12], [2, 5, 8, 11, 14], { from: 0, to: 0, stride: 1 }],
  ["too few of them", [0, 2, 4], [2, 4, 6], { from: 0, to: 0, stride: 1 }],
])("evenRun: %s", (_, starts, ends, expected) => {
  expect(evenRun({ starts: Int32Array.from(starts), ends: Int32Array.from(ends), step: 1 })).toEqual(expected);
});
