import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

const edges = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1e-45, 1, -1];
const sizes = fc.record({
  outer: fc.integer({ min: 0, max: 5 }),
  length: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(40_000)),
  inner: fc.integer({ min: 0, max: 4 }),
  array: fc.constantFrom(Float32Array, Float64Array, Int32Array),
  kind: fc.constantFrom("max" as const, "min" as const),
  values: fc.array(fc.oneof(fc.constantFrom(...edges), fc.double({ noNaN: true })), { minLength: 1, maxLength: 50 }),
});

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);

  test("finds the position that the plain loops find", () => {
    fc.assert(
      fc.property(sizes, ({ outer, length, inner, array, kind, values }) => {
        const x = new array(outer * length * inner).map((_, i) => values[i % values.length]!);
        const [first, second] = [new Int32Array(outer * inner), new Int32Array(outer * inner).fill(7)];
        reference.argReduce(kind, x, outer, length, inner, first);
        kernels.argReduce(kind, x, outer, length, inner, second);
        expect(second).toEqual(first);
      }),
    );
  });

  test("writes a 1 at each index, and says which index is none", () => {
    const calls = fc.record({
      classes: fc.integer({ min: 0, max: 9 }),
      array: fc.constantFrom(Float32Array, Float64Array, Int32Array, Uint8Array),
      mayBeBad: fc.boolean(),
      numbers: fc.array(fc.nat(1000), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(calls, ({ classes, array, mayBeBad, numbers }) => {
        const index = Int32Array.from(numbers, (n) => (mayBeBad ? (n % (classes + 2)) - 1 : n % Math.max(1, classes)));
        const run = (from: typeof kernels) => {
          const out = new array(index.length * classes);
          const bad = from.oneHot(index, classes, out);
          return bad === undefined ? out : bad;
        };
        expect(run(kernels)).toEqual(run(reference));
      }),
    );
    const many = Int32Array.from({ length: 20_000 }, (_, i) => (i * 7) % 11);
    const [first, second] = [new Float32Array(220_000), new Float32Array(220_000)];
    reference.oneHot(many, 11, first);
    kernels.oneHot(many, 11, second);
    expect(second).toEqual(first);
  });
});
