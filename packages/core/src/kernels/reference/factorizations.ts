/**
 * Lower triangle L of A = L·Lᵀ, of the lower triangle of A, row by row (Golub and Van Loan, "Matrix computations", section 4.2);
 * `false` when A is not positive definite.
 */
export function choleskyOf(a: ArrayLike<number>, offset: number, n: number, out: Float64Array): boolean {
  out.fill(0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[offset + i * n + j]!;
      for (let k = 0; k < j; k++) sum -= out[i * n + k]! * out[j * n + k]!;
      if (i > j) out[i * n + j] = sum / out[j * n + j]!;
      else if (sum > 0) out[i * n + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/**
 * Reduced QR of an m×n matrix by Householder reflections (Golub and Van Loan, "Matrix computations", section 5.2): Q [m, r] and R
 * [r, n] for r = min(m, n), with a diagonal of R that is 0 or more.
 */
export function qrOf(a: ArrayLike<number>, offset: number, m: number, n: number): { q: Float64Array; r: Float64Array } {
  const rank = Math.min(m, n);
  const work = Float64Array.from({ length: m * n }, (_, i) => a[offset + i]!);
  const full = new Float64Array(m * m);
  for (let i = 0; i < m; i++) full[i * m + i] = 1;
  for (let k = 0; k < rank; k++) {
    let norm = 0;
    for (let i = k; i < m; i++) norm = Math.hypot(norm, work[i * n + k]!);
    if (norm === 0) continue;
    const v = new Float64Array(m);
    for (let i = k; i < m; i++) v[i] = work[i * n + k]!;
    v[k]! += v[k]! >= 0 ? norm : -norm;
    let squared = 0;
    for (let i = k; i < m; i++) squared += v[i]! ** 2;
    reflectRows(work, n, v, k, m, 2 / squared);
    reflectColumns(full, m, v, k, 2 / squared);
  }
  const [q, r] = [new Float64Array(m * rank), new Float64Array(rank * n)];
  for (let k = 0; k < rank; k++) {
    const sign = work[k * n + k]! < 0 ? -1 : 1;
    for (let j = k; j < n; j++) r[k * n + j] = sign * work[k * n + j]!;
    for (let i = 0; i < m; i++) q[i * rank + k] = sign * full[i * m + k]!;
  }
  return { q, r };
}

/** a ← (1 − s·v·vᵀ)·a */
function reflectRows(a: Float64Array, columns: number, v: Float64Array, from: number, rows: number, s: number): void {
  for (let j = 0; j < columns; j++) {
    let dot = 0;
    for (let i = from; i < rows; i++) dot += v[i]! * a[i * columns + j]!;
    for (let i = from; i < rows; i++) a[i * columns + j]! -= s * dot * v[i]!;
  }
}

/** a ← a·(1 − s·v·vᵀ), for a square a */
function reflectColumns(a: Float64Array, size: number, v: Float64Array, from: number, s: number): void {
  for (let i = 0; i < size; i++) {
    let dot = 0;
    for (let k = from; k < size; k++) dot += a[i * size + k]! * v[k]!;
    for (let k = from; k < size; k++) a[i * size + k]! -= s * dot * v[k]!;
  }
}
