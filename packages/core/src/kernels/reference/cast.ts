import type { DType, Storage } from "../../dtype.ts";

export function cast(x: Storage, out: Storage, dtype: DType): void {
  if (dtype === "bool") toBool(x, out);
  else if (dtype === "int32") saturate(x, out, -2147483648, 2147483647);
  else if (dtype === "uint8") saturate(x, out, 0, 255);
  else out.set(x);
}

/** NaN counts as true, as in NumPy: it is not 0. */
function toBool(x: Storage, out: Storage): void {
  for (let i = 0; i < out.length; i++) out[i] = x[i] !== 0 ? 1 : 0;
}

function saturate(x: Storage, out: Storage, low: number, high: number): void {
  for (let i = 0; i < out.length; i++) {
    const value = x[i]!;
    // A typed array of integers truncates what it is given, and takes NaN for 0.
    out[i] = Math.min(Math.max(value, low), high);
  }
}
