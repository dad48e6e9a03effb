/** |found − expected| / |expected|; a reference that is missing or infinite is an infinite error. */
export function relativeError(found: number, expected: number | "inf" | undefined): number {
  return typeof expected === "number" ? Math.abs(found - expected) / Math.abs(expected) : Infinity;
}
