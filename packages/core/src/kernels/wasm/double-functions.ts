import type { Body } from "../../wasm/builder.ts";
import { type Features, type FloatVector, f64x2, i32, i64x2, type V128, v128 } from "../../wasm/instructions.ts";
import { keep, longPolynomial, polynomial, type VectorFunction } from "./vector-function.ts";

// Elementary functions of float64, two at a time, by reduction to an interval around 0 as those of float32. Constants are those of fdlibm
// (Sun Microsystems, 1993) unless a comment says otherwise; `pnpm ulp` measures the errors.

/** 1/0!, 1/1!, ...: the Taylor series of exp. */
const inverseFactorials = (count: number): number[] => {
  const all = [1];
  for (let i = 1; i < count; i++) all.push(all[i - 1]! / i);
  return all;
};

/** The magic number whose sum with a whole number below 2⁵¹ has that number in its last bits. */
const MAGIC = 1.5 * 2 ** 52;

/** A positive normal x as 2ᵏ·m with m from √½ to √2. */
export function splitDouble(f: FloatVector, body: Body, x: V128): { k: V128; m: V128 } {
  // The exponent's bits of x/√½, signed: −∞ is the mask for them, and 2 lifts them above 0.
  const exponent = keep(body, v128.and(i64x2.sub(x, f.const(Math.SQRT1_2)), f.const(Number.NEGATIVE_INFINITY)));
  const lifted = i64x2.shrU(i64x2.add(exponent, f.const(2)), i32.const(52));
  return { k: f.sub(i64x2.add(lifted, f.const(MAGIC)), f.const(MAGIC + 1024)), m: i64x2.sub(x, exponent) };
}

/** What exp is made of, for functions that have more to do with its exponent. */
export function doubleExponential(features: Features) {
  const f = f64x2(features);
  const c = f.const;
  const SERIES = inverseFactorials(14).slice(2);
  /** 2ⁿ for n in the last bits, from −1022 to 1023. */
  const power = (raw: V128): V128 => i64x2.add(i64x2.shl(raw, i32.const(52)), c(1));
  return {
    /** x = n·ln 2 + r, with n in the last bits of `raw`; ln 2 is in two parts, the first of 33 bits. */
    reduced: (body: Body, x: V128): { raw: V128; r: V128 } => {
      const raw = keep(body, f.madd(x, c(Math.LOG2E), c(MAGIC)));
      const n = keep(body, f.sub(raw, c(MAGIC)));
      const r = keep(body, f.madd(n, c(-1.9082149292705877e-10), f.madd(n, c(-0.6931471803691238), x)));
      return { raw, r };
    },
    /** eʳ − 1 near 0. */
    near: (body: Body, r: V128): V128 => f.madd(longPolynomial(f, body, SERIES, r), keep(body, f.mul(r, r)), r),
    /** y·2ⁿ in two factors, so that results below the smallest normal number are rounded once. */
    scaled: (body: Body, y: V128, raw: V128): V128 => {
      const half = keep(body, i64x2.shrU(raw, i32.const(1)));
      return f.mul(f.mul(y, power(half)), power(i64x2.sub(raw, half)));
    },
  };
}

/** The functions of float64 that are made of exponentials and logarithms. */
export function doubleFunctions(
  features: Features,
): Readonly<Record<"exp" | "expm1" | "log" | "log1p" | "tanh" | "sigmoid" | "softplus", VectorFunction>> {
  const f = f64x2(features);
  const c = f.const;
  const { reduced, near, scaled } = doubleExponential(features);
  const between = (x: V128, low: number, high: number): V128 => f.greater(f.lesser(x, c(high)), c(low));

  const exp: VectorFunction = (body, x) => {
    const { raw, r } = reduced(body, keep(body, between(x, -746, 710)));
    return scaled(body, f.add(near(body, r), c(1)), raw);
  };

  // 2ⁿ(eʳ − 1) + (2ⁿ − 1), by half of it, which does not overflow before the result does.
  const expm1: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const { raw, r } = reduced(body, keep(body, between(at, -60, 710)));
    const scale = keep(body, i64x2.add(i64x2.shl(raw, i32.const(52)), c(0.5)));
    const half = keep(body, f.madd(scale, near(body, r), f.sub(scale, c(0.5))));
    return v128.or(f.add(half, half), v128.and(at, c(-0)));
  };

  const log: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const isTiny = keep(body, f.lt(at, c(2.2250738585072014e-308)));
    const normal = keep(body, v128.select(f.mul(at, c(2 ** 54)), at, isTiny));
    const { k, m } = splitDouble(f, body, normal);
    const n = keep(body, f.sub(k, v128.and(isTiny, c(54))));
    const g = keep(body, f.sub(m, c(1)));
    const s = keep(body, f.div(g, f.add(g, c(2))));
    const z = keep(body, f.mul(s, s));
    const R = f.mul(z, polynomial(f, LOG, z));
    const half = keep(body, f.mul(f.mul(g, g), c(0.5)));
    const low = f.madd(n, c(1.9082149292705877e-10), f.mul(s, f.add(half, R)));
    const y = keep(body, f.madd(n, c(0.6931471803691238), f.sub(g, f.sub(half, low))));
    // log 0 = −∞, log ∞ = ∞, and NaN for what is negative or NaN.
    const ofZero = v128.select(c(Number.NEGATIVE_INFINITY), y, f.eq(at, c(0)));
    const ofLarge = v128.select(at, keep(body, ofZero), f.eq(at, c(Number.POSITIVE_INFINITY)));
    return v128.select(keep(body, ofLarge), c(Number.NaN), f.ge(at, c(0)));
  };

  const log1p: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const u = keep(body, f.add(at, c(1)));
    const y = keep(body, log(body, u));
    // What the rounding of 1 + x lost, to first order (Kahan).
    const corrected = f.add(y, f.div(f.sub(at, f.sub(u, c(1))), u));
    const isEdge = v128.or(f.eq(u, c(0)), f.eq(u, c(Number.POSITIVE_INFINITY)));
    return v128.select(at, v128.select(y, corrected, isEdge), f.eq(at, c(0)));
  };

  return {
    exp,
    expm1,
    log,
    log1p,
    tanh: (body, x) => {
      const at = keep(body, x);
      const size = keep(body, f.lesser(f.abs(at), c(22)));
      const isNear = keep(body, f.lt(size, c(1)));
      const twice = f.add(size, size);
      const t = keep(body, expm1(body, v128.select(f.neg(twice), twice, isNear)));
      const near = f.div(f.neg(t), f.add(t, c(2)));
      const far = f.sub(c(1), f.div(c(2), f.add(t, c(2))));
      const y = v128.select(near, far, isNear);
      return v128.or(y, v128.and(at, c(-0)));
    },
    // As the plain loop: below −709 its result is 0, where 1 + e⁻ˣ overflows.
    sigmoid: (body, x) => f.div(c(1), f.add(exp(body, f.neg(x)), c(1))),
    softplus: (body, x) => {
      const at = keep(body, x);
      return f.add(v128.andNot(at, f.lt(at, c(0))), log1p(body, exp(body, f.neg(f.abs(at)))));
    },
  };
}

/** Lg1 to Lg7. */
const LOG = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586,
];
