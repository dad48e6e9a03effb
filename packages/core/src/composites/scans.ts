import { arange } from "../create.ts";
import { toFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw, type ErrorSample, type Sample } from "../op.ts";
import { mul } from "../ops/arithmetic.ts";
import { cast, stopGradient } from "../ops/cast.ts";
import { greaterEqual, isNaN, logicalOr } from "../ops/comparison.ts";
import { gather } from "../ops/indexing.ts";
import { broadcastTo, concat, reshape } from "../ops/movement.ts";
import { logaddexp } from "../ops/pairs.ts";
import { slice } from "../ops/slice.ts";
import { where } from "../ops/where.ts";
import { normalizeAxis } from "../shape.ts";
import type { AlongAxis, FloatAlongAxis } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";

/**
 * Running results of an associative operation along an axis, in log₂ n rounds of whole-tensor operations (Hillis and Steele,
 * "Data parallel algorithms", 1986). All tensors of `state` advance together.
 */
function scanWith(
  state: readonly AnyTensor[],
  axis: number,
  combine: (earlier: readonly AnyTensor[], later: readonly AnyTensor[]) => readonly AnyTensor[],
): readonly AnyTensor[] {
  const length = state[0]!.shape[axis]!;
  const range = (from: number, to: number) => [...Array<null>(axis).fill(null), [from, to] as const];
  let now = state;
  for (let shift = 1; shift < length; shift *= 2) {
    const earlier = now.map((x) => slice(x, range(0, length - shift)) as AnyTensor);
    const later = now.map((x) => slice(x, range(shift, length)) as AnyTensor);
    const combined = combine(earlier, later);
    now = now.map((x, i) => concat([slice(x, range(0, shift)), combined[i]!], axis) as AnyTensor);
  }
  return now;
}

const along: readonly Sample[] = [
  { args: [draw([5])] },
  { args: [draw([2, 3, 2]), 1] },
  { args: [draw([2, 4]), -1] },
  { args: [draw([0, 2])] },
];
const unknownAxis = (name: string): readonly ErrorSample[] => [
  { args: [draw([2]), 1], error: ShapeError, message: RegExp(`${name}: \\[2\\] has no axis 1`) },
];

/**
 * Running products along an axis (the first if not given). The gradient is exact where factors are 0.
 * @throws ShapeError for an unknown axis.
 * @example
 * cumprod(tensor([1, 2, 3])).toArray(); // [1, 2, 6]
 */
export const cumprod: AlongAxis<"cumprod"> = defineComposite<AlongAxis<"cumprod">>(
  {
    name: "cumprod",
    samples: [...along, { args: [draw([3], { dtype: "uint8", high: 3 })] }],
    errors: unknownAxis("cumprod"),
  },
  (x: AnyTensor, axis = 0) => {
    checkTensor("cumprod", x, 0);
    const at = normalizeAxis("cumprod", axis, x.shape);
    const input = cast(x, x.dtype === "bool" || x.dtype === "uint8" ? "int32" : x.dtype) as AnyTensor;
    return scanWith([input], at, ([a], [b]) => [mul(a!, b!) as AnyTensor])[0];
  },
);

/**
 * Running log Σ eˣ along an axis (the first if not given), without overflow.
 * @throws ShapeError for an unknown axis.
 * @example
 * logcumsumexp(tensor([0, -Infinity])).toArray(); // [0, 0]
 */
export const logcumsumexp: FloatAlongAxis<"logcumsumexp"> = defineComposite<FloatAlongAxis<"logcumsumexp">>(
  { name: "logcumsumexp", samples: along, errors: unknownAxis("logcumsumexp") },
  (x: AnyTensor, axis = 0) => {
    checkTensor("logcumsumexp", x, 0);
    const at = normalizeAxis("logcumsumexp", axis, x.shape);
    return scanWith([cast(x, toFloat(x.dtype)) as AnyTensor], at, ([a], [b]) => [logaddexp(a!, b!) as AnyTensor])[0];
  },
);

/** Signature of running extremes. */
export type Running = (
  x: AnyTensor,
  axis?: number,
) => readonly [values: AnyTensor, indices: Tensor<readonly number[], "int32">];

/** Running extremes, and where they came from: the latest of several; a NaN stays. */
function runningExtreme(
  name: string,
  x: AnyTensor,
  axis: number,
  beats: (later: AnyTensor, earlier: AnyTensor) => AnyTensor,
) {
  checkTensor(name, x, 0);
  const at = normalizeAxis(name, axis, x.shape);
  const places = reshape(
    arange(x.shape[at]!, undefined, 1, { dtype: "int32" }),
    x.shape.map((size, i) => (i === at ? size : 1)),
  );
  const start = [stopGradient(x), broadcastTo(places, x.shape)] as readonly AnyTensor[];
  const [, indices] = scanWith(start, at, ([earlier, i], [later, j]) => {
    const stays = isNaN(earlier!);
    const takes = logicalOr(isNaN(later!), beats(later!, earlier!) as Tensor<readonly number[], "bool">);
    const pick = (a: AnyTensor, b: AnyTensor): AnyTensor => where(stays, a, where(takes, b, a)) as AnyTensor;
    return [pick(earlier!, later!), pick(i!, j!)];
  });
  return [gather(x, indices as Tensor<readonly number[], "int32">, at), indices];
}

const distinct: readonly Sample[] = [
  { args: [draw([5], { distinct: true })] },
  { args: [draw([2, 3, 2], { distinct: true }), 1] },
];

/**
 * Running maxima along an axis (the first if not given), and the int32 positions they stand at: the latest of several. A
 * NaN stays from where it appears.
 * @throws ShapeError for an unknown axis.
 * @example
 * cummax(tensor([1, 3, 2])).map((result) => result.toArray()); // [[1, 3, 3], [0, 1, 1]]
 */
export const cummax: Running = defineComposite<Running>(
  { name: "cummax", samples: distinct, errors: unknownAxis("cummax") },
  (x: AnyTensor, axis = 0) => runningExtreme("cummax", x, axis, (later, earlier) => greaterEqual(later, earlier)),
);

/**
 * Running minima along an axis (the first if not given), and the int32 positions they stand at: the latest of several. A
 * NaN stays from where it appears.
 * @throws ShapeError for an unknown axis.
 * @example
 * cummin(tensor([3, 1, 2])).map((result) => result.toArray()); // [[3, 1, 1], [0, 1, 1]]
 */
export const cummin: Running = defineComposite<Running>(
  { name: "cummin", samples: distinct, errors: unknownAxis("cummin") },
  (x: AnyTensor, axis = 0) => runningExtreme("cummin", x, axis, (later, earlier) => greaterEqual(earlier, later)),
);
