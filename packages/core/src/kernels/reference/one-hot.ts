import type { Storage } from "../../dtype.ts";

/** `out` begins as zeros. */
export function oneHot(index: Storage, classes: number, out: Storage): number | undefined {
  for (let i = 0, start = 0; i < index.length; i++, start += classes) {
    const at = index[i]!;
    if (at < 0 || at >= classes) return at;
    out[start + at] = 1;
  }
  return undefined;
}
