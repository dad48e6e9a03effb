import type { Storage } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import type { ReduceKind } from "../kernels.ts";
import { largestMiddle } from "./extremum.ts";
import { sumMiddle } from "./sum.ts";

/** Reduces the middle axis of [outer, length, inner]. */
export type ReduceMiddle = (
  kind: ReduceKind,
  x: Storage,
  outer: number,
  length: number,
  inner: number,
  out: Storage,
) => void;

export function reduce(kind: ReduceKind, x: Storage, shape: Shape, axes: readonly number[], out: Storage): void {
  reduceBy(middle, kind, x, shape, axes, out);
}

/**
 * Merges neighbouring axes into groups, alternately kept and reduced, and reduces one group after another, the last one
 * first. What lies between two passes is in double precision for sums, so that they are rounded once.
 */
export function reduceBy(
  reduceMiddle: ReduceMiddle,
  kind: ReduceKind,
  x: Storage,
  shape: Shape,
  axes: readonly number[],
  out: Storage,
): void {
  if (x.length === 0) {
    out.fill(0);
    return;
  }
  if (x.length === out.length) {
    copy(x, out);
    return;
  }
  if (out.length === 1) {
    reduceMiddle(kind, x, 1, x.length, 1, out);
    return;
  }
  const { sizes, reduced } = groupsOf(shape, axes);
  const like = x.constructor as Float64ArrayConstructor;
  let from = x;
  let outer = x.length;
  let inner = 1;
  for (let g = sizes.length - 1; g >= 0; g--) {
    const size = sizes[g]!;
    outer /= size;
    if (reduced[g]) {
      // Groups alternate: before group 1, there can only be one that is kept.
      const to = g <= 1 ? out : new (kind === "sum" ? Float64Array : like)(outer * inner);
      reduceMiddle(kind, from, outer, size, inner, to);
      from = to;
    } else {
      inner *= size;
    }
  }
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

const middle: ReduceMiddle = (kind, x, outer, length, inner, out) => {
  if (kind === "sum") sumMiddle(x, outer, length, inner, out);
  else largestMiddle(kind === "max" ? 1 : -1, x, outer, length, inner, out);
};

function copy(x: Storage, out: Storage): void {
  if (x.length === 1) out[0] = x[0]!;
  else out.set(x);
}
