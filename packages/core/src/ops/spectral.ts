import { eye } from "../create.ts";
import { allocate, toFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { eighOf, svdOf } from "../kernels/reference/spectral.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import { showShape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { abs, add, div, mul, mulStrongZero, sub } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { gemm } from "./gemm.ts";
import { squareSize, transposed } from "./linear-systems.ts";
import { reshape } from "./movement.ts";
import { argmax, sum } from "./reduce.ts";

const times = (a: AnyTensor, b: AnyTensor): AnyTensor => gemm(a, b) as AnyTensor;
const timesTransposed = (a: AnyTensor, b: AnyTensor): AnyTensor => gemm(a, b, { transposeB: true }) as AnyTensor;
const transposedTimes = (a: AnyTensor, b: AnyTensor): AnyTensor => gemm(a, b, { transposeA: true }) as AnyTensor;
const plus = (a: AnyTensor, b: AnyTensor): AnyTensor => add(a, b) as AnyTensor;
const minus = (a: AnyTensor, b: AnyTensor): AnyTensor => sub(a, b) as AnyTensor;

/** Vectors [..., n] as rows [..., 1, n]. */
const asRow = (x: AnyTensor): AnyTensor => reshape(x, [...x.shape.slice(0, -1), 1, x.shape.at(-1)!]) as AnyTensor;

/** Vectors [..., n] as columns [..., n, 1]. */
const asColumn = (x: AnyTensor): AnyTensor => reshape(x, [...x.shape, 1]) as AnyTensor;

/** The identity for vectors [..., n]. */
const identityFor = (x: AnyTensor): AnyTensor => cast(eye(x.shape.at(-1)!), x.dtype) as AnyTensor;

/** Vectors [..., n] as diagonal matrices [..., n, n]. */
const diagonalMatrix = (x: AnyTensor): AnyTensor => mul(asRow(x), identityFor(x)) as AnyTensor;

/** Diagonals [..., n] of matrices [..., n, n]. */
const diagonalOf = (x: AnyTensor): AnyTensor => sum(mul(x, identityFor(x)) as AnyTensor, -1) as AnyTensor;

/** The columns of a matrix, each over its number; 0/0 is 0. */
const overColumns = (x: AnyTensor, s: AnyTensor): AnyTensor => mulStrongZero(x, div(1, asRow(s))) as AnyTensor;

/** x with each element (i, j) over w_j − w_i, and 0 on the diagonal; 0/0 is 0. */
function overGaps(x: AnyTensor, w: AnyTensor): AnyTensor {
  const identity = identityFor(w);
  const gaps = plus(minus(asRow(w), asColumn(w)), identity);
  return mulStrongZero(x, div(sub(1, identity), gaps)) as AnyTensor;
}

/** @throws ArgumentError for a matrix that holds NaN or an infinity: no iteration ends there. */
function checkFinite(name: string, storage: ArrayLike<number>): void {
  for (let i = 0; i < storage.length; i++) {
    if (!Number.isFinite(storage[i]!)) {
      throw new ArgumentError(name, `a matrix holds ${storage[i]}`, "look for where it came from before decomposing");
    }
  }
}

/**
 * Eigenvalues w [..., n], rising, and orthonormal eigenvectors, the columns of V [..., n, n], of the symmetric part of matrices A [..., n, n]:
 * A = V·diag(w)·Vᵀ. The component of largest magnitude of each vector is positive. Gradients of vectors exist only where all eigenvalues
 * differ, and are infinite or NaN elsewhere; those of values alone exist everywhere in reverse (Giles, "Collected matrix derivative results for forward and
 * reverse mode algorithmic differentiation", 2008).
 * @throws ShapeError unless A is square; ArgumentError when it is not finite.
 * @example
 * eigh(tensor([[2, 0], [0, 1]])).map((part) => part.toArray()); // [[1, 2], [[0, 1], [1, 0]]]
 */
export const eigh: (a: AnyTensor) => readonly [values: AnyTensor, vectors: AnyTensor] = defineOp<
  (a: AnyTensor) => readonly [values: AnyTensor, vectors: AnyTensor]
>({
  name: "eigh",
  parse: (a: AnyTensor) => {
    checkTensor("eigh", a, 0);
    squareSize("eigh", a);
    const float = cast(a, toFloat(a.dtype)) as AnyTensor;
    return { inputs: [mul(plus(float, transposed(float)), 0.5) as AnyTensor], attributes: {} };
  },
  infer: ([a]) => [
    { shape: a!.shape.slice(0, -1), dtype: a!.dtype },
    { shape: a!.shape, dtype: a!.dtype },
  ],
  forward: ([a], _, [first, second]) => {
    const n = a!.shape.at(-1)!;
    checkFinite("eigh", storageOf(a!));
    const [ws, vs] = [allocate(first!.dtype, sizeOf(first!.shape)), allocate(second!.dtype, sizeOf(second!.shape))];
    for (let i = 0; i * n < ws.length; i++) {
      const { w, v } = eighOf(storageOf(a!), i * n * n, n);
      ws.set(w, i * n);
      vs.set(v, i * n * n);
    }
    return [ws, vs];
  },
  vjp: [
    ([gw, gv], { outputs: [w, v] }) => {
      const inner = plus(diagonalMatrix(gw!), overGaps(transposedTimes(v!, gv!), w!));
      return timesTransposed(times(v!, inner), v!);
    },
  ],
  jvp: [
    (t, { outputs: [w, v] }) => {
      const inner = times(transposedTimes(v!, t), v!);
      return [diagonalOf(inner), times(v!, overGaps(inner, w!))];
    },
  ],
  // Vectors change their sign where another component becomes the largest.
  branches: ({ outputs: [, v] }) => (v!.size === 0 ? [] : [argmax(abs(v!), -2) as AnyTensor]),
  // Golub and Van Loan, "Matrix Computations", 8.3.
  flops: ({ inputs: [a] }) => 9 * sizeOf(a!.shape) * a!.shape.at(-1)!,
  batch: "same",
  samples: [
    { args: [draw([2, 2], { regular: true })] },
    { args: [draw([2, 3, 3], { regular: true })] },
    { args: [draw([0, 0])] },
  ],
  errors: [{ args: [draw([2, 3])], error: ShapeError, message: /eigh: \[2, 3\] holds no square matrices/ }],
});

/** Signature of `svd`. */
export type Svd = (a: AnyTensor) => readonly [u: AnyTensor, s: AnyTensor, vt: AnyTensor];

/**
 * Thin singular value decomposition A = U·diag(s)·Vᵀ of matrices A [..., m, n] with r = min(m, n): U [..., m, r], s [..., r] falling, Vᵀ
 * [..., r, n]. Gradients of U and Vᵀ exist only where all singular values differ and none is 0, and are infinite or NaN elsewhere; that of
 * s alone exists in reverse wherever none is 0 (Townsend, "Differentiating the singular value decomposition", 2016).
 * @throws ShapeError for no matrix; ArgumentError when it is not finite.
 * @example
 * svd(tensor([[0, 3], [2, 0]]))[1].toArray(); // [3, 2]
 */
export const svd: Svd = defineOp<Svd>({
  name: "svd",
  parse: (a: AnyTensor) => {
    checkTensor("svd", a, 0);
    if (a.rank < 2) throw new ShapeError("svd", `${showShape(a.shape)} holds no matrices`, "give [..., m, n]");
    return { inputs: [cast(a, toFloat(a.dtype)) as AnyTensor], attributes: {} };
  },
  infer: ([a]) => {
    const [batch, [m, n]] = [a!.shape.slice(0, -2), a!.shape.slice(-2) as [number, number]];
    const r = Math.min(m, n);
    return [
      [...batch, m, r],
      [...batch, r],
      [...batch, r, n],
    ].map((shape) => ({ shape, dtype: a!.dtype }));
  },
  forward: ([a], _, specs) => {
    const [m, n] = a!.shape.slice(-2) as [number, number];
    const [rows, columns] = m >= n ? [m, n] : [n, m];
    checkFinite("svd", storageOf(a!));
    const [us, ss, vts] = specs.map(({ shape, dtype }) => allocate(dtype, sizeOf(shape)));
    for (let i = 0; i * columns < ss!.length; i++) {
      const matrix = Float64Array.from(storageOf(a!).subarray(i * m * n, (i + 1) * m * n));
      const { u, s, v } = svdOf(m >= n ? matrix : flipped(matrix, m, n), rows, columns);
      ss!.set(s, i * columns);
      us!.set(m >= n ? u : v, i * m * columns);
      vts!.set(flipped(m >= n ? v : u, n, columns), i * n * columns);
    }
    return [us!, ss!, vts!];
  },
  vjp: [
    ([gu, gs, gvt], { outputs: [u, s, vt] }) => {
      const squares = mul(s!, s!) as AnyTensor;
      const [ugu, vgv] = [transposedTimes(u!, gu!), timesTransposed(vt!, gvt!)];
      const left = mul(overGaps(minus(ugu, transposed(ugu)), squares), asRow(s!)) as AnyTensor;
      const right = mul(asColumn(s!), overGaps(minus(vgv, transposed(vgv)), squares)) as AnyTensor;
      const within = times(times(u!, plus(plus(left, right), diagonalMatrix(gs!))), vt!);
      const outsideU = times(overColumns(minus(gu!, times(u!, ugu)), s!), vt!);
      const outsideV = timesTransposed(u!, overColumns(transposed(minus(gvt!, times(transposed(vgv), vt!))), s!));
      return plus(within, plus(outsideU, outsideV));
    },
  ],
  jvp: [
    (t, { outputs: [u, s, vt] }) => {
      const squares = mul(s!, s!) as AnyTensor;
      const inner = timesTransposed(transposedTimes(u!, t), vt!);
      const [scaled, scaledTransposed] = [mul(inner, asRow(s!)), mul(transposed(inner), asRow(s!))] as AnyTensor[];
      const turnU = overGaps(plus(scaled!, transposed(scaled!)), squares);
      const turnV = overGaps(plus(transposed(scaledTransposed!), scaledTransposed!), squares);
      const tv = timesTransposed(t, vt!);
      const ut = transposedTimes(t, u!);
      const du = plus(times(u!, turnU), overColumns(minus(tv, times(u!, inner)), s!));
      const dv = plus(transposedTimes(vt!, turnV), overColumns(minus(ut, transposedTimes(vt!, transposed(inner))), s!));
      return [du, diagonalOf(inner), transposed(dv)];
    },
  ],
  branches: ({ inputs: [a], outputs: [u, s, vt] }) => {
    if (s!.size === 0) return [];
    return [(a!.shape.at(-2)! >= a!.shape.at(-1)! ? argmax(abs(vt!), -1) : argmax(abs(u!), -2)) as AnyTensor];
  },
  // Golub and Van Loan, "Matrix Computations", 8.6.
  flops: ({ inputs: [a] }) => {
    const [small, large] = a!.shape.slice(-2).toSorted((x, y) => x - y) as [number, number];
    return large === 0 ? 0 : (sizeOf(a!.shape) / large) * (14 * large * small + 8 * small * small);
  },
  batch: "same",
  samples: [
    { args: [draw([3, 2], { regular: true })] },
    { args: [draw([2, 3], { regular: true })] },
    { args: [draw([2, 2, 2], { regular: true })] },
  ],
  errors: [{ args: [draw([3])], error: ShapeError, message: /svd: \[3\] holds no matrices/ }],
});

/** A matrix [m, n] as [n, m]. */
function flipped(a: Float64Array, m: number, n: number): Float64Array {
  return a.map((_, k) => a[(k % m) * n + Math.floor(k / m)]!);
}
