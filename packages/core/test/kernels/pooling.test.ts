import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate } from "../../src/dtype.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { sizeOf } from "../../src/shape.ts";
import { dtypeArbitrary, storages } from "./arbitraries.ts";
import { poolPlans } from "./arbitrary-pools.ts";

test("maxPool finds the first largest of each window, or the first NaN", () => {
  const cases = fc.tuple(poolPlans, dtypeArbitrary).chain(([plan, dtype]) =>
    fc.record({
      plan: fc.constant(plan),
      dtype: fc.constant(dtype),
      x: storages(dtype, plan.planes * sizeOf(plan.input)),
    }),
  );
  fc.assert(
    fc.property(cases, ({ plan: { planes, input, windows }, dtype, x }) => {
      const spans = windows.map(({ starts, ends, step }) =>
        Array.from(starts, (start, o) =>
          Array.from({ length: Math.ceil((ends[o]! - start) / step) }, (_, k) => start + k * step),
        ),
      );
      const expected: (readonly [value: number, position: number])[] = [];
      for (let plane = 0; plane < planes; plane++) {
        for (const d of spans[0]!) {
          for (const h of spans[1]!) {
            for (const w of spans[2]!) {
              const places = d.flatMap((i) => h.flatMap((j) => w.map((k) => (i * input[1]! + j) * input[2]! + k)));
              const values = places.map((place) => x[plane * sizeOf(input) + place]!);
              const largest = Math.max(...values);
              const first = Number.isNaN(largest) ? values.findIndex(Number.isNaN) : values.indexOf(largest);
              expected.push([values[first]!, places[first]!]);
            }
          }
        }
      }
      const [values, positions] = [allocate(dtype, expected.length), new Int32Array(expected.length)];
      reference.maxPool(x, { planes, input, windows }, values, positions);
      expect([...values]).toEqual(expected.map(([value]) => value));
      expect([...positions]).toEqual(expected.map(([, position]) => position));
    }),
    { numRuns: 200 },
  );
});
