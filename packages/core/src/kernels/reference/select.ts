import type { Storage } from "../../dtype.ts";

/** The values of the selected, with the sign by which the largest comes first. */
let kept = new Float64Array(0);

/**
 * Fills `order` with the positions of the `count` elements of a row that come first in ascending or descending order; equal ones keep their
 * order, and NaN counts as the largest. The selected are held in order while the row goes by: most elements are only compared.
 */
export function selectFirst(
  x: Storage,
  start: number,
  step: number,
  length: number,
  descending: boolean,
  count: number,
  order: Int32Array,
): void {
  if (kept.length < count) kept = new Float64Array(count);
  const sign = descending ? 1 : -1;
  let filled = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let l = 0, i = start; l < length; l++, i += step) {
    const value = sign * x[i]!;
    // False for NaN on either side: those go the slow way.
    if (value <= last && filled === count) continue;
    let at = filled;
    while (at > 0 && precedes(value, kept[at - 1]!, descending)) at--;
    if (at === count) continue;
    if (filled < count) filled++;
    for (let j = filled - 1; j > at; j--) {
      kept[j] = kept[j - 1]!;
      order[j] = order[j - 1]!;
    }
    kept[at] = value;
    order[at] = l;
    last = kept[filled - 1]!;
  }
}

/** Whether a comes before b, strictly. */
function precedes(a: number, b: number, descending: boolean): boolean {
  if (Number.isNaN(a)) return descending && !Number.isNaN(b);
  return Number.isNaN(b) ? !descending : a > b;
}
