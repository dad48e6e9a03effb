import type { Storage } from "../../dtype.ts";
import { selectFirst } from "./select.ts";
import { type SortKeys, sortKeys } from "./sort-keys.ts";

/** Runs of this length are sorted by insertion, and then merged. */
const RUN = 12;
/** From this length on digits are counted instead: a pass has its price however short the row is. */
const COUNTED = 256;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
/** Makes digits of signed keys order: what is negative comes first. */
const SIGN = 1 << 31;
/** Up to so many, elements are selected while the row goes by, if they are few of it. */
const FEW = 32;

/** Positions in sorted order; passes go to and fro between the two. They grow with the longest row. */
let order = new Int32Array(0);
let nextOrder = new Int32Array(0);
let nextWords = new Int32Array(0);
let lastWords = new Int32Array(0);
const counts = new Int32Array(DIGITS);

export function sort(
  x: Storage,
  outer: number,
  length: number,
  inner: number,
  descending: boolean,
  count: number,
  values: Storage,
  indices: Storage,
): void {
  if (order.length < length) {
    order = new Int32Array(length);
    nextOrder = new Int32Array(length);
    nextWords = new Int32Array(length);
    lastWords = new Int32Array(length);
  }
  const isFew = count <= FEW && 4 * count <= length;
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const start = o * length * inner + c;
      if (isFew) selectFirst(x, start, inner, length, descending, count, order);
      else sortRow(sortKeys(x, start, inner, length, descending), length);
      const positions = order;
      for (let l = 0, i = o * count * inner + c; l < count; l++, i += inner) {
        const from = positions[l]!;
        indices[i] = from;
        values[i] = x[start + from * inner]!;
      }
    }
  }
}

/** Fills `order` with the positions of a row in ascending order of their keys; equal ones keep their order. */
function sortRow({ high, low }: SortKeys, length: number): void {
  for (let l = 0; l < length; l++) order[l] = l;
  if (length < COUNTED) {
    mergeSort(high, low, length);
    return;
  }
  // Each pass keeps the order of the ones before it among equals.
  if (low === null) countDigits(high, length);
  else {
    countDigits(low, length);
    for (let l = 0; l < length; l++) lastWords[l] = high[order[l]!]!;
    countDigits(lastWords, length);
  }
}

/** Sorts by all digits of the words, which are those of the positions in `order`, from the last digit to the first. */
function countDigits(words: Int32Array, length: number): void {
  let from = words;
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    counts.fill(0);
    for (let l = 0; l < length; l++) counts[((from[l]! ^ SIGN) >>> shift) & (DIGITS - 1)]!++;
    let before = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const own = counts[digit]!;
      counts[digit] = before;
      before += own;
    }
    const to = from === nextWords ? lastWords : nextWords;
    const [positions, nextPositions] = [order, nextOrder];
    for (let l = 0; l < length; l++) {
      const word = from[l]!;
      const at = counts[((word ^ SIGN) >>> shift) & (DIGITS - 1)]!++;
      to[at] = word;
      nextPositions[at] = positions[l]!;
    }
    from = to;
    [order, nextOrder] = [nextOrder, order];
  }
}

function mergeSort(high: Int32Array, low: Int32Array | null, length: number): void {
  const isAfter = (a: number, b: number): boolean =>
    high[a] !== high[b] ? high[a]! > high[b]! : low !== null && low[a]! > low[b]!;
  for (let begin = 0; begin < length; begin += RUN) {
    const end = Math.min(begin + RUN, length);
    for (let i = begin + 1; i < end; i++) {
      const from = order[i]!;
      let j = i;
      for (; j > begin && isAfter(order[j - 1]!, from); j--) order[j] = order[j - 1]!;
      order[j] = from;
    }
  }
  for (let width = RUN; width < length; width *= 2) {
    for (let begin = 0; begin < length; begin += 2 * width) {
      const middle = Math.min(begin + width, length);
      const end = Math.min(begin + 2 * width, length);
      let [i, j] = [begin, middle];
      for (let o = begin; o < end; o++) {
        // The first run wins a tie.
        const isFirst = i < middle && (j >= end || !isAfter(order[i]!, order[j]!));
        nextOrder[o] = isFirst ? order[i++]! : order[j++]!;
      }
    }
    [order, nextOrder] = [nextOrder, order];
  }
}
