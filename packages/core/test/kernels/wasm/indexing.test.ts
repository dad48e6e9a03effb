import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate } from "../../../src/dtype.ts";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { sizeOf, stridesOf } from "../../../src/shape.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

const size = fc.integer({ min: 1, max: 9 });

/** [outer, count, inner] of an index along the middle axis of [outer, length, inner]; every tenth index or so points outside. */
const calls = fc
  .record({
    outer: size,
    count: size,
    inner: fc.oneof(fc.constant(1), size),
    length: size,
    isShared: fc.boolean(),
    mayBeBad: fc.boolean(),
    dtype: fc.constantFrom("float32" as const, "float64" as const),
  })
  .chain((call) => {
    const { outer, count, inner, length, isShared, mayBeBad } = call;
    const places = isShared ? count : outer * count * inner;
    const most = mayBeBad ? length + 1 : length;
    return fc.record({
      call: fc.constant(call),
      index: fc.array(fc.integer({ min: -most, max: most - 1 }), { minLength: places, maxLength: places }),
      values: fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 20, maxLength: 20 }),
    });
  })
  .map(({ call, index, values }) => {
    const { outer, count, inner, length, isShared, dtype } = call;
    const [shape, whole] = [
      [outer, count, inner],
      [outer, length, inner],
    ];
    const filled = (length: number, from: number) => {
      const storage = allocate(dtype, length);
      for (let i = 0; i < length; i++) storage[i] = values[(i * 7 + from) % 20]!;
      return storage;
    };
    return {
      shape,
      length,
      strides: stridesOf(whole),
      index: Int32Array.from(index),
      indexStrides: isShared ? [0, 1, 0] : stridesOf(shape),
      x: filled(sizeOf(whole), 0),
      source: filled(sizeOf(shape), 3),
      dtype,
    };
  });

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);

  test("reads and adds at indices as the plain loops do, and says which index is none", () => {
    fc.assert(
      fc.property(calls, ({ shape, length, strides, index, indexStrides, x, source, dtype }) => {
        const read = (from: typeof kernels) => {
          const out = allocate(dtype, sizeOf(shape));
          const bad = from.gather(x, strides, length, index, indexStrides, shape, 1, out);
          return bad === undefined ? out : bad;
        };
        expect(read(kernels)).toEqual(read(reference));
        const added = (from: typeof kernels) => {
          const out = allocate(dtype, x.length);
          const bad = from.scatterAdd(x, out, strides, length, index, indexStrides, shape, 1, source);
          return bad === undefined ? out : bad;
        };
        expect(added(kernels)).toEqual(added(reference));
      }),
      { numRuns: 300 },
    );
  });

  test("bits of integers and of NaN stay as they are", () => {
    const x = new Int32Array([1, -2, 0x7fc00123]);
    const out = new Int32Array(3);
    kernels.gather(x, [3, 1, 1], 3, Int32Array.of(2, 0, -2), [0, 1, 0], [1, 3, 1], 1, out);
    expect(out).toEqual(Int32Array.of(0x7fc00123, 1, -2));
  });
});
