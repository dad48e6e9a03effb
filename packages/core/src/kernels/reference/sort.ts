import type { Storage } from "../../dtype.ts";

/** Runs of this length are sorted by insertion, and then merged. */
const RUN = 12;

/** Sorted keys and where they come from; merging goes to and fro between the two pairs. They grow with the longest row. */
let keys = new Float64Array(0);
let order = new Int32Array(0);
let nextKeys = new Float64Array(0);
let nextOrder = new Int32Array(0);

export function sort(
  x: Storage,
  outer: number,
  length: number,
  inner: number,
  descending: boolean,
  values: Storage,
  indices: Storage,
): void {
  reserve(length);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const start = o * length * inner + c;
      sortRow(x, start, inner, length, descending);
      for (let l = 0, i = start; l < length; l++, i += inner) {
        const from = order[l]!;
        indices[i] = from;
        values[i] = x[start + from * inner]!;
      }
    }
  }
}

function reserve(length: number): void {
  if (keys.length >= length) return;
  keys = new Float64Array(length);
  order = new Int32Array(length);
  nextKeys = new Float64Array(length);
  nextOrder = new Int32Array(length);
}

/** Fills `order` with the positions of a row in sorted order. */
function sortRow(x: Storage, start: number, step: number, length: number, descending: boolean): void {
  // Descending order is ascending order of the negated, except that NaN then comes first. Equal ones keep their order.
  const sign = descending ? -1 : 1;
  let nans = 0;
  for (let l = 0, i = start; l < length; l++, i += step) if (Number.isNaN(x[i]!)) nans++;
  const begin = descending ? nans : 0;
  const end = begin + length - nans;
  let nextNaN = descending ? 0 : end;
  let next = begin;
  for (let l = 0, i = start; l < length; l++, i += step) {
    const key = sign * x[i]!;
    if (Number.isNaN(key)) {
      // Both, because either is the result in the end.
      order[nextNaN] = l;
      nextOrder[nextNaN++] = l;
    } else {
      keys[next] = key;
      order[next++] = l;
    }
  }
  for (let low = begin; low < end; low += RUN) insertionSort(low, Math.min(low + RUN, end));
  for (let width = RUN; width < end - begin; width *= 2) {
    for (let low = begin; low < end; low += 2 * width) {
      merge(low, Math.min(low + width, end), Math.min(low + 2 * width, end));
    }
    [keys, nextKeys] = [nextKeys, keys];
    [order, nextOrder] = [nextOrder, order];
  }
}

function insertionSort(low: number, high: number): void {
  for (let i = low + 1; i < high; i++) {
    const key = keys[i]!;
    const from = order[i]!;
    let j = i;
    for (; j > low && keys[j - 1]! > key; j--) {
      keys[j] = keys[j - 1]!;
      order[j] = order[j - 1]!;
    }
    keys[j] = key;
    order[j] = from;
  }
}

/** Merges two sorted runs, [low, middle) and [middle, high); the first wins a tie, which keeps equal keys in order. */
function merge(low: number, middle: number, high: number): void {
  const [from, fromOrder, to, toOrder] = [keys, order, nextKeys, nextOrder];
  let i = low;
  let j = middle;
  let o = low;
  while (i < middle && j < high) {
    const source = from[i]! <= from[j]! ? i++ : j++;
    to[o] = from[source]!;
    toOrder[o++] = fromOrder[source]!;
  }
  for (; i < middle; i++, o++) {
    to[o] = from[i]!;
    toOrder[o] = fromOrder[i]!;
  }
  for (; j < high; j++, o++) {
    to[o] = from[j]!;
    toOrder[o] = fromOrder[j]!;
  }
}
