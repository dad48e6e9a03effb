import type { Storage } from "../../dtype.ts";

/**
 * Along the middle axis of [outer, length, inner]. The largest element is taken out first, if it is finite; sums are in double precision.
 */
export function softmax(isLog: boolean, x: Storage, outer: number, length: number, inner: number, out: Storage): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const start = o * length * inner + c;
      const end = start + length * inner;
      let top = Number.NEGATIVE_INFINITY;
      for (let i = start; i < end; i += inner) top = Math.max(top, x[i]!);
      if (!Number.isFinite(top)) top = 0;
      let sum = 0;
      for (let i = start; i < end; i += inner) {
        const power = Math.exp(x[i]! - top);
        sum += power;
        if (!isLog) out[i] = power;
      }
      const logarithm = Math.log(sum);
      for (let i = start; i < end; i += inner) out[i] = isLog ? x[i]! - top - logarithm : out[i]! / sum;
    }
  }
}

/** Products of vectors along the middle axis with the Jacobian of softmax, diag(y) − y yᵀ. A factor of 0 gives 0. */
export function softmaxJacobian(
  y: Storage,
  v: Storage,
  outer: number,
  length: number,
  inner: number,
  out: Storage,
): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const start = o * length * inner + c;
      const end = start + length * inner;
      let mean = 0;
      for (let i = start; i < end; i += inner) mean += product(y[i]!, v[i]!);
      for (let i = start; i < end; i += inner) out[i] = product(y[i]!, v[i]! - mean);
    }
  }
}

const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
