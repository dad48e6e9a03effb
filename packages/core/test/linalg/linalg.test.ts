import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as core from "../../src/index.ts";
import {
  type AnyTensor,
  add,
  allClose,
  det,
  eigh,
  eye,
  grad,
  hessian,
  inverse,
  jvp,
  key,
  matmul,
  matrixPower,
  mul,
  normal,
  qr,
  slogdet,
  solve,
  sort,
  sum,
  svd,
  tensor,
  transpose,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
/** A random matrix, shifted away from singular ones. */
function matrix(n: number, seed: number): AnyTensor {
  return add(normal(key(seed), [n, n], f64), mul(eye(n, undefined, f64), 3)) as AnyTensor;
}
const cases = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat());
const near = (a: AnyTensor, b: AnyTensor): boolean => allClose(a, b, { rtol: 1e-9, atol: 1e-9 });

type Polynomial = readonly number[];

/** The coefficients of the determinant of a matrix of polynomials, by its first row (Laplace). */
function coefficients(rows: readonly (readonly Polynomial[])[]): Polynomial {
  const [first, ...rest] = rows;
  if (first === undefined) return [1];
  const sum: number[] = [];
  first.forEach((factor, column) => {
    const minor = coefficients(rest.map((row) => row.toSpliced(column, 1)));
    factor.forEach((x, i) => {
      minor.forEach((y, j) => {
        sum[i + j] = (sum[i + j] ?? 0) + (column % 2 === 0 ? x * y : -x * y);
      });
    });
  });
  return sum;
}

describe("for random matrices", () => {
  test("solve solves, and inverse inverts", () => {
    fc.assert(
      fc.property(cases, ([n, seed]) => {
        const [a, b] = [matrix(n, seed), normal(key(seed + 1), [n, 2], f64) as AnyTensor];
        expect(near(matmul(a, solve(a, b)), b)).toBe(true);
        expect(near(matmul(inverse(a), a), eye(n, undefined, f64))).toBe(true);
      }),
    );
  });

  test("determinants multiply, and slogdet agrees", () => {
    fc.assert(
      fc.property(cases, ([n, seed]) => {
        const [a, b] = [matrix(n, seed), matrix(n, seed + 1)];
        expect(near(det(matmul(a, b)), mul(det(a), det(b)) as AnyTensor)).toBe(true);
        const [sign, log] = slogdet(a);
        expect(sign.item() * Math.exp(log.item())).toBeCloseTo(det(a).item(), 6);
      }),
    );
  });

  test("QR is orthonormal and upper triangular, with a diagonal of 0 or more", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 3 }), ([n, seed], more) => {
        const a = normal(key(seed), [n + more, n], f64) as AnyTensor;
        const [q, r] = qr(a);
        expect(near(matmul(q, r), a)).toBe(true);
        expect(near(matmul(q, q, { transposeA: true }), eye(n, undefined, f64))).toBe(true);
        const rows = r.toArray() as number[][];
        rows.forEach((row, i) => {
          expect(row[i]).toBeGreaterThanOrEqual(0);
          expect(row.slice(0, i).every((value) => value === 0)).toBe(true);
        });
      }),
    );
  });

  test("eigenvalues rise, and eigenvectors are orthonormal and rebuild the matrix", () => {
    fc.assert(
      fc.property(cases, ([n, seed]) => {
        const half = matrix(n, seed);
        const a = add(half, transpose(half)) as AnyTensor;
        const [w, v] = eigh(a);
        expect(near(matmul(mul(v, w), v, { transposeB: true }), a)).toBe(true);
        expect(near(matmul(v, v, { transposeA: true }), eye(n, undefined, f64))).toBe(true);
        expect(near(w, sort(w)[0] as AnyTensor)).toBe(true);
      }),
    );
  });

  test("singular vectors are orthonormal and rebuild the matrix, also one of lower rank", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), ([n, seed], m, rank) => {
        const left = normal(key(seed), [m, rank], f64) as AnyTensor;
        const a = matmul(left, normal(key(seed + 1), [rank, n], f64)) as AnyTensor;
        const [u, s, vt] = svd(a);
        const r = Math.min(m, n);
        expect(near(matmul(mul(u, s), vt), a)).toBe(true);
        expect(near(matmul(u, u, { transposeA: true }), eye(r, undefined, f64))).toBe(true);
        expect(near(matmul(vt, vt, { transposeB: true }), eye(r, undefined, f64))).toBe(true);
        const values = s.toArray() as number[];
        expect(values.every((x, i) => x >= (values[i + 1] ?? 0))).toBe(true);
      }),
    );
  });

  test("of equal eigenvalues, the sum has a gradient", () => {
    const ones = grad((a: AnyTensor) => sum(eigh(a)[0]) as never)(eye(3, undefined, f64) as AnyTensor);
    expect(near(ones as AnyTensor, eye(3, undefined, f64))).toBe(true);
  });

  test("what is not finite is refused by name", () => {
    expect(() => eigh(tensor([[Number.NaN]]))).toThrow(/eigh: a matrix holds NaN/);
    expect(() => svd(tensor([[Number.POSITIVE_INFINITY]]))).toThrow(/svd: a matrix holds Infinity/);
  });

  test("powers are repeated products, negative ones of the inverse", () => {
    const a = matrix(3, 5);
    expect(near(matrixPower(a, 0), eye(3, undefined, f64))).toBe(true);
    expect(near(matrixPower(a, 5), matmul(a, matmul(a, matmul(a, matmul(a, a)))))).toBe(true);
    expect(near(matmul(matrixPower(a, -3), matrixPower(a, 3)), eye(3, undefined, f64))).toBe(true);
  });
});

