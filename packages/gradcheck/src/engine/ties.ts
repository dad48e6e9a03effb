import type { Context } from "./context.ts";
import { restricted } from "./directions.ts";
import type { Line } from "./line.ts";
import { measure } from "./measure.ts";
import { dot } from "./references.ts";
import { isMoved } from "./runs.ts";
import { type Estimate, numericOf } from "./trial.ts";

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
  for (const coordinate of coordinates) context.tied.add(coordinate);
  context.isCrowded ||= !isComplete;
  return isComplete && coordinates.length > 0;
}

/** At a kink a gradient is right if it lies between the slopes on the two sides. */
function judgeTied(context: Context, direction: Float64Array, coordinate: number): void {
  const { runs, precision, gradients, cotangents } = context;
  const along = restricted(direction, [{ start: coordinate, size: 1 }]);
  const measured = measure(runs, along, context.step, precision);
  if (measured.kind !== "tie" || measured.above === null || measured.below === null) return;
  cotangents.forEach((weights, c) => {
    const [above, below] = [measured.above, measured.below].map((line) =>
      numericOf(context, line as Line, weights),
    ) as [Estimate, Estimate];
    const allowed = above.tolerance + below.tolerance;
    if (Math.abs(above.value - below.value) > allowed) context.meet(measured.passed, true);
    const gradient = gradients[c];
    // Of several kinks that are crossed at once, the sides add up in ways that no one slope tells.
    const crossed = new Set(measured.passed.map(({ place, index }) => `${place} ${index}`));
    if (gradient === undefined || crossed.size > 1) return;
    const { value } = dot(gradient, along);
    const [low, high] = [Math.min(above.value, below.value) - allowed, Math.max(above.value, below.value) + allowed];
    if (value >= low && value <= high) return;
    const per = along[coordinate]!;
    const slopes = [below.value / per, above.value / per].sort((a, b) => a - b);
    context.report({
      kind: "kink",
      message: `${context.nameOf(coordinate)}: at a kink of ${measured.passed[0]?.operation ?? "the function"} the gradient is ${value / per}, outside of the slopes ${slopes[0]} and ${slopes[1]} on its two sides`,
    });
  });
}
