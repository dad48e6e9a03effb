import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate } from "../../src/dtype.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { sizeOf } from "../../src/shape.ts";
import { at, positionsOf, shapes, storages } from "./arbitraries.ts";
import { viewsOf } from "./arbitrary-views.ts";

const views = viewsOf(shapes);

describe("stridedRead", () => {
  test("reads every position where the strides say", () => {
    const cases = views.chain((view) => fc.record({ view: fc.constant(view), x: storages(view.dtype, view.size) }));
    fc.assert(
      fc.property(cases, ({ view: { shape, strides, offset, dtype }, x }) => {
        const out = allocate(dtype, sizeOf(shape));
        reference.stridedRead(x, offset, strides, shape, out);
        expect(Array.from(out)).toEqual(positionsOf(shape).map((p) => x[offset + at(p, strides)]));
      }),
      { numRuns: 400 },
    );
  });

  test("reads long rows, transposes, stretches and reversals", () => {
    const [rows, columns] = [75, 90];
    const x = new Float32Array(rows * columns).map((_, i) => i);
    for (const [shape, strides, offset] of [
      [[rows, columns], [columns, 1], 0],
      [[columns, rows], [1, columns], 0],
      [[rows, columns - 5], [columns, 1], 5],
      [[2, columns], [0, 1], columns],
      [[rows, 100], [columns, 0], 3],
      [[columns], [-1], columns - 1],
      [[3, columns, rows], [0, 1, columns], 0],
      [[5, columns, 15], [15 * columns, 1, columns], 0],
      [[columns, rows], [-1, -columns], rows * columns - 1],
    ] as const) {
      const out = new Float32Array(sizeOf(shape));
      reference.stridedRead(x, offset, strides, shape, out);
      expect(Array.from(out)).toEqual(positionsOf(shape).map((p) => x[offset + at(p, strides)]));
    }
  });
});

describe("stridedWrite", () => {
  test("writes every position where the strides say, and nothing else", () => {
    // Two elements at one place would make the result depend on the order.
    const unstretched = views.filter(({ strides }) => strides.every((stride) => stride !== 0));
    const cases = unstretched.chain((view) =>
      fc.record({ view: fc.constant(view), x: storages(view.dtype, sizeOf(view.shape)) }),
    );
    fc.assert(
      fc.property(cases, ({ view: { size, shape, strides, offset, dtype }, x }) => {
        const out = allocate(dtype, size).fill(1);
        const naive = out.slice();
        positionsOf(shape).forEach((p, i) => {
          naive[offset + at(p, strides)] = x[i]!;
        });
        reference.stridedWrite([{ x, shape, offset }], out, strides);
        expect(out).toEqual(naive);
      }),
      { numRuns: 400 },
    );
  });

  test("writes long rows and transposes", () => {
    const [rows, columns] = [75, 90];
    const x = new Int32Array(rows * columns).map((_, i) => i);
    for (const [shape, strides, offset] of [
      [[rows, columns], [columns, 1], 0],
      [[rows, columns], [1, rows], 0],
      [[rows, columns], [columns + 4, 1], 2],
      [[rows * columns], [-1], rows * columns - 1],
    ] as const) {
      const out = new Int32Array(rows * (columns + 4)).fill(-1);
      const naive = out.slice();
      positionsOf(shape).forEach((p, i) => {
        naive[offset + at(p, strides)] = x[i]!;
      });
      reference.stridedWrite([{ x, shape, offset }], out, strides);
      expect(out).toEqual(naive);
    }
  });
});