describe("singular matrices", () => {
  const singular = tensor(
    [
      [1, 2],
      [2, 4],
    ],
    f64,
  ) as AnyTensor;

  test("have the determinant 0, with the gradient of the polynomial", () => {
    expect(det(singular).item()).toBe(0);
    expect(grad((a: AnyTensor) => det(a))(singular).toArray()).toEqual([
      [4, -2],
      [-2, 1],
    ]);
    const zeros = tensor(
      [
        [0, 0],
        [0, 0],
      ],
      f64,
    ) as AnyTensor;
    expect((hessian((a: AnyTensor) => det(a))(zeros) as AnyTensor).data()[3]).toBe(1);
  });

  test("of any size have the derivatives of the polynomial, at every order down to rank n − 3", () => {
    const wholes = (rows: number, columns: number) =>
      fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      });
    const matrices = fc
      .tuple(fc.integer({ min: 4, max: 6 }), fc.integer({ min: 0, max: 4 }))
      .chain(([n, missing]) => fc.tuple(wholes(n, n - missing), wholes(n - missing, n), wholes(n, n)));
    fc.assert(
      fc.property(matrices, ([left, right, direction]) => {
        const n = left.length;
        const a = direction.map((_, i) =>
          direction.map((_, j) => left[i]!.reduce((s, x, k) => s + x * right[k]![j]!, 0)),
        );
        const wanted = coefficients(a.map((row, i) => row.map((x, j) => [x, direction[i]![j]!])));
        const [at, along] = [tensor(a, f64), tensor(direction, f64)];
        let forward = (t: AnyTensor): AnyTensor => det(add(at, mul(along, t)) as AnyTensor);
        let reverse = forward;
        const rank = (svd(at)[1].toArray() as number[]).filter((s) => s > 1e-9).length;
        let factorial = 1;
        const scale = Math.max(1, ...wanted.map(Math.abs));
        for (let order = 0; order <= (rank < n - 3 ? 3 : n); order++) {
          factorial *= Math.max(order, 1);
          const expected = factorial * (wanted[order] ?? 0);
          const zero = tensor(0, f64) as AnyTensor;
          expect(Math.abs((forward(zero).item() as number) - expected)).toBeLessThan(1e-9 * factorial * scale);
          if (order < 4)
            expect(Math.abs((reverse(zero).item() as number) - expected)).toBeLessThan(1e-9 * factorial * scale);
          const [f, g] = [forward, reverse];
          forward = (t) => jvp(f)(t, tensor(1, f64) as never).tangent as AnyTensor;
          reverse = grad(g) as (t: AnyTensor) => AnyTensor;
        }
      }),
      { numRuns: 15 },
    );
  });

  test("stand beside others in a batch, in float32 too", () => {
    const [zero, one] = [core.zeros([5, 5]), eye(5)];
    const batch = core.stack([zero, one, core.mul(one, tensor([1, 2, 3, 4, 0]))]) as AnyTensor;
    expect(det(batch).toArray()).toEqual([0, 1, 0]);
    const gradient = grad((a: AnyTensor) => sum(det(a)))(batch);
    expect(gradient.dtype).toBe("float32");
    expect(core.sum(gradient, [-2, -1]).toArray()).toEqual([0, 5, 24]);
    expect(core.slice(gradient, [2, 4]).toArray()).toEqual([0, 0, 0, 0, 24]);
  });

  test("are not taken for what is only scaled badly", () => {
    const scales = [1e10, 1e-10, 1e-12, 1e-9, 1e-10];
    const diagonal = mul(eye(5, undefined, f64), tensor(scales, f64)) as AnyTensor;
    const close = (actual: number, expected: number): void => expect(actual / expected).toBeCloseTo(1, 12);
    close(det(diagonal).item() as number, 1e-31);
    const gradient = core.diagonal(grad((a: AnyTensor) => det(a))(diagonal)).toArray() as number[];
    for (const [i, slope] of gradient.entries()) close(slope, 1e-31 / scales[i]!);
  });

  test("have no inverse and no log determinant, and do not pretend to", () => {
    expect([...inverse(singular).data()].every(Number.isFinite)).toBe(false);
    expect(slogdet(singular).map((part) => part.item())).toEqual([0, Number.NEGATIVE_INFINITY]);
  });
});

test("batches broadcast", () => {
  const a = normal(key(1), [4, 2, 2], f64) as AnyTensor;
  const b = normal(key(2), [2, 1], f64) as AnyTensor;
  const x = solve(a, b);
  expect(x.shape).toEqual([4, 2, 1]);
  expect(near(sum(matmul(a, x)), mul(sum(b), 4) as AnyTensor)).toBe(true);
});
