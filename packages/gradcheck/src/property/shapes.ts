import { broadcastShapes, type Shape } from "@tapegrad/core";
import fc from "fast-check";

export interface ShapeConstraints {
  /** Fewest axes, 0 if not given. */
  readonly minRank?: number;
  /** Most axes, 3 if not given. */
  readonly maxRank?: number;
  /** Shortest axis, 0 if not given. */
  readonly minSize?: number;
  /** Longest axis, 4 if not given. */
  readonly maxSize?: number;
}

/**
 * Shapes, scalars and empty ones among them.
 * @example
 * fc.assert(fc.property(shapes(), (shape) => zeros(shape).rank === shape.length));
 */
export function shapes({
  minRank = 0,
  maxRank = 3,
  minSize = 0,
  maxSize = 4,
}: ShapeConstraints = {}): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: minSize, max: maxSize }), { minLength: minRank, maxLength: maxRank });
}

/** Two shapes that broadcast, and what they broadcast to. */
export interface BroadcastablePair {
  readonly a: Shape;
  readonly b: Shape;
  readonly result: Shape;
}

/**
 * Pairs of shapes that broadcast, made backwards from the result: each side drops leading axes and puts 1 in the place of
 * others.
 * @example
 * fc.assert(fc.property(broadcastablePairs(), ({ a, b, result }) => same(add(zeros(a), zeros(b)).shape, result)));
 */
export function broadcastablePairs(constraints: ShapeConstraints = {}): fc.Arbitrary<BroadcastablePair> {
  return shapes(constraints).chain((full) => {
    const choices = fc.array(fc.constantFrom("both", "a", "b"), { minLength: full.length, maxLength: full.length });
    const dropped = fc.record({ side: fc.constantFrom("a", "b"), count: fc.integer({ min: 0, max: full.length }) });
    return fc.tuple(choices, dropped).map(([keepers, { side, count }]) => {
      const keep = (own: string) => full.map((size, i) => (keepers[i] === "both" || keepers[i] === own ? size : 1));
      const drop = (shape: number[], own: string) => (side === own ? shape.slice(count) : shape);
      const [a, b] = [drop(keep("a"), "a"), drop(keep("b"), "b")];
      return { a, b, result: broadcastShapes("broadcastablePairs", a, b) };
    });
  });
}
