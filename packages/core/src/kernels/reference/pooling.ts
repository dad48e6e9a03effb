import type { Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { PoolPlan } from "../kernels.ts";

export function maxPool(
  x: Storage,
  { planes, input, windows }: PoolPlan,
  values: Storage,
  positions: Int32Array,
): void {
  const [, height, width] = input as [number, number, number];
  const [deep, high, wide] = windows;
  const area = sizeOf(input);
  for (let p = 0, o = 0; p < planes; p++) {
    const plane = p * area;
    for (let d = 0; d < deep.starts.length; d++) {
      for (let h = 0; h < high.starts.length; h++) {
        for (let w = 0; w < wide.starts.length; w++, o++) {
          const [top, left] = [high.starts[h]!, wide.starts[w]!];
          const [bottom, right] = [high.ends[h]!, wide.ends[w]!];
          let place = (deep.starts[d]! * height + top) * width + left;
          let best = x[plane + place]!;
          for (let i = deep.starts[d]!; i < deep.ends[d]!; i += deep.step) {
            for (let j = top; j < bottom; j += high.step) {
              const row = (i * height + j) * width;
              for (let k = left; k < right; k += wide.step) {
                const value = x[plane + row + k]!;
                // What is not smaller or equal is larger, or NaN; nothing comes after a NaN.
                if (!(value <= best) && !Number.isNaN(best)) {
                  best = value;
                  place = row + k;
                }
              }
            }
          }
          values[o] = best;
          positions[o] = place;
        }
      }
    }
  }
}

/** Calls `visit` for each window with its number and its places: the positions of its elements in all of x. */
function eachWindow({ planes, input, windows }: PoolPlan, visit: (window: number, places: number[]) => void): void {
  const [, height, width] = input as [number, number, number];
  const [deep, high, wide] = windows;
  const area = sizeOf(input);
  for (let p = 0, o = 0; p < planes; p++) {
    for (let d = 0; d < deep.starts.length; d++) {
      for (let h = 0; h < high.starts.length; h++) {
        for (let w = 0; w < wide.starts.length; w++, o++) {
          const places: number[] = [];
          for (let i = deep.starts[d]!; i < deep.ends[d]!; i += deep.step) {
            for (let j = high.starts[h]!; j < high.ends[h]!; j += high.step) {
              const row = p * area + (i * height + j) * width;
              for (let k = wide.starts[w]!; k < wide.ends[w]!; k += wide.step) places.push(row + k);
            }
          }
          visit(o, places);
        }
      }
    }
  }
}

/** Sums are kept in double precision until they are stored. */
export function sumPool(x: Storage, plan: PoolPlan, out: Storage): void {
  eachWindow(plan, (o, places) => {
    let sum = 0;
    for (const place of places) sum += x[place]!;
    out[o] = sum;
  });
}

export function spreadPool(y: Storage, plan: PoolPlan, out: Storage): void {
  const sums = out instanceof Float32Array ? new Float64Array(out.length) : out;
  eachWindow(plan, (o, places) => {
    for (const place of places) sums[place]! += y[o]!;
  });
  if (sums !== out) out.set(sums);
}
