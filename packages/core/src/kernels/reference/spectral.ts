/** Sweeps after which an iteration that has not converged stops: six to ten are usual. */
const SWEEPS = 60;

/** Cosine and sine of the rotation that makes the off-diagonal c of [[a, c], [c, b]] zero (Golub and Van Loan, section 8.5.2). */
function rotation(a: number, b: number, c: number): [cosine: number, sine: number] {
  const theta = (b - a) / (2 * c);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(t, 1);
  return [cosine, t * cosine];
}

/** Rotates two strided vectors of a matrix into each other. */
function rotate(a: Float64Array, p: number, q: number, stride: number, length: number, c: number, s: number): void {
  for (let k = 0; k < length; k++) {
    const [x, y] = [a[p + k * stride]!, a[q + k * stride]!];
    a[p + k * stride] = c * x - s * y;
    a[q + k * stride] = s * x + c * y;
  }
}

/** √Σx² */
const frobenius = (a: Float64Array): number => a.reduce((norm, x) => Math.hypot(norm, x), 0);

/** The identity of size n. */
function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}

/** Indices in the order of their values. */
const orderOf = (values: ArrayLike<number>, sign: 1 | -1): number[] =>
  Array.from(values, (_, i) => i).sort((i, j) => sign * (values[i]! - values[j]!));

/** 1, or −1 where the component of largest magnitude of a column is negative. */
function signOf(a: Float64Array, column: number, columns: number): 1 | -1 {
  let largest = 0;
  for (let i = column; i < a.length; i += columns) if (Math.abs(a[i]!) > Math.abs(largest)) largest = a[i]!;
  return largest < 0 ? -1 : 1;
}

/** The columns of a [rows, columns] in an order, each times a sign. */
function arranged(a: Float64Array, order: readonly number[], signs: readonly number[]): Float64Array {
  const columns = order.length;
  return a.map((_, k) => {
    const [row, to] = [Math.floor(k / columns), k % columns];
    return signs[to]! * a[row * columns + order[to]!]!;
  });
}

/**
 * Eigenvalues in rising order, and eigenvectors as columns, of a symmetric n×n matrix, by cyclic Jacobi rotations (Golub and Van Loan,
 * "Matrix computations", section 8.5). The component of largest magnitude of a vector is positive.
 */
export function eighOf(a: ArrayLike<number>, offset: number, n: number): { w: Float64Array; v: Float64Array } {
  const work = Float64Array.from({ length: n * n }, (_, i) => a[offset + i]!);
  const vectors = identity(n);
  const negligible = (Number.EPSILON * frobenius(work)) / Math.max(n, 1);
  for (let sweep = 0, rotated = true; rotated && sweep < SWEEPS; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [app, aqq, apq] = [work[p * n + p]!, work[q * n + q]!, work[p * n + q]!];
        if (Math.abs(apq) <= negligible) continue;
        rotated = true;
        const [c, s] = rotation(app, aqq, apq);
        rotate(work, p, q, n, n, c, s);
        rotate(work, p * n, q * n, 1, n, c, s);
        rotate(vectors, p, q, n, n, c, s);
      }
    }
  }
  const values = Float64Array.from({ length: n }, (_, i) => work[i * n + i]!);
  const order = orderOf(values, 1);
  const signs = order.map((column) => signOf(vectors, column, n));
  return { w: Float64Array.from(order, (i) => values[i]!), v: arranged(vectors, order, signs) };
}

/**
 * Singular values in falling order and both sets of vectors as columns, U [m, n] and V [n, n], of an m×n matrix with m ≥ n, by
 * one-sided Jacobi rotations (Hestenes, 1958; Golub and Van Loan, section 8.6.3). The component of largest magnitude of a column of V
 * is positive.
 */
export function svdOf(a: Float64Array, m: number, n: number): { u: Float64Array; s: Float64Array; v: Float64Array } {
  const [work, right] = [a.slice(), identity(n)];
  const negligible = (Number.EPSILON * frobenius(a)) ** 2;
  const dot = (p: number, q: number): number => {
    let sum = 0;
    for (let k = 0; k < m; k++) sum += work[k * n + p]! * work[k * n + q]!;
    return sum;
  };
  for (let sweep = 0, rotated = true; rotated && sweep < SWEEPS; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [pp, qq, pq] = [dot(p, p), dot(q, q), dot(p, q)];
        const orthogonal = Math.abs(pq) <= Number.EPSILON * Math.sqrt(pp) * Math.sqrt(qq);
        if (orthogonal || Math.min(pp, qq) <= negligible) continue;
        rotated = true;
        const [c, s] = rotation(pp, qq, pq);
        rotate(work, p, q, n, m, c, s);
        rotate(right, p, q, n, n, c, s);
      }
    }
  }
  const norms = Float64Array.from({ length: n }, (_, i) => Math.sqrt(dot(i, i)));
  const order = orderOf(norms, -1);
  const signs = order.map((column) => signOf(right, column, n));
  const s = Float64Array.from(order, (i) => norms[i]!);
  return { u: orthonormal(arranged(work, order, signs), s, m, n), s, v: arranged(right, order, signs) };
}

/** Columns over their norms; those of norm 0 become unit vectors that are orthogonal to all before. */
function orthonormal(a: Float64Array, norms: Float64Array, m: number, n: number): Float64Array {
  const tiny = Number.EPSILON * m * (norms[0] ?? 0);
  for (let j = 0; j < n; j++) {
    const found = norms[j]! > tiny ? columnOf(a, j, n).map((x) => x / norms[j]!) : completing(a, j, m, n);
    for (let i = 0; i < m; i++) a[i * n + j] = found[i]!;
  }
  return a;
}

const columnOf = (a: Float64Array, j: number, n: number): Float64Array =>
  Float64Array.from({ length: a.length / n }, (_, i) => a[i * n + j]!);

/** A unit vector orthogonal to the columns before j: the coordinate vector that keeps most of itself, by Gram and Schmidt, twice. */
function completing(a: Float64Array, j: number, m: number, n: number): Float64Array {
  let best = new Float64Array(m);
  let norm = 0;
  for (let axis = 0; axis < m; axis++) {
    const candidate = new Float64Array(m);
    candidate[axis] = 1;
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < j; k++) {
        const column = columnOf(a, k, n);
        const along = candidate.reduce((sum, x, i) => sum + x * column[i]!, 0);
        for (let i = 0; i < m; i++) candidate[i]! -= along * column[i]!;
      }
    }
    const length = frobenius(candidate);
    if (length > norm) [best, norm] = [candidate, length];
  }
  return best.map((x) => x / norm);
}
