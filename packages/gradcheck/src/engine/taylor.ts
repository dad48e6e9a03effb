import type { Context } from "./context.ts";
import { CENTRAL } from "./stencils.ts";
import type { Trial } from "./trial.ts";

/** A remainder so many times larger than its rounding errors tells its slope to two digits. */
const CLEAR = 100;

/**
 * The power of h with which f(x + h·v) − f(x) − h·⟨g, v⟩ falls from h to h/4: 2 for a right gradient, whose remainder is curvature, and 1
 * for a wrong one. `null` where nothing but rounding is left.
 */
export function taylorSlopeOf({ runs, cotangents, noise }: Context, { line, reverse, forward }: Trial): number | null {
  const exact = (reverse ?? forward)?.[0];
  if (line === null || line.stencil !== CENTRAL || exact === undefined) return null;
  const [weights] = cotangents;
  const remainder = (sample: Float64Array, t: number): number => {
    let sum = 0;
    for (let j = 0; j < sample.length; j++) sum += weights![j]! * (sample[j]! - runs.values[j]!);
    return Math.abs(sum - t * exact.value);
  };
  const [wide, near] = [remainder(line.samples[0]!, line.step), remainder(line.samples[4]!, line.step / 4)];
  if (!(near > CLEAR * noise.of(weights!))) return null;
  return Math.log2(wide / near) / 2;
}
