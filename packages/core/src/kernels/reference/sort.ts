import type { Storage } from "../../dtype.ts";

export function sort(
  x: Storage,
  outer: number,
  length: number,
  inner: number,
  descending: boolean,
  values: Storage,
  indices: Storage,
): void {
  const sign = descending ? -1 : 1;
  let keys = new Float64Array(length);
  let order = new Int32Array(length);
  let nextKeys = new Float64Array(length);
  let nextOrder = new Int32Array(length);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const start = o * length * inner + c;
      // Descending order is ascending order of the negated; NaN then comes first instead of last.
      let nans = 0;
      for (let l = 0, i = start; l < length; l++, i += inner) if (Number.isNaN(x[i]!)) nans++;
      const begin = descending ? nans : 0;
      const end = begin + length - nans;
      let next = begin;
      let nextNaN = descending ? 0 : end;
      for (let l = 0, i = start; l < length; l++, i += inner) {
        if (Number.isNaN(x[i]!)) order[nextNaN++] = l;
        else {
          keys[next] = sign * x[i]!;
          order[next++] = l;
        }
      }
      nextOrder.set(order);
      for (let width = 1; width < end - begin; width *= 2) {
        for (let low = begin; low < end; low += 2 * width) {
          merge(keys, order, low, Math.min(low + width, end), Math.min(low + 2 * width, end), nextKeys, nextOrder);
        }
        [keys, nextKeys, order, nextOrder] = [nextKeys, keys, nextOrder, order];
      }
      for (let l = 0, i = start; l < length; l++, i += inner) {
        indices[i] = order[l]!;
        values[i] = x[start + order[l]! * inner]!;
      }
    }
  }
}

/** Merges two sorted runs, [low, middle) and [middle, high); the first wins a tie, which keeps the order stable. */
function merge(
  keys: Float64Array,
  order: Int32Array,
  low: number,
  middle: number,
  high: number,
  toKeys: Float64Array,
  toOrder: Int32Array,
): void {
  let i = low;
  let j = middle;
  for (let o = low; o < high; o++) {
    const first = j >= high || (i < middle && keys[i]! <= keys[j]!);
    const from = first ? i++ : j++;
    toKeys[o] = keys[from]!;
    toOrder[o] = order[from]!;
  }
}
