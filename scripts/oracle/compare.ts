import type { AnyTensor } from "@tapegrad/core";
import { type StoredTensor, type Tolerance, toNumber } from "./schema.ts";

/** NaN equals NaN, and an infinity only itself. */
function closeTo(actual: number, expected: number, { rtol, atol }: Tolerance): boolean {
  if (Object.is(actual, expected) || actual === expected) return true;
  return Number.isFinite(expected) && Math.abs(actual - expected) <= atol + rtol * Math.abs(expected);
}

/** The first difference between a tensor and what a case expects, in words; `undefined` when there is none. */
export function firstDifference(
  what: string,
  actual: AnyTensor | null | undefined,
  expected: StoredTensor,
  { rtol, atol }: Tolerance,
): string | undefined {
  if (actual === null || actual === undefined) return `${what}: nothing, expected [${expected.shape}]`;
  if (actual.shape.join() !== expected.shape.join())
    return `${what}: shape [${actual.shape}], expected [${expected.shape}]`;
  const values = actual.data();
  for (let i = 0; i < values.length; i++) {
    const [a, b] = [values[i]!, toNumber(expected.data[i]!)];
    if (!closeTo(a, b, { rtol, atol })) return `${what}[${i}]: ${a}, expected ${b}`;
  }
  return undefined;
}

/** As `firstDifference`, for plain numbers. */
export function numberDifference(what: string, actual: number, expected: number, tol: Tolerance): string | undefined {
  return closeTo(actual, expected, tol) ? undefined : `${what}: ${actual}, expected ${expected}`;
}

/** The largest error relative to max(1, |expected|); 0 where both are NaN or the same infinity. */
export function worstError(actual: AnyTensor, expected: StoredTensor): number {
  const values = actual.data();
  let worst = 0;
  for (let i = 0; i < values.length; i++) {
    const [a, b] = [values[i]!, toNumber(expected.data[i]!)];
    if (Object.is(a, b) || a === b) continue;
    worst = Math.max(worst, Math.abs(a - b) / Math.max(1, Math.abs(b)));
  }
  return worst;
}
