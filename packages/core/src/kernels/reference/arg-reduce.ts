import type { Storage } from "../../dtype.ts";
import type { ArgReduceKind } from "../kernels.ts";

/** The smallest is the largest of the negated: `sign` is -1 for it. */
export function argReduce(
  kind: ArgReduceKind,
  x: Storage,
  outer: number,
  length: number,
  inner: number,
  out: Storage,
): void {
  const sign = kind === "max" ? 1 : -1;
  for (let o = 0, start = 0; o < outer; o++, start += length * inner) {
    for (let c = 0; c < inner; c++) out[o * inner + c] = argLargest(sign, x, start + c, inner, length);
  }
}

function argLargest(sign: number, x: Storage, start: number, step: number, length: number): number {
  let at = 0;
  let best = Number.NEGATIVE_INFINITY;
  for (let l = 0, i = start; l < length; l++, i += step) {
    const value = sign * x[i]!;
    if (value > best) {
      best = value;
      at = l;
    } else if (Number.isNaN(value)) {
      return l;
    }
  }
  return at;
}
