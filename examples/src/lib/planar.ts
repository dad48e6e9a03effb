import { type AnyTensor, sigmoid, tensor } from "@tapegrad/core";
import type { Float64Matrix, Points } from "./course-data.ts";

/** From points [m, 2] to logits [m, 1]: above 0 means class 1. */
export type Classifier = (x: Float64Matrix) => AnyTensor;

/**
 * The mean cross-entropy, computed as the exercises log it: from probabilities, with the term of the class that an
 * example does not have left out. A probability that was rounded to 0 makes it infinite, which a loss from logits never
 * is: it is what to train on, and this is what to compare with the published numbers.
 */
export function publishedCost(logits: AnyTensor, { y }: Points): number {
  const probabilities = sigmoid(logits).data();
  const classes = y.data();
  let total = 0;
  for (let i = 0; i < classes.length; i++) {
    total -= Math.log(classes[i] === 1 ? probabilities[i]! : 1 - probabilities[i]!);
  }
  return total / classes.length;
}

/** A rectangle of the plane. */
export interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** The rectangle around all points, with a margin of a tenth, as a square so that circles look like circles. */
export function boundsOf(...sets: readonly Points[]): Bounds {
  const all = sets.flatMap(({ x }) => x.toArray() as [number, number][]);
  const [xs, ys] = [all.map(([a]) => a), all.map(([, b]) => b)];
  const middle = (values: number[]): number => (Math.min(...values) + Math.max(...values)) / 2;
  const half = 0.55 * Math.max(...[xs, ys].map((values) => Math.max(...values) - Math.min(...values)));
  const [cx, cy] = [middle(xs), middle(ys)];
  return { left: cx - half, right: cx + half, bottom: cy - half, top: cy + half };
}

/** What a classifier says everywhere in a square. */
export interface ProbabilityMap {
  readonly bounds: Bounds;
  /** Points along each side. */
  readonly resolution: number;
  /** Probabilities of class 1, row after row, from the top left. */
  readonly probabilities: readonly number[];
}

export function probabilityMap(classify: Classifier, bounds: Bounds, resolution = 96): ProbabilityMap {
  const { left, right, bottom, top } = bounds;
  const at = (from: number, to: number, i: number): number => from + ((to - from) * i) / (resolution - 1);
  const grid = Array.from({ length: resolution ** 2 }, (_, i) => [
    at(left, right, i % resolution),
    at(top, bottom, Math.floor(i / resolution)),
  ]);
  const logits = classify(tensor(grid, { dtype: "float64" }) as Float64Matrix);
  const probabilities = sigmoid(logits).data();
  // Three digits are plenty for a picture.
  return { bounds, resolution, probabilities: Array.from(probabilities, (p) => Math.round(p * 1000) / 1000) };
}
