/** A square matrix as the product of triangular ones, rows permuted: P·A = L·U, both in one array, L with ones on its diagonal. */
export interface Lu {
  readonly n: number;
  readonly factors: Float64Array;
  /** Row i of P·A is this row of A. */
  readonly rows: Int32Array;
  /** Sign of the permutation. */
  readonly sign: 1 | -1;
}

/** LU decomposition with partial pivoting (Golub and Van Loan, "Matrix computations", algorithm 3.4.1). */
export function luOf(a: ArrayLike<number>, offset: number, n: number): Lu {
  const factors = new Float64Array(n * n);
  for (let i = 0; i < n * n; i++) factors[i] = a[offset + i]!;
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  let sign: 1 | -1 = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(factors[i * n + k]!) > Math.abs(factors[pivot * n + k]!)) pivot = i;
    }
    if (pivot !== k) {
      swapRows(factors, n, k, pivot);
      [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
      sign = sign === 1 ? -1 : 1;
    }
    const top = factors[k * n + k]!;
    if (top === 0) continue;
    for (let i = k + 1; i < n; i++) {
      const factor = factors[i * n + k]! / top;
      factors[i * n + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) factors[i * n + j]! -= factor * factors[k * n + j]!;
    }
  }
  return { n, factors, rows, sign };
}

/** In which order rows and columns give pivots. */
export interface PivotOrder {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** Sign of both permutations together. */
  readonly sign: 1 | -1;
  /** Whether there are as many pivots as were asked for. */
  readonly isComplete: boolean;
}

/**
 * The order of elimination with complete pivoting (Golub and Van Loan, "Matrix computations", algorithm 3.4.2), for the first
 * `count` pivots: each is the largest element of what is left. What is left of a difference but rounding counts as 0.
 */
export function pivotOrderOf(a: ArrayLike<number>, offset: number, n: number, count: number): PivotOrder {
  const left = new Float64Array(n * n);
  for (let i = 0; i < n * n; i++) left[i] = a[offset + i]!;
  const terms = left.map(Math.abs);
  const [rows, columns] = [Int32Array.from({ length: n }, (_, i) => i), Int32Array.from({ length: n }, (_, i) => i)];
  let sign: 1 | -1 = 1;
  const swap = (order: Int32Array, i: number, j: number): void => {
    if (i === j) return;
    [order[i], order[j]] = [order[j]!, order[i]!];
    sign = sign === 1 ? -1 : 1;
  };
  for (let k = 0; k < count; k++) {
    let [row, column] = [k, k];
    const at = (i: number, j: number): number => left[rows[i]! * n + columns[j]!]!;
    for (let i = k; i < n; i++) {
      for (let j = k; j < n; j++) if (Math.abs(at(i, j)) > Math.abs(at(row, column))) [row, column] = [i, j];
    }
    swap(rows, k, row);
    swap(columns, k, column);
    const pivot = at(k, k);
    if (pivot === 0) return { rows, columns, sign, isComplete: false };
    for (let i = k + 1; i < n; i++) {
      const factor = at(i, k) / pivot;
      for (let j = k + 1; j < n; j++) {
        const [place, term] = [rows[i]! * n + columns[j]!, factor * at(k, j)];
        left[place]! -= term;
        terms[place]! += Math.abs(term);
        if (Math.abs(left[place]!) <= n * Number.EPSILON * terms[place]!) left[place] = 0;
      }
    }
  }
  return { rows, columns, sign, isComplete: true };
}

function swapRows(a: Float64Array, n: number, i: number, j: number): void {
  for (let c = 0; c < n; c++) [a[i * n + c], a[j * n + c]] = [a[j * n + c]!, a[i * n + c]!];
}

/** Solves A·X = B for `columns` right-hand sides; a singular A gives infinities and NaN. */
export function luSolve({ n, factors, rows }: Lu, b: ArrayLike<number>, offset: number, columns: number): Float64Array {
  const x = new Float64Array(n * columns);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < columns; c++) x[i * columns + c] = b[offset + rows[i]! * columns + c]!;
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, columns, i, k, factors[i * n + k]!);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractRow(x, columns, i, k, factors[i * n + k]!);
    for (let c = 0; c < columns; c++) x[i * columns + c]! /= factors[i * n + i]!;
  }
  return x;
}

function subtractRow(x: Float64Array, columns: number, to: number, from: number, factor: number): void {
  if (factor === 0) return;
  for (let c = 0; c < columns; c++) x[to * columns + c]! -= factor * x[from * columns + c]!;
}
