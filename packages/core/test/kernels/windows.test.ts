import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate } from "../../src/dtype.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { sizeOf } from "../../src/shape.ts";
import { at, positionsOf, shapes, wholes } from "./arbitraries.ts";

test("adds each element where reading with the same strides would find it", () => {
  const cases = fc
    .record({ shape: shapes, dtype: fc.constantFrom("float32" as const, "float64" as const, "int32" as const) })
    .chain(({ shape, dtype }) =>
      fc.record({
        shape: fc.constant(shape),
        strides: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: shape.length, maxLength: shape.length }),
        dtype: fc.constant(dtype),
        x: wholes(dtype, sizeOf(shape)),
      }),
    );
  fc.assert(
    fc.property(cases, ({ shape, strides, dtype, x }) => {
      const size = shape.reduce((sum, length, axis) => sum + Math.max(length - 1, 0) * strides[axis]!, 1);
      const expected = new Array<number>(size).fill(1);
      positionsOf(shape).forEach((position, i) => {
        expected[at(position, strides)]! += x[i]!;
      });
      const out = allocate(dtype, size).fill(1);
      reference.stridedAdd(x, shape, out, strides);
      expect(Array.from(out)).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test("adds float32 in double precision", () => {
  const out = new Float32Array(1);
  reference.stridedAdd(Float32Array.of(2 ** 24, 1, 1, 1, 1), [5], out, [0]);
  expect(out[0]).toBe(2 ** 24 + 4);
});
