import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate } from "../../src/dtype.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { sizeOf, stridesOf } from "../../src/shape.ts";
import { at, broadcastable, dtypeArbitrary, positionsOf, shapesWithAxis, storages, wholes } from "./arbitraries.ts";

/** A result shape, an axis, how long it is in the tensor behind it, and an index broadcast to the shape. */
const lookups = shapesWithAxis
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.integer({ min: 0, max: shape.length - 1 }),
      length: fc.integer({ min: 1, max: 4 }),
      indexShape: broadcastable(shape),
      dtype: dtypeArbitrary,
    }),
  )
  .chain((lookup) =>
    fc.record({
      lookup: fc.constant(lookup),
      index: fc.array(fc.integer({ min: -lookup.length, max: lookup.length - 1 }), {
        minLength: sizeOf(lookup.indexShape),
        maxLength: sizeOf(lookup.indexShape),
      }),
    }),
  )
  .map(({ lookup, index }) => {
    const { shape, axis, length, indexShape } = lookup;
    const own = stridesOf(indexShape);
    const missing = shape.length - indexShape.length;
    return {
      ...lookup,
      index: Int32Array.from(index),
      indexStrides: shape.map((_, a) => (a < missing || indexShape[a - missing] === 1 ? 0 : own[a - missing]!)),
      whole: shape.with(axis, length),
    };
  });

/** Position `p` with the index along the axis. */
function replaced(p: number[], axis: number, index: number, length: number): number[] {
  return p.with(axis, index < 0 ? index + length : index);
}

describe("gather", () => {
  test("takes along the axis what the index names", () => {
    const cases = lookups.chain((lookup) =>
      fc.record({ lookup: fc.constant(lookup), x: storages(lookup.dtype, sizeOf(lookup.whole)) }),
    );
    fc.assert(
      fc.property(cases, ({ lookup: { shape, axis, length, index, indexStrides, dtype, whole }, x }) => {
        const out = allocate(dtype, sizeOf(shape));
        const strides = stridesOf(whole);
        expect(reference.gather(x, strides, length, index, indexStrides, shape, axis, out)).toBeUndefined();
        const naive = positionsOf(shape).map(
          (p) => x[at(replaced(p, axis, index[at(p, indexStrides)]!, length), strides)],
        );
        expect(Array.from(out)).toEqual(naive);
      }),
      { numRuns: 400 },
    );
  });

  test("copies long rows, as an embedding does", () => {
    const x = new Float32Array(4 * 200).map((_, i) => i);
    const out = new Float32Array(3 * 200);
    reference.gather(x, [200, 1], 4, Int32Array.of(2, -1, 0), [1, 0], [3, 200], 0, out);
    expect(out).toEqual(Float32Array.from([...x.slice(400, 600), ...x.slice(600, 800), ...x.slice(0, 200)]));
  });

  test("returns the first index out of range", () => {
    const x = new Float32Array(6);
    const out = new Float32Array(6);
    // An index per row, and one per element.
    expect(reference.gather(x, [3, 1], 2, Int32Array.of(1, 2), [1, 0], [2, 3], 0, out)).toBe(2);
    expect(reference.gather(x, [3, 1], 2, Int32Array.of(-3, 7), [1, 0], [2, 3], 0, out)).toBe(-3);
    expect(reference.gather(x, [3, 1], 3, Int32Array.of(0, -3, 3, 9), [2, 1], [2, 2], 1, out)).toBe(3);
    expect(reference.gather(new Float32Array(0), [1], 0, Int32Array.of(0), [1], [1], 0, out.subarray(0, 1))).toBe(0);
    expect(reference.gather(x, [3, 1], 2, Int32Array.of(), [1, 0], [0, 3], 0, new Float32Array(0))).toBeUndefined();
  });
});

describe("scatterAdd", () => {
  test("adds every element where the index sends it, repeated places too", () => {
    const cases = lookups.chain((lookup) =>
      fc.record({
        lookup: fc.constant(lookup),
        source: wholes(lookup.dtype, sizeOf(lookup.shape)),
        before: wholes(lookup.dtype, sizeOf(lookup.whole)),
      }),
    );
    fc.assert(
      fc.property(cases, ({ lookup: { shape, axis, length, index, indexStrides, whole }, source, before }) => {
        const strides = stridesOf(whole);
        const naive = before.slice();
        positionsOf(shape).forEach((p, i) => {
          naive[at(replaced(p, axis, index[at(p, indexStrides)]!, length), strides)]! += source[i]!;
        });
        const out = before.slice().fill(7);
        const bad = reference.scatterAdd(before, out, strides, length, index, indexStrides, shape, axis, source);
        expect(bad).toBeUndefined();
        expect(out).toEqual(naive);
      }),
      { numRuns: 400 },
    );
  });

  test("returns the first index out of range", () => {
    const [x, out, source] = [new Float32Array(6), new Float32Array(6), new Float32Array(6)];
    expect(reference.scatterAdd(x, out, [3, 1], 2, Int32Array.of(1, 2), [1, 0], [2, 3], 0, source)).toBe(2);
    expect(reference.scatterAdd(x, out, [3, 1], 3, Int32Array.of(0, -4, 3, 9), [2, 1], [2, 2], 1, source)).toBe(-4);
  });
});
