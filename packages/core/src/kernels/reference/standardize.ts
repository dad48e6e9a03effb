import type { Storage } from "../../dtype.ts";
import { sumMiddle } from "./sum.ts";

/**
 * Rows of `length` shifted to mean 0, and multiplied by 1/√(variance + eps), which are the `scales`. What the mean of a row misses is found
 * as the mean of the differences from it (Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983).
 */
export function standardize(x: Storage, length: number, eps: number, out: Storage, scales: Storage): void {
  const mean = meanOver(length);
  for (let row = 0, start = 0; row < scales.length; row++, start += length) {
    const first = mean((i) => x[start + i]!);
    const center = first + mean((i) => x[start + i]! - first);
    const scale = 1 / Math.sqrt(mean((i) => (x[start + i]! - center) ** 2) + eps);
    scales[row] = scale;
    for (let i = start; i < start + length; i++) out[i] = (x[i]! - center) * scale;
  }
}

/** Products of rows v with the Jacobian of `standardize`, s (I − 1 1ᵀ/n − y yᵀ/n). A factor of 0 gives 0. */
export function standardizeJacobian(y: Storage, scales: Storage, v: Storage, length: number, out: Storage): void {
  const meanOf = meanOver(length);
  for (let row = 0, start = 0; row < scales.length; row++, start += length) {
    const mean = meanOf((i) => v[start + i]!);
    const slope = meanOf((i) => product(y[start + i]!, v[start + i]!));
    for (let i = start; i < start + length; i++) {
      out[i] = product(scales[row]!, v[i]! - mean - product(y[i]!, slope));
    }
  }
}

/** Means of so many terms, summed in pairs. */
function meanOver(length: number): (term: (i: number) => number) => number {
  const [terms, sum] = [new Float64Array(length), new Float64Array(1)];
  return (term) => {
    for (let i = 0; i < length; i++) terms[i] = term(i);
    sumMiddle(terms, 1, length, 1, sum);
    return sum[0]! / length;
  };
}

const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
