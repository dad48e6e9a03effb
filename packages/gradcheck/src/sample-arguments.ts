import {
  type AnyTensor,
  abstract,
  bernoulli,
  cast,
  Draw,
  foldIn,
  integers,
  isFloat,
  isTensor,
  type Key,
  permutation,
  Tensor,
  uniform,
} from "@tapegrad/core";

/** The arguments of a sample call, with each `draw` made a tensor. */
export interface Drawn {
  readonly args: readonly unknown[];
  /** Positions in `tensors` of the drawn float64 tensors: what can be perturbed. */
  readonly floats: readonly AnyTensor[];
  /** The arguments with other tensors in place of `floats`. */
  readonly withFloats: (others: readonly AnyTensor[]) => readonly unknown[];
}

/** Values keep this part of the range away from points that a sample avoids. */
const MARGIN = 0.05;

/** Draws the tensors of a sample, the same ones for the same key. */
export function drawArguments(args: readonly unknown[], key: Key): Drawn {
  const draws = drawsIn(args);
  const tensors = new Map<Draw, AnyTensor>();
  const places = placesFor(draws, key);
  draws.forEach((draw, i) => {
    tensors.set(draw, draw.distinct ? distinct(draw, places) : independent(draw, foldIn(key, i)));
  });
  const ordered = draws.map((draw) => tensors.get(draw)!);
  const floats = ordered.filter((tensor) => tensor.dtype === "float64");
  const withFloats = (others: readonly AnyTensor[]): readonly unknown[] => {
    const replaced = new Map(floats.map((tensor, i) => [tensor, others[i]!]));
    return substitute(args, (draw) => {
      const tensor = tensors.get(draw)!;
      return replaced.get(tensor) ?? tensor;
    });
  };
  return { args: withFloats(floats), floats, withFloats };
}

/** The arguments with an abstract tensor in place of each draw and tensor. */
export function abstractArguments(args: readonly unknown[]): readonly unknown[] {
  return substitute(args, (draw) => abstract(draw.shape, draw.dtype));
}

function drawsIn(value: unknown): Draw[] {
  const found: Draw[] = [];
  substitute(value, (draw) => {
    if (!found.includes(draw)) found.push(draw);
    return draw;
  });
  return found;
}

function substitute<T>(value: T, replace: (draw: Draw) => unknown): T {
  if (value instanceof Draw) return replace(value) as T;
  if (Array.isArray(value)) return value.map((item) => substitute(item, replace)) as T;
  if (
    value !== null &&
    typeof value === "object" &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !isTensor(value)
  ) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, substitute(item, replace)])) as T;
  }
  return value;
}

function independent({ shape, dtype, low, high, avoid }: Draw, key: Key): AnyTensor {
  if (dtype === "bool") return bernoulli(key, 0.5, shape) as AnyTensor;
  if (!isFloat(dtype)) return cast(integers(key, low, high + 1, shape) as AnyTensor, dtype);
  const values = uniform(key, shape, { low, high, dtype: "float64" }).data();
  const margin = MARGIN * (high - low);
  const kept = values.map((value) => {
    const near = avoid.find((point) => Math.abs(value - point) < margin);
    if (near === undefined) return value;
    return near + (value < near ? -margin : margin);
  });
  return cast(new Tensor(shape, "float64", Float64Array.from(kept)) as AnyTensor, dtype);
}

/** Shuffled, evenly spaced numbers in (0, 1), one for each element that must differ from all others. */
function placesFor(draws: readonly Draw[], key: Key): number[] {
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const count = draws.filter((draw) => draw.distinct).reduce((sum, draw) => sum + size(draw.shape), 0);
  return Array.from(permutation(key, count).data(), (rank) => (rank + 0.5) / count);
}

function distinct({ shape, dtype, low, high }: Draw, places: number[]): AnyTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from(places.splice(0, size), (place) => low + place * (high - low));
  return cast(new Tensor(shape, "float64", values) as AnyTensor, dtype);
}
