import {
  type AnyTensor,
  abstract,
  add,
  adopt,
  bernoulli,
  cast,
  Draw,
  eye,
  foldIn,
  integers,
  isFloat,
  type Key,
  matmul,
  permutation,
  sizeOf,
  uniform,
} from "@tapegrad/core";

/** The arguments of a sample call, with each `draw` made a tensor. */
export interface Drawn {
  readonly args: readonly unknown[];
  /** The drawn tensors in the order of the arguments, each once, and what they were drawn from. */
  readonly tensors: readonly DrawnTensor[];
  /** The drawn tensors of float64: what can be perturbed. */
  readonly floats: readonly AnyTensor[];
}

export interface DrawnTensor {
  readonly draw: Draw;
  readonly tensor: AnyTensor;
}

/** Values keep this part of the range away from points that a sample avoids. */
const MARGIN = 0.05;

/** Draws the tensors of a sample, the same ones for the same key. */
export function drawArguments(args: readonly unknown[], key: Key): Drawn {
  const draws = [...new Set(leavesOf(args).filter((leaf) => leaf instanceof Draw))];
  const places = placesFor(draws, key);
  const tensors = draws.map((draw, i) => ({
    draw,
    tensor: shaped(draw, draw.distinct ? distinct(draw, places) : independent(draw, foldIn(key, i))),
  }));
  return {
    args: replaceIn(args, new Map(tensors.map(({ draw, tensor }) => [draw, tensor]))),
    tensors,
    floats: tensors.flatMap(({ tensor }) => (tensor.dtype === "float64" ? [tensor] : [])),
  };
}

/** The arguments with an abstract tensor in place of each draw. */
export function abstractArguments(args: readonly unknown[]): readonly unknown[] {
  const draws = leavesOf(args).filter((leaf) => leaf instanceof Draw);
  return replaceIn(args, new Map(draws.map((draw) => [draw, abstract(draw.shape, draw.dtype)])));
}

/** What arrays and plain objects hold, at any depth. */
export function leavesOf(args: readonly unknown[]): unknown[] {
  const leaves: unknown[] = [];
  mapLeaves(args, (leaf) => leaves.push(leaf));
  return leaves;
}

/** The arguments with other things in place of some. */
export function replaceIn(args: readonly unknown[], replacements: ReadonlyMap<unknown, unknown>): readonly unknown[] {
  const replace = (leaf: unknown): unknown => (replacements.has(leaf) ? replacements.get(leaf) : leaf);
  return mapLeaves(args, replace) as readonly unknown[];
}

/** The same arrays and plain objects with each leaf mapped. */
export function mapLeaves(value: unknown, f: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, f));
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return f(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapLeaves(item, f)]));
}

/** A drawn tensor with each value at the nearest whole number of its range; `undefined` where there is none. */
export function wholeNumbers({ draw, tensor }: DrawnTensor): AnyTensor | undefined {
  const { low, high, avoid, regular } = draw;
  if (regular) return adopt(Float64Array.from(tensor.data(), Math.round), tensor.shape);
  const whole: number[] = [];
  for (let n = Math.ceil(low); n <= high; n++) if (!avoid.includes(n)) whole.push(n);
  if (whole.length === 0) return undefined;
  const nearest = (value: number): number =>
    whole.reduce((best, n) => (Math.abs(n - value) < Math.abs(best - value) ? n : best));
  return adopt(Float64Array.from(tensor.data(), nearest), tensor.shape);
}

/** x, or 1 + x·xᵀ where symmetric positive definite matrices are asked for, or x with a large diagonal where regular ones are. */
function shaped(draw: Draw, x: AnyTensor): AnyTensor {
  if (draw.regular) return add(x, regularDiagonal(draw)) as AnyTensor;
  if (!draw.definite) return x;
  return add(matmul(x, x, { transposeB: true }), eye(x.shape.at(-1)!, undefined, { dtype: "float64" })) as AnyTensor;
}

/**
 * The diagonal −3s, 6s, −9s, ... of m×n matrices, where s is the most that the norm of a matrix within the range of the draw can be: it moves
 * no singular value and no eigenvalue farther (Weyl), so that they stay apart.
 */
export function regularDiagonal({ shape, low, high }: Draw): AnyTensor {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const norm = Math.sqrt(rows * columns) * Math.max(Math.abs(low), Math.abs(high));
  const diagonal = new Float64Array(rows * columns);
  for (let k = 0; k < Math.min(rows, columns); k++) diagonal[k * columns + k] = (k % 2 === 0 ? -3 : 3) * (k + 1) * norm;
  return adopt(diagonal, [rows, columns]) as AnyTensor;
}

function independent({ shape, dtype, low, high, avoid }: Draw, key: Key): AnyTensor {
  if (dtype === "bool") return bernoulli(key, 0.5, shape) as AnyTensor;
  if (!isFloat(dtype)) return cast(integers(key, low, high + 1, shape) as AnyTensor, dtype);
  const values = uniform(key, shape, { low, high, dtype: "float64" }).data();
  const margin = MARGIN * (high - low);
  const kept = values.map((value) => {
    const near = avoid.find((point) => Math.abs(value - point) < margin);
    if (near === undefined) return value;
    // Moved away by a margin, not to it: values that were different stay so.
    const moved = value < near ? value - margin : value + margin;
    return moved < low || moved > high ? 2 * near - moved : moved;
  });
  return cast(adopt(Float64Array.from(kept), shape) as AnyTensor, dtype);
}

/**
 * Shuffled numbers in (0, 1), one for each element that must differ from all others: at least half as far apart as if they
 * were evenly spaced. Evenly spaced ones would make singular matrices.
 */
function placesFor(draws: readonly Draw[], key: Key): number[] {
  const count = draws.reduce((sum, { distinct, shape }) => sum + (distinct ? sizeOf(shape) : 0), 0);
  const within = uniform(foldIn(key, 1), [count], { low: 0.25, high: 0.75, dtype: "float64" }).data();
  return Array.from(permutation(foldIn(key, 0), count).data(), (rank, i) => (rank + within[i]!) / count);
}

function distinct({ shape, dtype, low, high }: Draw, places: number[]): AnyTensor {
  const values = Float64Array.from(places.splice(0, sizeOf(shape)), (place) => low + place * (high - low));
  return cast(adopt(values, shape) as AnyTensor, dtype);
}
