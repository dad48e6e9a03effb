import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, type Storage } from "../../src/dtype.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { oneProduct, products, stored, wholes } from "./arbitraries.ts";

/** Each product in double precision, in order. */
function naive(a: Storage, b: Storage, m: number, n: number, k: number, ta: boolean, tb: boolean): number[] {
  const out: number[] = [];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[ta ? p * m + i : i * k + p]! * b[tb ? j * k + p : p * n + j]!;
      out.push(sum);
    }
  }
  return out;
}

const flags = fc.record({ ta: fc.boolean(), tb: fc.boolean() });
const dtypes = fc.constantFrom("float32" as const, "float64" as const, "int32" as const);

test("agrees with the definition on small sizes, either operand transposed", () => {
  const size = fc.integer({ min: 0, max: 9 });
  const cases = fc
    .record({ m: size, n: size, k: size, flags, dtype: dtypes })
    .chain((c) => fc.record({ c: fc.constant(c), a: wholes(c.dtype, c.m * c.k), b: wholes(c.dtype, c.k * c.n) }));
  fc.assert(
    fc.property(
      cases,
      ({
        c: {
          m,
          n,
          k,
          flags: { ta, tb },
          dtype,
        },
        a,
        b,
      }) => {
        const out = allocate(dtype, m * n).fill(77);
        reference.matmul(a, b, out, oneProduct(m, n, k, ta, tb));
        expect(Array.from(out, (v) => v + 0)).toEqual(naive(a, b, m, n, k, ta, tb).map((v) => v + 0));
      },
    ),
    { numRuns: 400 },
  );
});

test("agrees with the definition around the sizes of blocks", () => {
  const sizes = [
    [1, 1, 300],
    [1, 130, 70],
    [130, 1, 70],
    [2, 20, 300],
    [300, 20, 2],
    [300, 3, 20],
    [65, 66, 67],
    [33, 129, 257],
    [5, 7, 530],
    [4, 600, 3],
    [70, 6, 530],
    [6, 135, 530],
    [1, 1500, 4],
    [1500, 1, 4],
  ] as const;
  for (const dtype of ["float32", "float64"] as const) {
    for (const [m, n, k] of sizes) {
      const a = allocate(dtype, m * k).map((_, i) => ((i * 31) % 17) - 8) as Storage;
      const b = allocate(dtype, k * n).map((_, i) => ((i * 37) % 19) - 9) as Storage;
      for (const ta of [false, true]) {
        for (const tb of [false, true]) {
          const out = allocate(dtype, m * n);
          reference.matmul(a, b, out, oneProduct(m, n, k, ta, tb));
          expect(out).toEqual(stored(dtype, naive(a, b, m, n, k, ta, tb)));
        }
      }
    }
  }
});

test("one product for each pair of offsets, whatever their order", () => {
  const size = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(products(fc.tuple(size, size, size)), ({ plan, aLength, bLength }) => {
      const { m, n, k, transposeA, transposeB, aOffsets, bOffsets } = plan;
      const a = new Float64Array(aLength).map((_, i) => ((i * 31) % 17) - 8);
      const b = new Float64Array(bLength).map((_, i) => ((i * 37) % 19) - 9);
      const out = new Float64Array(aOffsets.length * m * n).fill(-1);
      reference.matmul(a, b, out, plan);
      const expected = aOffsets.flatMap((offset, i) =>
        naive(a.subarray(offset), b.subarray(bOffsets[i]), m, n, k, transposeA, transposeB),
      );
      expect(Array.from(out, (v) => v + 0)).toEqual(expected.map((v) => v + 0));
    }),
  );
});

test("an empty inner dimension gives zeros, over what was there", () => {
  const out = new Float32Array(6).fill(5);
  reference.matmul(new Float32Array(0), new Float32Array(0), out, oneProduct(2, 3, 0));
  expect(out).toEqual(new Float32Array(6));
});

test("accumulates float32 in double precision", () => {
  for (const [m, n] of [
    [1, 1],
    [2, 2],
    [5, 5],
  ] as const) {
    const a = new Float32Array(m * 5).map((_, i) => (i % 5 === 0 ? 2 ** 24 : 1));
    const b = new Float32Array(5 * n).fill(1);
    const out = new Float32Array(m * n);
    reference.matmul(a, b, out, oneProduct(m, n, 5));
    expect(out).toEqual(new Float32Array(m * n).fill(2 ** 24 + 4));
  }
});

test("NaN and infinity reach their own rows and columns only", () => {
  const size = 9;
  const a = new Float64Array(size * size).fill(1);
  const b = new Float64Array(size * size).fill(1);
  a[4 * size + 2] = Number.NaN;
  b[2 * size + 7] = Number.POSITIVE_INFINITY;
  const out = new Float64Array(size * size);
  reference.matmul(a, b, out, oneProduct(size, size, size));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      expect(out[i * size + j]).toBe(i === 4 ? Number.NaN : j === 7 ? Number.POSITIVE_INFINITY : size);
    }
  }
});
