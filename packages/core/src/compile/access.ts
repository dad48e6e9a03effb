import type { Shape } from "../shape.ts";

// Where the elements of an operand lie that is broadcast to a result. The places of a result are counted in row-major order, and cut into
// segments: counted from the last axis, so many places during which the operand moves on by the same stride.

/** From the innermost on. */
export type Access = readonly Segment[];

interface Segment {
  readonly size: number;
  /** In elements of the operand: for each place one further. */
  readonly stride: number;
}

/** Adds a segment outside of others, or makes the outermost longer where the stride goes on. */
function extend(segments: Segment[], size: number, stride: number): void {
  if (size === 1) return;
  const last = segments.at(-1);
  if (last !== undefined && stride === last.stride * last.size) {
    segments[segments.length - 1] = { size: last.size * size, stride: last.stride };
  } else segments.push({ size, stride });
}

/** How a shape is read that broadcasts to another. */
export function accessOf(shape: Shape, to: Shape): Access {
  const segments: Segment[] = [];
  let step = 1;
  for (let i = 1; i <= to.length; i++) {
    const own = shape[shape.length - i] ?? 1;
    extend(segments, to[to.length - i]!, own === 1 ? 0 : step);
    step *= own;
  }
  return segments;
}

/** How a shape is read whose axes come in another order. */
export function permutedAccess(shape: Shape, axes: readonly number[]): Access {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const segments: Segment[] = [];
  for (const axis of axes.toReversed()) extend(segments, shape[axis]!, steps[axis]!);
  return segments;
}

/** The same for each of some more, inner, places. */
export function repeated(access: Access, inner: number): Access {
  const segments: Segment[] = [];
  extend(segments, inner, 0);
  for (const { size, stride } of access) extend(segments, size, stride);
  return segments;
}

/** Whether every place has an element of its own, in order. */
export const isFlat = (access: Access): boolean =>
  access.length === 0 || (access.length === 1 && access[0]!.stride === 1);

/** Places after which an access turns: the sizes of its inner segments, multiplied up. */
export function turnsOf(access: Access): number[] {
  let place = 1;
  return access.slice(0, -1).map(({ size }) => {
    place *= size;
    return place;
  });
}

/** Whether places can be counted through loops that turn at all of these: each divides the next. */
export function canNest(turns: Iterable<number>): boolean {
  const sorted = [...turns].sort((a, b) => a - b);
  return sorted.every((turn, i) => i === 0 || turn % sorted[i - 1]! === 0);
}

/** The stride of an access in each of some nested loops, whose turns include its own. */
export function stridesIn(access: Access, loops: readonly number[]): number[] {
  let rest = [...access];
  return loops.map((size) => {
    const [first, ...others] = rest;
    if (first === undefined) return 0;
    const left = first.size / size;
    rest = left > 1 ? [{ size: left, stride: first.stride * size }, ...others] : others;
    return first.stride;
  });
}
