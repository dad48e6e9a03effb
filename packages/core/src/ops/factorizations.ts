import { arange, eye } from "../create.ts";
import { allocate, toFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { choleskyOf, qrOf } from "../kernels/reference/factorizations.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import { showShape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { greater, greaterEqual } from "./comparison.ts";
import { gemm } from "./gemm.ts";
import { solve, squareSize, transposed } from "./linear-systems.ts";
import { reshape } from "./movement.ts";

/** Column − row of each element of an n×n matrix compared with 0, as numbers of 1 and 0. */
function triangle(like: AnyTensor, compare: typeof greater): AnyTensor {
  const n = like.shape.at(-1)!;
  const places = arange(n, undefined, 1, { dtype: "int32" }) as AnyTensor;
  const rows = reshape(places, [n, 1]) as AnyTensor;
  return cast((compare as (a: AnyTensor, b: AnyTensor) => AnyTensor)(rows, places), like.dtype) as AnyTensor;
}

/** The lower triangle with the diagonal halved: what a symmetric matrix S = Φ + Φᵀ is made of. */
function halved(x: AnyTensor): AnyTensor {
  const below = triangle(x, greater);
  const half = mul(cast(eye(x.shape.at(-1)!), x.dtype) as AnyTensor, 0.5) as AnyTensor;
  return mul(x, add(below, half)) as AnyTensor;
}

/** (x + xᵀ) / 2 */
const symmetric = (x: AnyTensor): AnyTensor => mul(add(x, transposed(x)), 0.5) as AnyTensor;

/**
 * Lower triangles L with A = L·Lᵀ, of symmetric positive definite matrices A [..., n, n]. The lower triangle of A is read; the gradient
 * is symmetric (Murray, "Differentiation of the Cholesky decomposition", 2016).
 * @throws ShapeError unless A is square; ArgumentError when a matrix is not positive definite.
 * @example
 * cholesky(tensor([[4, 2], [2, 5]])).toArray(); // [[2, 0], [1, 2]]
 */
export const cholesky: (a: AnyTensor) => AnyTensor = defineOp<(a: AnyTensor) => AnyTensor>({
  name: "cholesky",
  parse: (a: AnyTensor) => {
    checkTensor("cholesky", a, 0);
    squareSize("cholesky", a);
    // The decomposition is one of the symmetric part: that is what makes its gradient symmetric.
    return { inputs: [symmetric(cast(a, toFloat(a.dtype)) as AnyTensor)], attributes: {} };
  },
  infer: ([a]) => a!,
  forward: ([a], _, [result]) => {
    const { shape, dtype } = result!;
    const out = allocate(dtype, sizeOf(shape));
    const n = shape.at(-1)!;
    const factor = new Float64Array(n * n);
    for (let i = 0; i < out.length; i += n * n) {
      if (!choleskyOf(storageOf(a!), i, n, factor)) {
        throw new ArgumentError(
          "cholesky",
          `a matrix of ${showShape(shape)} is not positive definite`,
          "add a multiple of the identity",
        );
      }
      out.set(factor, i);
    }
    return out;
  },
  // dA = L (P + Pᵀ) Lᵀ with P = L⁻¹ dL, lower triangular.
  vjp: [
    ([g], { output }) => {
      const inner = halved(gemm(output, g!, { transposeA: true }) as AnyTensor);
      const left = solve(transposed(output), inner);
      return symmetric(transposed(solve(transposed(output), transposed(left))));
    },
  ],
  jvp: [
    (t, { output }) => {
      const left = solve(output, symmetric(t));
      return gemm(output, halved(transposed(solve(output, transposed(left)))));
    },
  ],
  // Golub and Van Loan, "Matrix Computations", 4.2.
  flops: ({ inputs: [a] }) => (sizeOf(a!.shape) * a!.shape.at(-1)!) / 3,
  batch: "same",
  samples: [
    { args: [draw([2, 2], { definite: true })] },
    { args: [draw([2, 3, 3], { definite: true })] },
    { args: [draw([0, 0])] },
  ],
  errors: [
    { args: [draw([2, 3])], error: ShapeError, message: /cholesky: \[2, 3\] holds no square matrices/ },
    {
      args: [draw([1, 1], { low: -2, high: -1 })],
      error: ArgumentError,
      message: /cholesky: a matrix of \[1, 1\] is not positive definite/,
    },
  ],
});

/**
 * Q with orthonormal columns and upper triangular R, of nonnegative diagonal, with A = Q·R, for matrices A [..., m, n] with m ≥ n: Q is
 * [..., m, n] and R [..., n, n]. Differentiable where A has full rank (Walter and Lehmann, "Algorithmic differentiation of linear
 * algebra functions", 2018).
 * @throws ShapeError for matrices wider than high.
 * @example
 * qr(tensor([[3], [4]])).map((part) => part.toArray()); // [[[0.6000000238418579], [0.800000011920929]], [[5]]]
 */
export const qr: (a: AnyTensor) => readonly [q: AnyTensor, r: AnyTensor] = defineOp<
  (a: AnyTensor) => readonly [q: AnyTensor, r: AnyTensor]
>({
  name: "qr",
  parse: (a: AnyTensor) => {
    checkTensor("qr", a, 0);
    const [m = 0, n = 1] = a.shape.slice(-2);
    if (a.rank < 2 || m < n) {
      throw new ShapeError(
        "qr",
        `${showShape(a.shape)} holds no matrices as high as wide`,
        "transpose it, and the result",
      );
    }
    return { inputs: [cast(a, toFloat(a.dtype)) as AnyTensor], attributes: {} };
  },
  infer: ([a]) => {
    const n = a!.shape.at(-1)!;
    return [
      { shape: a!.shape, dtype: a!.dtype },
      { shape: [...a!.shape.slice(0, -2), n, n], dtype: a!.dtype },
    ];
  },
  forward: ([a], _, [first, second]) => {
    const [m, n] = a!.shape.slice(-2) as [number, number];
    const [qs, rs] = [allocate(first!.dtype, sizeOf(first!.shape)), allocate(second!.dtype, sizeOf(second!.shape))];
    for (let i = 0; i * n * n < rs.length; i++) {
      const { q, r } = qrOf(storageOf(a!), i * m * n, m, n);
      qs.set(q, i * m * n);
      rs.set(r, i * n * n);
    }
    return [qs, rs];
  },
  vjp: [
    ([gq, gr], { outputs: [q, r] }) => {
      // M = R·Ḡᵣᵀ − Ḡqᵀ·Q; the gradient is (Ḡq + Q·copyltu(M))·R⁻ᵀ.
      const m = sub(gemm(r!, gr!, { transposeB: true }), gemm(gq!, q!, { transposeA: true })) as AnyTensor;
      const below = triangle(m, greater);
      const lower = mul(m, triangle(m, greaterEqual)) as AnyTensor;
      const both = add(lower, transposed(mul(m, below) as AnyTensor)) as AnyTensor;
      const inner = add(gq!, gemm(q!, both)) as AnyTensor;
      return transposed(solve(r!, transposed(inner)));
    },
  ],
  jvp: [
    (t, { outputs: [q, r] }) => {
      const c = transposed(solve(transposed(r!), transposed(t)));
      const inner = gemm(q!, c, { transposeA: true }) as AnyTensor;
      const below = mul(inner, triangle(inner, greater)) as AnyTensor;
      const turn = sub(below, transposed(below)) as AnyTensor;
      const dq = add(gemm(q!, sub(turn, inner) as AnyTensor), c) as AnyTensor;
      return [dq, gemm(sub(inner, turn) as AnyTensor, r!) as AnyTensor];
    },
  ],
  // Of R, and as many of Q (Golub and Van Loan, "Matrix Computations", 5.2).
  flops: ({ inputs: [a] }) => {
    const [m, n] = a!.shape.slice(-2) as [number, number];
    return m === 0 ? 0 : 4 * (sizeOf(a!.shape) / m) * n * (m - n / 3);
  },
  batch: "same",
  samples: [
    { args: [draw([3, 2], { regular: true })] },
    { args: [draw([2, 2], { regular: true })] },
    { args: [draw([2, 4, 3], { regular: true })] },
  ],
  errors: [{ args: [draw([2, 3])], error: ShapeError, message: /qr: \[2, 3\] holds no matrices as high as wide/ }],
});
