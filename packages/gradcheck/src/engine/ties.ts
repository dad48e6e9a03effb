import type { Context } from "./context.ts";
import type { Change } from "./decisions.ts";
import { restricted, shortened } from "./directions.ts";
import { runsPrograms } from "./in-double.ts";
import { judge } from "./judge.ts";
import type { Line } from "./line.ts";
import { type Measured, measure } from "./measure.ts";
import { dot } from "./references.ts";
import { isMoved } from "./runs.ts";
import { type Estimate, numericOf, tryDirection } from "./trial.ts";

// Where the point itself lies on kinks, the function has one-sided slopes only. Coordinates that cross one are taken out of the random
// directions, and looked at by themselves.

/** Elements of which each by itself crosses a kink at the smallest step. */
interface Tied {
  readonly coordinates: readonly number[];
  /** Whether all were found within the evaluations that the search may take. */
  readonly isComplete: boolean;
}

/** Evaluations that the search for tied elements may take. */
const SEARCH = 96;
/** Tied elements that are looked at. */
const LOOKED_AT = 8;

function tiedCoordinates({ runs, precision }: Context, direction: Float64Array): Tied {
  const coordinates: number[] = [];
  const end = runs.count + SEARCH;
  const search = (start: number, size: number): boolean => {
    if (runs.count + 2 > end) return false;
    const part = restricted(direction, [{ start, size }]);
    if (!isMoved(part, { start, size })) return true;
    const crosses = [1, -1].some((side) => runs.sample(side * precision.smallest, part).changes.count > 0);
    if (!crosses) return true;
    if (size === 1) {
      coordinates.push(start);
      return true;
    }
    const half = Math.ceil(size / 2);
    return search(start, half) && search(start + half, size - half);
  };
  const isComplete = search(0, direction.length);
  return { coordinates, isComplete };
}

/**
 * Looks for the elements that lie on kinks, and judges the gradients of some by their one-sided slopes. The context takes them out of all
 * directions to come.
 * @returns whether the direction is free of them now.
 */
export function untie(context: Context, direction: Float64Array): boolean {
  const { coordinates, isComplete } = tiedCoordinates(context, direction);
  for (const coordinate of coordinates.slice(0, LOOKED_AT)) judgeTied(context, direction, coordinate);
  if (isComplete && context.gradients.length > 0) {
    for (const group of togetherOf(context, coordinates).slice(0, LOOKED_AT)) judgeTogether(context, group);
  }
  for (const coordinate of coordinates) context.tied.add(coordinate);
  context.isCrowded ||= !isComplete;
  return isComplete && coordinates.length > 0;
}

/**
 * Directions in which elements move that may be tied to one another: those of one value together, which keeps them tied, and all along the
 * gradient.
 */
function togetherOf({ runs, gradients, scales, precision }: Context, coordinates: readonly number[]): Float64Array[] {
  const groups = new Map<number, number[]>();
  for (const coordinate of coordinates) {
    const value = runs.x[coordinate]!;
    groups.set(value, [...(groups.get(value) ?? []), coordinate]);
  }
  const directions = [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const together = new Float64Array(runs.x.length);
      for (const coordinate of group) together[coordinate] = shortened(scales[group[0]!]!, precision.bits);
      return together;
    });
  const along = new Float64Array(runs.x.length);
  const steepest = coordinates.reduce((most, i) => Math.max(most, Math.abs(gradients[0]![i]!) / scales[i]!), 0);
  if (coordinates.length < 2 || !(steepest > 0 && steepest < Number.POSITIVE_INFINITY)) return directions;
  for (const i of coordinates) along[i] = shortened(gradients[0]![i]! / steepest, precision.bits);
  return [...directions, along];
}

/** Each of several tied elements may have a gradient between the slopes, and all together too much: along a direction, too, it lies between. */
function judgeTogether(context: Context, along: Float64Array): void {
  const measured = measure(context.runs, along, context.step, context.precision);
  const moved = [...along.keys()].filter((i) => along[i] !== 0);
  const name = `${context.nameOf(moved[0]!)} and ${moved.length - 1} more that are tied`;
  if (measured.kind === "tie") judgeSides(context, along, measured, name, 1);
  if (measured.kind !== "smooth" || measured.passed.length > 0) return;
  // No decision changes: the elements stay tied, and there is a slope.
  for (const { wrong, expected, actual } of judge(context, tryDirection(context, along, measured.line)).disagreements) {
    if (wrong !== "reverse") continue;
    context.report({
      kind: "kink",
      message: `${name}: moved together, which crosses no kink, the derivative by the gradient is ${actual.value}, and the slope ${expected.value}`,
    });
  }
}

/** At a kink a gradient is right if it lies between the slopes on the two sides. */
function judgeTied(context: Context, direction: Float64Array, coordinate: number): void {
  const { runs, precision } = context;
  const along = restricted(direction, [{ start: coordinate, size: 1 }]);
  const measured = measure(runs, along, context.step, precision);
  if (measured.kind === "tie") {
    judgeSides(context, along, measured, context.nameOf(coordinate), along[coordinate]!);
  }
}

/** What tells one kink from others. The elements of one maximum, or minimum, decide together. */
function kinkOf({ runs }: Context, { place, index }: Change): string {
  const entry = runs.written.tape.entries[place];
  const isOne = entry !== undefined && entry.outputs[0]?.size === 1 && !runsPrograms(entry);
  return isOne ? `${place}` : `${place} ${index}`;
}

/** @param per what the derivatives are told in terms of. */
function judgeSides(
  context: Context,
  along: Float64Array,
  measured: Extract<Measured, { kind: "tie" }>,
  name: string,
  per: number,
): void {
  const { gradients, cotangents } = context;
  if (measured.above === null || measured.below === null) return;
  cotangents.forEach((weights, c) => {
    const [above, below] = [measured.above, measured.below].map((line) =>
      numericOf(context, line as Line, weights),
    ) as [Estimate, Estimate];
    const allowed = above.tolerance + below.tolerance;
    if (Math.abs(above.value - below.value) > allowed) context.meet(measured.passed, true);
    const gradient = gradients[c];
    // Of several kinks that are crossed at once, the sides add up in ways that no one slope tells.
    const crossed = new Set(measured.passed.map((change) => kinkOf(context, change)));
    if (gradient === undefined || crossed.size > 1) return;
    const { value } = dot(gradient, along);
    const [low, high] = [Math.min(above.value, below.value) - allowed, Math.max(above.value, below.value) + allowed];
    if (value >= low && value <= high) return;
    const slopes = [below.value / per, above.value / per].sort((a, b) => a - b);
    context.report({
      kind: "kink",
      message: `${name}: at a kink of ${measured.passed[0]?.operation ?? "the function"} the gradient is ${value / per}, outside of the slopes ${slopes[0]} and ${slopes[1]} on its two sides`,
    });
  });
}
