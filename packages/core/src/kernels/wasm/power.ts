import type { Body } from "../../wasm/builder.ts";
import {
  demoteZero,
  type Features,
  f32x4,
  f64x2,
  i32,
  i64x2,
  promoteLow,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import { splitDouble } from "./double-functions.ts";
import { keep, polynomial } from "./vector-function.ts";

/** log₂((1 + s)/(1 − s))/s in powers of s², for s up to (√2 − 1)/(√2 + 1): relative error 4e-12. */
const LOG2 = [2.8853900817900855, 0.9617966733422952, 0.5770835848539236, 0.4116727263100145, 0.3407299623431473];
/** 2ʳ on [−½, ½]: relative error 2e-9. */
const EXP2 = [
  1, 0.6931472058868616, 0.2402264686765574, 0.0555032845087568, 0.00961849041267897, 0.0013400063280751997,
  0.00015345692137977483,
];

/**
 * |x|^y = 2^(y·log₂|x|) for four float32, in float64, whose digits make up for a large exponent; with the special cases of JavaScript's
 * `**`: of IEEE 754's pow, but (±1)^±∞ and 1^NaN are NaN.
 */
export function singlePower(features: Features): (body: Body, x: V128, y: V128) => V128 {
  const f = f32x4(features);
  const wide = f64x2(features);
  const [c, d] = [f.const, wide.const];

  /** For two positive numbers that are finite, as float64. */
  const positive = (body: Body, x: V128, y: V128): V128 => {
    const at = keep(body, x);
    const { k, m: mantissa } = splitDouble(wide, body, at);
    const m = keep(body, mantissa);
    const s = keep(body, wide.div(wide.sub(m, d(1)), wide.add(m, d(1))));
    const log = wide.madd(polynomial(wide, LOG2, keep(body, wide.mul(s, s))), s, k);
    const exponent = keep(body, wide.greater(wide.lesser(wide.mul(log, y), d(1000)), d(-1000)));
    const raw = keep(body, wide.add(exponent, d(MAGIC)));
    const r = keep(body, wide.sub(exponent, wide.sub(raw, d(MAGIC))));
    const power = i64x2.add(i64x2.shl(raw, i32.const(52)), d(1));
    return demoteZero(wide.mul(polynomial(wide, EXP2, r), power));
  };
  const high = (x: V128): V128 => v128.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);

  return (body, base, exponent) => {
    const [x, y] = [keep(body, base), keep(body, exponent)];
    const size = keep(body, f.abs(x));
    const low = keep(body, positive(body, promoteLow(size), promoteLow(y)));
    const top = keep(body, positive(body, promoteLow(high(size)), promoteLow(high(y))));
    const value = keep(body, v128.shuffle(low, top, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]));
    // 0 and ∞ to the power of a number that is not NaN.
    const isInfinite = keep(body, f.eq(size, c(Number.POSITIVE_INFINITY)));
    const isEdge = v128.and(v128.or(f.eq(size, c(0)), isInfinite), f.eq(y, y));
    const grows = v128.xor(isInfinite, f.lt(y, c(0)));
    const whole = keep(body, v128.select(v128.and(grows, c(Number.POSITIVE_INFINITY)), value, isEdge));
    // Odd exponents keep the sign; of a finite negative number, a power that is not whole is NaN.
    const isWhole = keep(body, f.eq(f.trunc(y), y));
    const half = keep(body, f.mul(y, c(0.5)));
    const isOdd = v128.andNot(isWhole, f.eq(f.trunc(half), half));
    const signed = v128.or(whole, v128.and(v128.and(x, c(-0)), isOdd));
    const isNaN = v128.or(v128.andNot(v128.andNot(f.lt(x, c(0)), isInfinite), isWhole), f.ne(x, x));
    return v128.select(c(1), v128.or(signed, isNaN), f.eq(y, c(0)));
  };
}

/** The magic number whose sum with a whole number below 2⁵¹ has that number in its last bits. */
const MAGIC = 1.5 * 2 ** 52;
