import type { Context } from "./context.ts";
import { dot, type Reverse } from "./references.ts";
import type { Block } from "./subject.ts";
import type { Estimate } from "./trial.ts";
import { missingUse } from "./uses.ts";

/** A direction over one input, and the derivative along it by differences. */
export interface Known {
  readonly direction: Float64Array;
  readonly numeric: Estimate;
}

/** Another gradient that one might have computed by mistake, or by which one is mistaken, and what that would mean. */
interface Hypothesis {
  readonly gradient: Float64Array;
  readonly meaning: string;
}

/** How well a guess has to explain the differences, relative to their size: mistakes are round numbers. */
const LIKENESS = 1e-6;

const isLike = (a: number, b: number, size: number): boolean => Math.abs(a - b) <= LIKENESS * size;

/**
 * What is wrong with the gradient by one input, in words, or `null`: guesses that explain all that is known of the right one.
 * @param known slopes along at least two directions over this input.
 */
export function diagnose(
  context: Context,
  block: Block,
  known: readonly Known[],
  reverse: Reverse | null,
): string | null {
  const gradient = context.gradients[0]!;
  const own = gradient.subarray(block.start, block.start + block.size);
  if (own.every((g) => g === 0)) return "no gradient arrives: it is 0 everywhere";
  const factor = commonFactor(gradient, known);
  if (factor !== null && !isLike(factor, 1, 10)) return factorText(factor, context);
  const partial = missingUse(context, block) ?? (reverse === null ? null : partialSum(context, block, reverse));
  if (partial !== null) return partial;
  const right = transposes(gradient, block).find(({ gradient: guess }) => explains(guess, known));
  return right?.meaning ?? null;
}

function explains(gradient: Float64Array, known: readonly Known[]): boolean {
  return known.every(({ direction, numeric }) => {
    const { value, size } = dot(gradient, direction);
    return Math.abs(value - numeric.value) <= numeric.tolerance + LIKENESS * size;
  });
}

/** By which number the gradient would have to be divided to be right, if one number does. */
function commonFactor(gradient: Float64Array, known: readonly Known[]): number | null {
  const factors = known.map(({ direction, numeric }) => dot(gradient, direction).value / numeric.value);
  const [first] = factors;
  if (first === undefined || !Number.isFinite(first) || factors.length < 2) return null;
  return factors.every((factor) => isLike(factor, first, Math.abs(first))) ? first : null;
}

function factorText(factor: number, context: Context): string {
  if (isLike(factor, -1, 1)) return "the sign is wrong";
  const [over, nearest] = [1 / factor, Math.round(1 / factor)];
  const lengths = new Set([...context.runs.subject.inputs, ...context.runs.outputs].flatMap(({ shape }) => shape));
  if (nearest > 1 && isLike(over, nearest, nearest)) {
    const averaged = lengths.has(nearest)
      ? `, as if it were averaged over an axis of length ${nearest} instead of summed`
      : "";
    return `it is 1/${nearest} of what it should be${averaged}`;
  }
  const times = isLike(factor, Math.round(factor), Math.abs(factor))
    ? Math.round(factor)
    : Number(factor.toPrecision(7));
  return `it is ${times} times what it should be`;
}

/** Elements of a gradient in other places: axes exchanged, with the shape kept. */
function transposes(gradient: Float64Array, { shape, start, size }: Block): Hypothesis[] {
  const found: Hypothesis[] = [];
  const own = gradient.subarray(start, start + size);
  for (let a = 0; a < shape.length; a++) {
    for (let b = a + 1; b < shape.length; b++) {
      if (shape[a] === 1 || shape[b] === 1) continue;
      const guess = gradient.slice();
      guess.set(exchanged(own, shape, a, b), start);
      const isSquare = shape[a] === shape[b];
      found.push({
        gradient: guess,
        meaning: `axes ${a} and ${b} are exchanged${isSquare ? ": it is the transpose of what it should be" : ", and the elements read in the wrong order"}`,
      });
    }
  }
  return found;
}

/** The elements, taken for those of the shape with two axes exchanged, in the order of the shape itself. */
function exchanged(elements: Float64Array, shape: readonly number[], a: number, b: number): Float64Array {
  const from = [...shape];
  [from[a], from[b]] = [shape[b]!, shape[a]!];
  const strides = from.map((_, axis) => from.slice(axis + 1).reduce((product, length) => product * length, 1));
  [strides[a], strides[b]] = [strides[b]!, strides[a]!];
  return elements.map((_, i) => {
    let [rest, place] = [i, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return elements[place]!;
  });
}

/** Whether only one slice of the cotangent, along some axis, arrives at the input, where all should. */
function partialSum({ runs, cotangents, gradients }: Context, block: Block, reverse: Reverse): string | null {
  const [weights] = cotangents;
  const own = gradients[0]!.subarray(block.start, block.start + block.size);
  for (const { path, shape, start, size } of runs.outputs) {
    for (const [axis, length] of shape.entries()) {
      // An input that has the axis itself gets its slices by right.
      if (length < 2 || length > 64 || block.shape.includes(length)) continue;
      const inner = shape.slice(axis + 1).reduce((product, one) => product * one, 1);
      for (const kept of [0, length - 1]) {
        const masked = weights!.map((w, j) => {
          const within = j >= start && j < start + size;
          return !within || Math.floor((j - start) / inner) % length === kept ? w : 0;
        });
        const pulled = reverse.gradient(masked).subarray(block.start, block.start + block.size);
        if (!pulled.every((g, i) => g === own[i])) continue;
        const which = kept === 0 ? "first" : "last";
        return `only the ${which} slice along axis ${axis} of ${path || "the result"} counts: a sum over the broadcast axis is missing`;
      }
    }
  }
  return null;
}
