import type { Storage } from "../../dtype.ts";

/** Running sums along the middle axis of [outer, length, inner], kept in double precision until they are stored. */
export function cumulativeSum(
  x: Storage,
  outer: number,
  length: number,
  inner: number,
  reverse: boolean,
  out: Storage,
): void {
  const step = reverse ? -inner : inner;
  const first = reverse ? (length - 1) * inner : 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let at = o * length * inner + first + i;
      let sum = 0;
      for (let l = 0; l < length; l++, at += step) {
        sum += x[at]!;
        out[at] = sum;
      }
    }
  }
}
