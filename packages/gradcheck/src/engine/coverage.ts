import { chooseLine, isResolved } from "./choose-line.ts";
import type { Context } from "./context.ts";
import { drawDirection, ownScalesOf, restricted } from "./directions.ts";
import { type Judged, judge } from "./judge.ts";
import type { Measured } from "./measure.ts";
import { dot } from "./references.ts";
import { isMoved } from "./runs.ts";
import type { Block } from "./subject.ts";
import { untie } from "./ties.ts";
import { normOf, numericOf, tryDirection } from "./trial.ts";

/** How well the gradient by one input is known. */
export interface Covered {
  readonly block: Block;
  /** The smallest relative error that would have been seen; infinite as long as no trial has told. */
  resolving: number;
  /** Whether that is relative to the size of the results, because the gradient vanishes. */
  vanishes: boolean;
  /** The largest multiple of a tolerance that was met, and the error of the finest trial, relative to the gradient. */
  multiple: number;
  relativeError: number;
}

/** Rounds of shared directions, after which paths have one of their own each. */
const SHARED_ROUNDS = 2;

/** Draws a direction over some inputs, samples it as finely as needed, and compares the references along it. */
export function examineAlong(context: Context, blocks: readonly Block[]): Judged {
  const { runs, modes, scales, precision } = context;
  const draw = (isOwnSized = context.isOwnSized): Float64Array => {
    const sizes = isOwnSized ? ownScalesOf(runs.x) : scales;
    const direction = restricted(drawDirection(runs.x, sizes, precision, context.nextKey()), blocks);
    for (const coordinate of context.tied) direction[coordinate] = 0;
    return direction;
  };
  let direction = draw();
  if (!modes.has("numeric")) return judge(context, tryDirection(context, direction, null));
  let measured = sampleAlong(context, direction);
  if (measured.kind === "tie" && untie(context, direction)) {
    direction = draw();
    measured = sampleAlong(context, direction);
    context.isCrowded ||= measured.kind === "lost";
  }
  // Elements much smaller than their neighbours may be near a pole, or the end of a domain.
  if (!measured.isFine && !context.isOwnSized) {
    const step = context.step;
    context.step = precision.step;
    const own = draw(true);
    const again = sampleAlong(context, own);
    context.isOwnSized = again.kind === "smooth" && (measured.kind !== "smooth" || again.isFine);
    if (context.isOwnSized) [direction, measured] = [own, again];
    else context.step = step;
  }
  if (measured.kind === "smooth" || measured.kind === "edge") context.meet(measured.passed, false);
  const line = measured.kind === "smooth" || measured.kind === "edge" ? measured.line : null;
  if (line !== null) context.noise.add(line);
  return judge(context, tryDirection(context, direction, line));
}

function sampleAlong(context: Context, direction: Float64Array): Measured & { readonly isFine: boolean } {
  if (!isMoved(direction, { start: 0, size: direction.length })) return { kind: "lost", isFine: false };
  const [gradient] = context.gradients;
  const norm = gradient === undefined ? 0 : normOf(gradient, direction);
  const value = gradient === undefined ? 0 : dot(gradient, direction).value;
  const measured = chooseLine(context, direction, { value, norm });
  if (measured.kind !== "smooth") return { ...measured, isFine: false };
  const own = numericOf(context, measured.line, context.cotangents[0]!);
  return { ...measured, isFine: isResolved(context, own, norm, context.precision.aim) };
}

/** Learns from a trial what it tells of the inputs that it moved. */
export function learn(
  context: Context,
  covered: readonly Covered[],
  { trial, numeric, multiple, error }: Judged,
): void {
  const exact = (trial.reverse ?? trial.forward)?.[0];
  const estimate = context.modes.has("numeric") ? numeric[0] : exact;
  if (estimate === undefined || exact === undefined) return;
  const tolerance = estimate.tolerance + exact.tolerance;
  const [weights] = context.cotangents;
  for (const one of covered) {
    const { start, size } = one.block;
    if (!isMoved(trial.direction, one.block)) continue;
    const [gradient] = context.gradients;
    const norm = gradient === undefined ? Math.abs(exact.value) : normOf(gradient, trial.direction, start, size);
    one.multiple = Math.max(one.multiple, multiple);
    const resolving = tolerance === 0 ? 0 : tolerance / norm;
    if (resolving < one.resolving) {
      one.resolving = resolving;
      one.vanishes = false;
      one.relativeError = error === 0 ? 0 : error / norm;
    }
    // The whole sum vanishes, so that each part does, but for chance.
    const isNothing = norm <= tolerance && isResolved(context, { value: estimate.value, tolerance }, norm, 0);
    if (isNothing && one.resolving > context.precision.limit) {
      one.resolving = tolerance / context.noise.size(weights!);
      one.vanishes = true;
      one.relativeError = 0;
    }
  }
}

export const isCovered = ({ precision }: Context, { resolving, vanishes }: Covered): boolean =>
  resolving <= precision.limit || vanishes;

/**
 * Directions over all inputs at once, then over those whose gradients are too small beside the others' to be told, together and at last by
 * themselves. Stops at the first disagreement.
 */
export function cover(
  context: Context,
  directions: number,
): { readonly covered: Covered[]; readonly judged: Judged[] } {
  const blocks = context.runs.subject.inputs.filter(({ size }) => size > 0);
  const covered = blocks.map((block) => ({
    block,
    resolving: Number.POSITIVE_INFINITY,
    vanishes: false,
    multiple: 0,
    relativeError: 0,
  }));
  const judged: Judged[] = [];
  const examine = (over: readonly Block[]): boolean => {
    const own = examineAlong(context, over);
    judged.push(own);
    learn(context, covered, own);
    return own.disagreements.length > 0;
  };
  for (let i = 0; i < directions; i++) examine(blocks);
  if (judged.some(({ disagreements }) => disagreements.length > 0)) return { covered, judged };
  const open = (): Block[] =>
    covered
      .filter(({ resolving, vanishes }) => resolving > context.precision.aim && !vanishes)
      .map(({ block }) => block);
  for (let round = 0; round < SHARED_ROUNDS; round++) {
    const left = open();
    if (left.length === 0 || left.length === blocks.length || !context.affords(6)) break;
    if (examine(left)) return { covered, judged };
  }
  if (open().length < blocks.length || blocks.length > 1) {
    for (const block of open()) {
      if (!context.affords(6)) break;
      if (examine([block])) break;
    }
  }
  return { covered, judged };
}
