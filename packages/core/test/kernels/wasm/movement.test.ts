import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate } from "../../../src/dtype.ts";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { sizeOf } from "../../../src/shape.ts";
import { shapes, stored } from "../arbitraries.ts";
import { viewsOf } from "../arbitrary-views.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

/** Ranks 1 to 4, large enough for vectors and for what they leave. */
const larger = fc
  .array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 4 })
  .filter((shape) => sizeOf(shape) < 4000);

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);

  test("reading by strides is that of the reference: permutations, slices, reversals and stretches, of every dtype", () => {
    fc.assert(
      fc.property(viewsOf(fc.oneof(shapes, larger)), ({ size, shape, strides, offset, dtype }) => {
        const x = stored(
          dtype,
          Array.from({ length: size }, (_, i) => (i % 251) - 2),
        );
        const [first, second] = [allocate(dtype, sizeOf(shape)), allocate(dtype, sizeOf(shape)).fill(7)];
        reference.stridedRead(x, offset, strides, shape, first);
        kernels.stridedRead(x, offset, strides, shape, second);
        expect(second).toEqual(first);
      }),
      { numRuns: 1000 },
    );
  });

  test("writing by strides is that of the reference, in several parts and of every dtype", () => {
    // Two elements at one place would make the result depend on the order.
    const views = viewsOf(fc.oneof(shapes, larger)).filter(({ strides }) => strides.every((stride) => stride !== 0));
    fc.assert(
      fc.property(views, fc.nat(20), ({ size, shape, strides, offset, dtype }, gap) => {
        const x = stored(
          dtype,
          Array.from({ length: sizeOf(shape) }, (_, i) => (i % 250) + 1),
        );
        const parts = [0, size + gap].map((start) => ({ x, shape, offset: offset + start }));
        const [first, second] = [allocate(dtype, 2 * size + gap), allocate(dtype, 2 * size + gap)];
        reference.stridedWrite(parts, first, strides);
        kernels.stridedWrite(parts, second, strides);
        expect(second).toEqual(first);
      }),
      { numRuns: 1000 },
    );
  });

  test("numbers stay what they are, NaN and -0 too", () => {
    const x = Float64Array.of(Number.NaN, -0, 5e-324, Number.NEGATIVE_INFINITY, 1, 2);
    const out = new Float64Array(6);
    kernels.stridedRead(x, 0, [1, 2], [2, 3], out);
    expect([...out]).toEqual([Number.NaN, 5e-324, 1, -0, Number.NEGATIVE_INFINITY, 2]);
  });
});
