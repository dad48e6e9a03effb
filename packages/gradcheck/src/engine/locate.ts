import type { Context } from "./context.ts";
import { restricted, shortened } from "./directions.ts";
import type { Judged } from "./judge.ts";
import type { Line } from "./line.ts";
import { measure } from "./measure.ts";
import { dot } from "./references.ts";
import type { Block } from "./subject.ts";
import { type Estimate, numericOf } from "./trial.ts";

// Where a wrong gradient is wrong. All of this is about the first cotangent.

/** An element of the point, and its derivative by differences. */
export interface Located {
  readonly coordinate: number;
  readonly analytic: number;
  readonly numeric: Estimate;
}

/** The derivative by one element, from a line of its own. */
export function elementAt(context: Context, coordinate: number): Located | null {
  const { runs, scales, precision, cotangents, gradients } = context;
  const move = shortened(scales[coordinate]!, scales[coordinate]!, precision.bits);
  const along = new Float64Array(runs.x.length);
  along[coordinate] = move;
  const measured = measure(runs, along, context.step, precision);
  if (measured.kind !== "smooth" && measured.kind !== "edge") return null;
  const { value, tolerance } = numericOf(context, measured.line, cotangents[0]!);
  return {
    coordinate,
    analytic: gradients[0]![coordinate]!,
    numeric: { value: value / move, tolerance: tolerance / move },
  };
}

export const isWrong = ({ analytic, numeric }: Located): boolean =>
  !(Math.abs(analytic - numeric.value) <= numeric.tolerance);

/** Candidates that are tried when several elements would explain the errors. */
const CANDIDATES = 3;

/**
 * If a single element is wrong, by δ, the error along a direction v is δ·v at that element: the errors along two directions, whose elements
 * differ everywhere, tell which one it is, without another evaluation but those that prove it.
 */
export function decode(context: Context, judged: readonly Judged[]): Located | null {
  const errors = judged.flatMap(({ trial, numeric }) => {
    const [own, exact] = [numeric[0], trial.reverse?.[0]];
    if (own === undefined || exact === undefined) return [];
    return [{ direction: trial.direction, error: exact.value - own.value, tolerance: own.tolerance + exact.tolerance }];
  });
  const [first, ...others] = errors;
  if (first === undefined || others.length === 0 || Math.abs(first.error) <= first.tolerance) return null;
  const candidates: number[] = [];
  for (let i = 0; i < first.direction.length && candidates.length <= CANDIDATES; i++) {
    const v = first.direction[i]!;
    if (v === 0) continue;
    const fits = others.every(({ direction, error, tolerance }) => {
      const ratio = direction[i]! / v;
      return Math.abs(error - first.error * ratio) <= tolerance + Math.abs(ratio) * first.tolerance;
    });
    if (fits) candidates.push(i);
  }
  if (candidates.length > CANDIDATES) return null;
  for (const candidate of candidates) {
    if (!context.affords(6)) return null;
    const found = elementAt(context, candidate);
    if (found === null || !isWrong(found)) continue;
    const explained = (found.analytic - found.numeric.value) * first.direction[candidate]!;
    const allowed = first.tolerance + found.numeric.tolerance * Math.abs(first.direction[candidate]!);
    if (Math.abs(explained - first.error) <= allowed) return found;
  }
  return null;
}

/** The range of a direction with the larger error, halved down to one element by two evaluations each. */
export function bisect(context: Context, block: Block, line: Line, error: number): Located | null {
  const { cotangents, gradients, runs } = context;
  let [start, size, left] = [block.start, block.size, error];
  // A quarter of the step, whose truncation is a sixteenth of that of a plain difference at the step.
  const step = line.step / 4;
  while (size > 1 && context.affords(2)) {
    const half = Math.ceil(size / 2);
    const part = restricted(line.direction, [{ start, size: half }]);
    const [after, before] = [runs.sample(step, part), runs.sample(-step, part)];
    let slope = 0;
    for (let j = 0; j < after.values.length; j++) slope += cotangents[0]![j]! * (after.values[j]! - before.values[j]!);
    const own = dot(gradients[0]!, part).value - slope / (2 * step);
    if (!Number.isFinite(own)) return null;
    if (Math.abs(own) >= Math.abs(left - own)) [size, left] = [half, own];
    else [start, size, left] = [start + half, size - half, left - own];
  }
  return size === 1 ? elementAt(context, start) : null;
}
