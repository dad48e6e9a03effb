import type { Shape } from "../../shape.ts";

/** One operand's way through a nest of loops: where each outer round starts, and its steps per row and per element. */
export interface Walk {
  readonly starts: Int32Array;
  readonly row: number;
  readonly step: number;
}

/** A walk over a shape in row-major order: `outer` rounds of `rows` rows of `length` elements. */
export interface Nest {
  readonly outer: number;
  readonly rows: number;
  readonly length: number;
  readonly walks: readonly Walk[];
}

/** Where every nest of up to two axes starts. */
const ORIGIN = new Int32Array(1);

/**
 * The shortest nest of loops over a non-empty `shape` for operands with these strides: axes of size 1 are dropped, and
 * neighbours are merged wherever every operand steps through both evenly.
 */
export function nestOf(shape: Shape, strides: readonly (readonly number[])[]): Nest {
  // Innermost axis first.
  const sizes: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    if (size === 1) continue;
    if (sizes.length > 0 && merges(axis, strides, sizes, steps)) {
      sizes[sizes.length - 1]! *= size;
    } else {
      sizes.push(size);
      for (let k = 0; k < strides.length; k++) steps[k]!.push(strides[k]![axis]!);
    }
  }
  let outer = 1;
  for (let axis = 2; axis < sizes.length; axis++) outer *= sizes[axis]!;
  return {
    outer,
    rows: sizes[1] ?? 1,
    length: sizes[0] ?? 1,
    walks: steps.map((own) => ({ starts: startsOf(sizes, own, outer), row: own[1] ?? 0, step: own[0] ?? 1 })),
  };
}

function merges(axis: number, strides: readonly (readonly number[])[], sizes: number[], steps: number[][]): boolean {
  const last = sizes.length - 1;
  for (let k = 0; k < strides.length; k++) {
    if (strides[k]![axis] !== steps[k]![last]! * sizes[last]!) return false;
  }
  return true;
}

function startsOf(sizes: readonly number[], steps: readonly number[], outer: number): Int32Array {
  if (outer === 1) return ORIGIN;
  const starts = new Int32Array(outer);
  // Each further axis repeats the positions found so far, shifted by its step.
  for (let axis = 2, filled = 1; axis < sizes.length; filled *= sizes[axis]!, axis++) {
    for (let p = 1; p < sizes[axis]!; p++) {
      for (let q = 0; q < filled; q++) starts[p * filled + q] = starts[q]! + p * steps[axis]!;
    }
  }
  return starts;
}

/** Strides at which an operand of shape `from` is read when it is broadcast to `to`: 0 along stretched axes. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = new Array<number>(to.length).fill(0);
  const missing = to.length - from.length;
  for (let axis = from.length - 1, stride = 1; axis >= 0; axis--) {
    if (from[axis] !== 1) strides[axis + missing] = stride;
    stride *= from[axis]!;
  }
  return strides;
}
