import {
  type AnyTensor,
  add,
  adopt,
  asinh,
  broadcastTo,
  type Draw,
  eye,
  foldIn,
  type Key,
  matmul,
  mul,
  permutation,
  reshape,
  type Shape,
  sameShape,
  sin,
  sizeOf,
  take,
  tensor,
  uniform,
} from "@tapegrad/core";
import { regularDiagonal } from "../sample-arguments.ts";
import { Expression, type Variable } from "./expression.ts";

/** Values keep this part of the range away from its ends and from points that a draw avoids. */
const MARGIN = 0.05;
/** Values of a `distinct` draw move within this part of the places that they have for themselves. */
const DISTINCT_PART = 0.4;

/** The places in (0, 1) of the elements of a draw that must differ from all others, and how wide they are. */
export interface Places {
  readonly middles: readonly number[];
  readonly width: number;
}

/** Places for the elements of all `distinct` draws of one call, in random order. */
export function placesFor(draws: readonly Draw[], key: Key): ReadonlyMap<Draw, Places> {
  const distinct = draws.filter((draw) => draw.distinct);
  const count = distinct.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (count === 0) return new Map();
  const order = [...permutation(key, count).data()];
  return new Map(
    distinct.map((draw) => {
      const middles = order.splice(0, sizeOf(draw.shape)).map((rank) => (rank + 0.5) / count);
      return [draw, { middles, width: 1 / count }];
    }),
  );
}

/**
 * How a value becomes what a draw asks for. As it is, where shape and range fit; else by smooth operations whose results are what the
 * draw asks for whatever the value: elements are taken in turn, and sin(asinh(x)) takes them into the range. The asinh is for values
 * of any size: a small relative change of x remains a small change.
 */
export function feed(
  source: Variable,
  value: AnyTensor,
  draw: Draw,
  places: Places | undefined,
  key: Key,
): Expression | Variable {
  if (fits(value, draw, places)) return source;
  const size = sizeOf(draw.shape);
  const wave = call({ sin }, shifted(reshaped(source, value.shape, draw.shape, key), value, draw.shape, key));
  const { middle, half } = places === undefined ? withinRange(draw, size, key) : withinPlaces(draw, places);
  const scaled = call({ mul }, wave, operand(half, draw.shape));
  const moved = middle.every((x) => x === 0) ? scaled : call({ add }, scaled, operand(middle, draw.shape));
  if (draw.regular) return call({ add }, moved, regularDiagonal(draw));
  if (!draw.definite) return moved;
  const square = call({ matmul }, moved, moved, { transposeB: true });
  return call({ add }, square, eye(draw.shape.at(-1)!, undefined, { dtype: "float64" }));
}

/** A call of a function that is given by its name. */
export function call(named: Readonly<Record<string, unknown>>, ...args: readonly unknown[]): Expression {
  const [name, f] = Object.entries(named)[0]!;
  return new Expression(name, f, args);
}

/** Whether a value lies in the range of a draw, away from all points that it avoids. */
function fits(
  value: AnyTensor,
  { shape, low, high, avoid, distinct, definite, regular }: Draw,
  places?: Places,
): boolean {
  if (definite || regular || !sameShape(value.shape, shape)) return false;
  const margin = MARGIN * (high - low);
  const values = Float64Array.from(value.data());
  if (distinct) {
    // Of several draws that must differ from each other, none is fed as it is.
    if (places?.middles.length !== Math.round(1 / places!.width)) return false;
    const gap = ((high - low) * places.width) / 4;
    const sorted = values.toSorted();
    if (sorted.some((x, i) => i > 0 && x - sorted[i - 1]! < gap)) return false;
  }
  return values.every((x) => x >= low && x <= high && avoid.every((point) => Math.abs(x - point) >= margin));
}

/** As many elements as a shape has, in that shape: in turn from the value, and from its beginning again where it has fewer. */
function reshaped(source: Variable, from: Shape, to: Shape, key: Key): Expression | Variable {
  const [has, needs] = [sizeOf(from), sizeOf(to)];
  if (sameShape(from, to)) return source;
  if (has === needs) return call({ reshape }, source, to);
  if (has === 1 && from.length <= to.length) return call({ broadcastTo }, source, to);
  const flat = from.length === 1 ? source : call({ reshape }, source, [has]);
  const start = needs < has ? integerBelow(has, foldIn(key, 0)) : 0;
  const indices = Int32Array.from({ length: needs }, (_, i) => (start + i) % has);
  const taken = call({ take }, flat, tensor(indices, { shape: [needs] }));
  return to.length === 1 ? taken : call({ reshape }, taken, to);
}

/** asinh(x), with a shift for each element where some are the same: rows of equal numbers have kinks of their own. */
function shifted(x: Expression | Variable, value: AnyTensor, shape: Shape, key: Key): Expression {
  const tame = call({ asinh }, x);
  if (new Set(value.data()).size >= sizeOf(shape)) return tame;
  const size = sizeOf(shape);
  const shifts = Array.from(permutation(foldIn(key, 1), size).data(), (rank) => round(4 * ((rank + 0.5) / size - 0.5)));
  return call({ add }, tame, operand(shifts, shape));
}

interface Target {
  readonly middle: readonly number[];
  readonly half: readonly number[];
}

function withinPlaces({ low, high }: Draw, { middles, width }: Places): Target {
  const range = high - low;
  return {
    middle: middles.map((place) => low + range * place),
    half: [(DISTINCT_PART / 2) * width * range],
  };
}

/** Each element in one of the intervals that the avoided points leave. */
function withinRange({ low, high, avoid }: Draw, size: number, key: Key): Target {
  const margin = MARGIN * (high - low);
  const inside = avoid.filter((point) => point > low - margin && point < high + margin).sort((a, b) => a - b);
  const starts = [low, ...inside.map((point) => point + margin)];
  const ends = [...inside.map((point) => point - margin), high];
  const intervals = starts.map((start, i) => [start, ends[i]!] as const).filter(([start, end]) => end > start);
  const chosen =
    intervals.length === 1
      ? intervals
      : Array.from(uniform(foldIn(key, 2), [size]).data(), (x) => intervals[Math.floor(x * intervals.length)]!);
  return {
    middle: chosen.map(([start, end]) => round((start + end) / 2)),
    half: chosen.map(([start, end]) => round((0.5 - MARGIN) * (end - start))),
  };
}

const round = (x: number): number => Number(x.toPrecision(3));

/** A constant: one number where all elements are the same, else a tensor. */
function operand(values: readonly number[], shape: Shape): number | AnyTensor {
  return values.every((x) => x === values[0]) ? (values[0] ?? 0) : adopt(Float64Array.from(values), shape);
}

function integerBelow(end: number, key: Key): number {
  return Math.floor(uniform(key, [], { dtype: "float64" }).data()[0]! * end);
}
