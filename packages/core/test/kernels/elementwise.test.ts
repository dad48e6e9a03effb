import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate } from "../../src/dtype.ts";
import type { BinaryLoop } from "../../src/kernels/kernels.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { sizeOf } from "../../src/shape.ts";
import { broadcastable, dtypeArbitrary, flatIn, positionsOf, shapes, storages } from "./arbitraries.ts";

/** Not commutative, so that swapped operands show. */
const subtract: BinaryLoop = (x, i, di, y, j, dj, out, start, end) => {
  for (let o = start; o < end; o++, i += di, j += dj) out[o] = x[i]! - 2 * y[j]!;
};

test("unary runs the loop of the operation", () => {
  const out = new Float32Array(3);
  reference.unary(
    "negate",
    (x, to) => {
      for (let i = 0; i < to.length; i++) to[i] = -x[i]!;
    },
    Float32Array.of(1, -2, Number.NaN),
    out,
  );
  expect(out).toEqual(Float32Array.of(-1, 2, Number.NaN));
});

test("binary broadcasts both operands as NumPy does", () => {
  const cases = shapes.chain((shape) =>
    fc.tuple(broadcastable(shape), broadcastable(shape)).chain(([xShape, yShape]) =>
      fc.record({
        shape: fc.constant(shape),
        xShape: fc.constant(xShape),
        yShape: fc.constant(yShape),
        x: storages("float64", sizeOf(xShape)),
        y: storages("float64", sizeOf(yShape)),
      }),
    ),
  );
  fc.assert(
    fc.property(cases, ({ shape, xShape, yShape, x, y }) => {
      const out = new Float64Array(sizeOf(shape));
      reference.binary("subtract", subtract, x, xShape, y, yShape, out, shape);
      const naive = positionsOf(shape).map((p) => x[flatIn(xShape, p)]! - 2 * y[flatIn(yShape, p)]!);
      expect(Array.from(out)).toEqual(naive);
    }),
    { numRuns: 300 },
  );
});

test("binary calls the loop once for equal shapes, axes of size 1 and scalars", () => {
  let calls = 0;
  const counting: BinaryLoop = (...args) => {
    calls++;
    subtract(...args);
  };
  const x = new Float32Array(6);
  const one = new Float32Array(1);
  for (const [y, yShape] of [
    [x, [2, 3]],
    [x, [1, 2, 3]],
    [one, []],
    [one, [1, 1]],
  ] as const) {
    calls = 0;
    reference.binary("subtract", counting, x, [2, 3], y, yShape, new Float32Array(6), [2, 3]);
    expect(calls).toBe(1);
  }
  calls = 0;
  reference.binary("subtract", counting, x, [2, 3], new Float32Array(3), [3], new Float32Array(6), [2, 3]);
  expect(calls).toBe(2);
  calls = 0;
  reference.binary("subtract", counting, new Float32Array(0), [0, 3], one, [], new Float32Array(0), [0, 3]);
  expect(calls).toBe(0);
});

test("where chooses element by element, all three broadcast", () => {
  const cases = fc.tuple(shapes, dtypeArbitrary).chain(([shape, dtype]) =>
    fc.tuple(broadcastable(shape), broadcastable(shape), broadcastable(shape)).chain(([cShape, xShape, yShape]) =>
      fc.record({
        dtype: fc.constant(dtype),
        shape: fc.constant(shape),
        cShape: fc.constant(cShape),
        xShape: fc.constant(xShape),
        yShape: fc.constant(yShape),
        c: storages("bool", sizeOf(cShape)),
        x: storages(dtype, sizeOf(xShape)),
        y: storages(dtype, sizeOf(yShape)),
      }),
    ),
  );
  fc.assert(
    fc.property(cases, ({ dtype, shape, cShape, xShape, yShape, c, x, y }) => {
      const out = allocate(dtype, sizeOf(shape));
      reference.where(c, cShape, x, xShape, y, yShape, out, shape);
      const naive = positionsOf(shape).map((p) =>
        c[flatIn(cShape, p)] === 1 ? x[flatIn(xShape, p)] : y[flatIn(yShape, p)],
      );
      expect(Array.from(out)).toEqual(naive);
    }),
    { numRuns: 300 },
  );
});
