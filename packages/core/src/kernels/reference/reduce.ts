import type { Storage } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import type { ReduceKind } from "../kernels.ts";

/**
 * Merges neighbouring axes into groups, alternately kept and reduced, and reduces the groups one after another, the last
 * one first. What lies between two passes is in double precision, so that the result is rounded once.
 */
export function reduce(kind: ReduceKind, x: Storage, shape: Shape, axes: readonly number[], out: Storage): void {
  if (x.length === 0) {
    out.fill(0);
    return;
  }
  const groups = groupsOf(shape, axes);
  let from = x;
  let inner = 1;
  let outer = x.length;
  for (let g = groups.sizes.length - 1; g >= 0; g--) {
    const size = groups.sizes[g]!;
    outer /= size;
    if (!groups.reduced[g]) {
      inner *= size;
      continue;
    }
    const last = g <= 1 && !(g === 1 && groups.reduced[0]);
    const to: Storage = last ? out : new Float64Array(outer * inner);
    if (kind === "sum") sumMiddle(from, outer, size, inner, to);
    else largestMiddle(kind === "max" ? 1 : -1, from, outer, size, inner, to);
    from = to;
  }
  if (from === x) out.set(x);
}

/** Sizes of groups of neighbouring axes, and whether each is reduced; they alternate. Axes of size 1 do not count. */
function groupsOf(shape: Shape, axes: readonly number[]): { sizes: number[]; reduced: boolean[] } {
  const sizes: number[] = [];
  const reduced: boolean[] = [];
  for (let axis = 0, next = 0; axis < shape.length; axis++) {
    const isReduced = axes[next] === axis;
    if (isReduced) next++;
    if (shape[axis] === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && reduced[last] === isReduced) {
      sizes[last]! *= shape[axis]!;
    } else {
      sizes.push(shape[axis]!);
      reduced.push(isReduced);
    }
  }
  return { sizes, reduced };
}

function sumMiddle(x: Storage, outer: number, length: number, inner: number, out: Storage): void {
  for (let o = 0, start = 0; o < outer; o++, start += length * inner) {
    for (let c = 0; c < inner; c++) {
      let sum = 0;
      for (let l = 0, i = start + c; l < length; l++, i += inner) sum += x[i]!;
      out[o * inner + c] = sum;
    }
  }
}

/** The smallest is the largest of the negated, negated: `sign` is -1 for it. `Math.max` keeps a NaN. */
function largestMiddle(sign: number, x: Storage, outer: number, length: number, inner: number, out: Storage): void {
  for (let o = 0, start = 0; o < outer; o++, start += length * inner) {
    for (let c = 0; c < inner; c++) {
      let best = sign * x[start + c]!;
      for (let l = 1, i = start + c + inner; l < length; l++, i += inner) best = Math.max(best, sign * x[i]!);
      out[o * inner + c] = sign * best;
    }
  }
}
