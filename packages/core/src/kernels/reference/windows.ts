import type { Storage } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import { nestOf } from "./axes.ts";

/** Sums are kept in double precision until they are stored. */
export function stridedAdd(x: Storage, shape: Shape, out: Storage, strides: readonly number[]): void {
  if (x.length === 0) return;
  const sums = out instanceof Float32Array ? Float64Array.from(out) : out;
  const { outer, rows, length, walks } = nestOf(shape, [strides]);
  const { starts, row, step } = walks[0]!;
  for (let t = 0, i = 0; t < outer; t++) {
    for (let r = 0; r < rows; r++) {
      let o = starts[t]! + r * row;
      for (let e = 0; e < length; e++, i++, o += step) sums[o]! += x[i]!;
    }
  }
  if (sums !== out) out.set(sums);
}
