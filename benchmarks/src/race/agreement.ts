import { median } from "./statistics.ts";

/** The values that a peer came to, by step. */
export type Values = readonly (readonly (number | null)[])[];

/**
 * What is wrong with the values of each peer that is away from the median of all by more than the tolerance, relative to
 * the larger of the median and 1. No peer is taken at its word: where two are alone and differ, both are wrong.
 */
export function disagreements(valuesOf: ReadonlyMap<string, Values>, tolerance: number): Map<string, string> {
  const wrong = new Map<string, string>();
  const all = [...valuesOf.values()];
  for (const [peer, steps] of valuesOf) {
    steps.forEach((values, step) => {
      values.forEach((value, i) => {
        const finite = all.flatMap((other) => other[step]?.[i] ?? []);
        const middle = median(finite);
        if (value !== null && Math.abs(value - middle) <= tolerance * Math.max(1, Math.abs(middle))) return;
        if (wrong.has(peer)) return;
        wrong.set(peer, `step ${step + 1}, value ${i + 1}: ${value ?? "not finite"}, where the median is ${middle}`);
      });
    });
  }
  return wrong;
}
