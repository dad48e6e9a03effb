import { confirmSlope } from "./confirm.ts";
import type { Context } from "./context.ts";
import { drawDirection, restricted, shortened } from "./directions.ts";
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
  const move = shortened(scales[coordinate]!, precision.bits);
  const along = new Float64Array(runs.x.length);
  along[coordinate] = move;
  const measured = measure(runs, along, context.step, precision);
  if (measured.kind !== "smooth" && measured.kind !== "edge") return null;
  const analytic = gradients[0]![coordinate]!;
  let slope = numericOf(context, measured.line, cotangents[0]!);
  const exact = { value: analytic * move, tolerance: 0 };
  if (!(Math.abs(slope.value - exact.value) <= slope.tolerance)) {
    slope = confirmSlope(context, measured.line, cotangents[0]!, exact);
  }
  return { coordinate, analytic, numeric: { value: slope.value / move, tolerance: slope.tolerance / move } };
}

export const isWrong = ({ analytic, numeric }: Located): boolean =>
  !(Math.abs(analytic - numeric.value) <= numeric.tolerance);

/** The error of a gradient along a direction. */
interface Shortfall {
  readonly direction: Float64Array;
  readonly error: number;
  readonly tolerance: number;
}

/** Directions that may be drawn to tell candidates apart: each leaves a part as large as the errors are uncertain. */
const ROUNDS = 4;

/**
 * If a single element is wrong, by δ, the error along a direction v is δ·v at that element: the errors along two directions, whose elements
 * differ everywhere, leave few candidates, without another evaluation. More directions, over these alone, leave one.
 * @returns the element, and what it leaves unexplained of the error, as a multiple of the tolerance.
 */
export function decode(context: Context, judged: readonly Judged[]): { found: Located; rest: number } | null {
  const known = judged.flatMap(({ trial, numeric }) => {
    const [own, exact] = [numeric[0], trial.reverse?.[0]];
    if (own === undefined || exact === undefined) return [];
    return [{ direction: trial.direction, error: exact.value - own.value, tolerance: own.tolerance + exact.tolerance }];
  });
  const [first, ...others] = known;
  if (first === undefined || others.length === 0) return null;
  let candidates = [...first.direction.keys()].filter((i) => first.direction[i] !== 0);
  for (const other of others) candidates = candidates.filter((i) => fits(i, first, other));
  for (let round = 0; round < ROUNDS && candidates.length > 1 && context.affords(6); round++) {
    const further = shortfallOver(context, candidates);
    if (further === null) return null;
    candidates = candidates.filter((i) => fits(i, first, further));
  }
  const [candidate] = candidates;
  if (candidate === undefined || candidates.length > 1) return null;
  const found = elementAt(context, candidate);
  if (found === null || !isWrong(found)) return null;
  const rest = unexplained(found, first);
  return rest <= 1 ? { found, rest } : null;
}

/** Whether one wrong element i can be behind two errors. */
function fits(i: number, { direction, error, tolerance }: Shortfall, other: Shortfall): boolean {
  const ratio = other.direction[i]! / direction[i]!;
  return Math.abs(other.error - error * ratio) <= other.tolerance + Math.abs(ratio) * tolerance;
}

/** What one wrong element leaves of an error, as a multiple of the tolerance. */
function unexplained({ coordinate, analytic, numeric }: Located, { direction, error, tolerance }: Shortfall): number {
  const move = direction[coordinate]!;
  return Math.abs((analytic - numeric.value) * move - error) / (tolerance + numeric.tolerance * Math.abs(move));
}

/** The error along a new direction over some elements, or `null` where there is none that counts. */
function shortfallOver(context: Context, elements: readonly number[]): Shortfall | null {
  const { runs, scales, precision, cotangents, gradients } = context;
  const drawn = drawDirection(runs.x, scales, precision, context.nextKey());
  const direction = new Float64Array(drawn.length);
  for (const i of elements) direction[i] = drawn[i]!;
  const measured = measure(runs, direction, context.step, precision);
  if (measured.kind !== "smooth") return null;
  const { value, tolerance } = numericOf(context, measured.line, cotangents[0]!);
  const error = dot(gradients[0]!, direction).value - value;
  return Math.abs(error) > tolerance ? { direction, error, tolerance } : null;
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
  const found = size === 1 ? elementAt(context, start) : null;
  return found !== null && isWrong(found) ? found : null;
}
