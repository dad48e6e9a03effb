import type { Storage } from "../../dtype.ts";
import { sumMiddle } from "./sum.ts";

/**
 * The units of [outer, units, inner], each over outer and inner, shifted to mean 0, and multiplied by 1/√(variance + eps), which are the
 * `scales`. What a mean misses is found as the mean of the differences from it (Chan, Golub and LeVeque, "Algorithms for computing the
 * sample variance", 1983).
 */
export function standardize(
  x: Storage,
  outer: number,
  inner: number,
  eps: number,
  out: Storage,
  scales: Storage,
): void {
  const { each, mean } = unitsOf(outer, scales.length, inner);
  for (let unit = 0; unit < scales.length; unit++) {
    const first = mean(unit, (i) => x[i]!);
    const center = first + mean(unit, (i) => x[i]! - first);
    const scale = 1 / Math.sqrt(mean(unit, (i) => (x[i]! - center) ** 2) + eps);
    scales[unit] = scale;
    each(unit, (i) => {
      out[i] = (x[i]! - center) * scale;
    });
  }
}

/** Products of units v with the Jacobian of `standardize`, s (I − 1 1ᵀ/n − y yᵀ/n). A factor of 0 gives 0. */
export function standardizeJacobian(
  y: Storage,
  scales: Storage,
  v: Storage,
  outer: number,
  inner: number,
  out: Storage,
): void {
  const { each, mean } = unitsOf(outer, scales.length, inner);
  for (let unit = 0; unit < scales.length; unit++) {
    const center = mean(unit, (i) => v[i]!);
    const slope = mean(unit, (i) => product(y[i]!, v[i]!));
    each(unit, (i) => {
      out[i] = product(scales[unit]!, v[i]! - center - product(y[i]!, slope));
    });
  }
}

/** The places of a unit, one after another, and means over them, summed in pairs. */
function unitsOf(outer: number, units: number, inner: number) {
  const [terms, sum] = [new Float64Array(outer * inner), new Float64Array(1)];
  const each = (unit: number, run: (i: number, nth: number) => void): void => {
    for (let o = 0, nth = 0; o < outer; o++) {
      const start = (o * units + unit) * inner;
      for (let i = start; i < start + inner; i++) run(i, nth++);
    }
  };
  const mean = (unit: number, term: (i: number) => number): number => {
    each(unit, (i, nth) => {
      terms[nth] = term(i);
    });
    sumMiddle(terms, 1, terms.length, 1, sum);
    return sum[0]! / terms.length;
  };
  return { each, mean };
}

const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
