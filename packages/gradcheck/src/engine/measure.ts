import type { Change } from "./decisions.ts";
import type { Precision } from "./directions.ts";
import { Line } from "./line.ts";
import type { Runs, Sample } from "./runs.ts";
import { ABOVE, BACKWARD, BELOW, CENTRAL, FORWARD, type Stencil } from "./stencils.ts";

/** What could be sampled along a direction. */
export type Measured =
  /** Both sides decide as the point does; with smaller steps than asked for where `passed` says that kinks were met further out. */
  | { readonly kind: "smooth"; readonly line: Line; readonly passed: readonly Change[] }
  /** The function is defined on one side only. */
  | { readonly kind: "edge"; readonly line: Line; readonly passed: readonly Change[] }
  /** The point lies on a kink: at the smallest step a side still decides otherwise. */
  | {
      readonly kind: "tie";
      readonly below: Line | null;
      readonly above: Line | null;
      readonly passed: readonly Change[];
    }
  /** No finite values on either side. */
  | { readonly kind: "lost" };

/** By how much a step shrinks where values end, and on one side of a kink. */
const SHRINK = 2 ** -5;

/** By how much a step shrinks where kinks are met: were they spread evenly, a quarter of one would be left. */
const shrinkPast = (kinks: number): number =>
  kinks === 0 ? SHRINK : 2 ** -Math.min(10, Math.ceil(Math.log2(kinks) + 2));

/** The line at one step, or the samples that stood in its way. */
function lineAt(runs: Runs, direction: Float64Array, step: number, stencil: Stencil): Line | { readonly met: Sample } {
  const samples: Float64Array[] = [];
  for (const point of stencil.points) {
    const sample = runs.sample(point * step, direction);
    if (!sample.isFinite || sample.changes.count > 0) return { met: sample };
    samples.push(sample.values);
  }
  return new Line(direction, step, stencil, samples);
}

/** A central line, at the step or, where decisions change or values end, at a smaller one. */
export function measure(runs: Runs, direction: Float64Array, step: number, { smallest }: Precision): Measured {
  const passed: Change[] = [];
  let h = step;
  while (h >= smallest) {
    const found = lineAt(runs, direction, h, CENTRAL);
    if (found instanceof Line) return { kind: "smooth", line: found, passed };
    const { count, told } = found.met.changes;
    if (passed.length === 0) passed.push(...told);
    h *= shrinkPast(count);
  }
  return besideEdge(runs, direction, smallest);
}

/** A central line at just this step, if nothing is in its way. */
export function measureAt(runs: Runs, direction: Float64Array, step: number): Line | null {
  const found = lineAt(runs, direction, step, CENTRAL);
  return found instanceof Line ? found : null;
}

function besideEdge(runs: Runs, direction: Float64Array, smallest: number): Measured {
  const [above, below] = [runs.sample(smallest, direction), runs.sample(-smallest, direction)];
  const changes = [...above.changes.told, ...below.changes.told];
  if (!above.isFinite && !below.isFinite) return { kind: "lost" };
  if (!above.isFinite || !below.isFinite) {
    const clean = above.isFinite ? above : below;
    const line =
      clean.changes.count > 0 ? null : oneSided(runs, direction, smallest, above.isFinite ? FORWARD : BACKWARD);
    return line === null ? { kind: "lost" } : { kind: "edge", line, passed: changes };
  }
  // A side that decides as the point does may use the point itself; the other may begin with a jump.
  const lineOn = (sample: Sample, clean: Stencil, other: Stencil): Line | null =>
    oneSided(runs, direction, smallest, sample.changes.count === 0 ? clean : other);
  return {
    kind: "tie",
    above: lineOn(above, FORWARD, ABOVE),
    below: lineOn(below, BACKWARD, BELOW),
    passed: changes,
  };
}

/**
 * A line on one side, at the two largest steps within which all points decide alike: near the end of a domain slopes may change so fast that
 * one step alone does not tell.
 */
function oneSided(runs: Runs, direction: Float64Array, smallest: number, stencil: Stencil): Line | null {
  let wider: Line | null = null;
  for (let h = smallest / SHRINK ** 3; h >= smallest; h *= SHRINK) {
    const samples = stencil.points.map((point) => runs.sample(point * h, direction));
    const sides = new Set(samples.map(({ changes }) => JSON.stringify(changes)));
    if (sides.size > 1 || !samples.every(({ isFinite }) => isFinite)) continue;
    const values = samples.map((sample) => sample.values);
    const line: Line = new Line(direction, h, stencil, values, wider);
    if (wider !== null) return line;
    wider = line;
  }
  return wider;
}
