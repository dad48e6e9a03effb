import type { Body } from "../../wasm/builder.ts";
import { type Features, f32x4, i32, i32x4, type V128, v128 } from "../../wasm/instructions.ts";
import { keep, polynomial, type VectorFunction } from "./vector-function.ts";

// Elementary functions of float32, four at a time, without float64. Each reduces its argument to an interval around 0, takes a polynomial
// there, and undoes the reduction (Muller, "Elementary Functions", 3rd edition, chapter 11). Coefficients without another source are
// minimax fits of the relative error by reweighted least squares (Lawson, "Contributions to the theory of linear least maximum
// approximation", 1961); the errors that `pnpm ulp` measures are in benchmarks/README.md.

/** The magic number whose sum with a whole number below 2²² has that number in its last bits. */
const MAGIC = 1.5 * 2 ** 23;
const ONE = 0x3f800000;

/** (eʳ − 1 − r)/r² on [−ln 2/2, ln 2/2]. */
const EXP = [0.500000009518156, 0.16666518753851556, 0.041666205651122654, 0.008368901640233259, 0.001395050631542869];

/** tanh(x)/x = a + p(x²)/q(x²), up to 9.02, from where tanh rounds to 1: there a is most of it, and the roundings of p and q are little. */
const TANH = 0.10999999195337296;
const TANH_ABOVE = [
  0.8899999260902405, 0.0824129655957222, 0.0006482250755652785, -1.5530578821199015e-5, -7.206406138493548e-8,
];
const TANH_BELOW = [
  0.9999999403953552, 0.4671304523944855, 0.02587112784385681, 0.0003283117257524282, 7.762131986055465e-7,
];

/** (log(1 + g) − g + g²/2)/g³ from √½ − 1 to √2 − 1. */
const LOG = [
  0.3333331670709183, -0.25000809220005416, 0.2000228803553988, -0.16624589670719586, 0.14181161951428478,
  -0.13128417250986532, 0.12881791498092127, -0.0786066590067018,
];

/** log(1 + e)/e on [0, 1]. */
const LOG1P = [
  0.9999999952868699, -0.4999990241717269, 0.33329962267857405, -0.24954132134356372, 0.1967593145717689,
  -0.153055700988878, 0.10603616839249602, -0.05695915876618464, 0.019851262458966675, -0.0032439808247002257,
];

/** ln 2 in two parts (Cephes), the first of so few bits that its product with an exponent is exact. */
export const LN2_HIGH = 0.693359375;
export const LN2_LOW = -2.1219444e-4;

/** What exp is made of, for functions that have more to do with its exponent. */
export function singleExponential(features: Features) {
  const f = f32x4(features);
  const c = f.const;
  const bits = (value: number): V128 => i32x4.splat(i32.const(value));
  return {
    /** n = round(x/ln 2), with n as a number and in the last bits of `raw`. */
    exponentOf: (body: Body, x: V128): { n: V128; raw: V128 } => {
      const raw = keep(body, f.madd(x, c(Math.LOG2E), c(MAGIC)));
      return { n: keep(body, f.sub(raw, c(MAGIC))), raw };
    },
    /** eʳ − 1, near 0. */
    near: (body: Body, r: V128): V128 => f.madd(polynomial(f, EXP, r), keep(body, f.mul(r, r)), r),
    /** y·2ⁿ in two factors, so that results below the smallest normal number are rounded once; y is from ½ to 2, n from `exponentOf`. */
    scaled: (body: Body, y: V128, raw: V128): V128 => {
      const half = keep(body, i32x4.shrS(raw, i32.const(1)));
      const power = (n: V128): V128 => i32x4.add(i32x4.shl(n, i32.const(23)), bits(ONE));
      return f.mul(f.mul(y, power(half)), power(i32x4.sub(raw, half)));
    },
  };
}

/** The functions of float32 that are made of exponentials and logarithms. */
export function singleFunctions(
  features: Features,
): Readonly<Record<"exp" | "expm1" | "sigmoid" | "tanh" | "log" | "log1p" | "softplus", VectorFunction>> {
  const f = f32x4(features);
  const c = f.const;
  const bits = (value: number): V128 => i32x4.splat(i32.const(value));
  const { exponentOf, near, scaled } = singleExponential(features);
  const between = (x: V128, low: number, high: number): V128 => f.greater(f.lesser(x, c(high)), c(low));

  /** r = x − n·ln 2 and n. */
  const reduced = (body: Body, x: V128): { n: V128; raw: V128; r: V128 } => {
    const { n, raw } = exponentOf(body, x);
    return { n, raw, r: keep(body, f.madd(n, c(-LN2_LOW), f.madd(n, c(-LN2_HIGH), x))) };
  };

  const exp: VectorFunction = (body, x) => {
    const { raw, r } = reduced(body, keep(body, between(x, -104, 89)));
    return scaled(body, f.add(near(body, r), c(1)), raw);
  };

  // 2ⁿ(eʳ − 1) + (2ⁿ − 1), by half of it, which does not overflow before the result does.
  const expm1: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const { raw, r } = reduced(body, keep(body, between(at, -18, 89)));
    const scale = keep(body, i32x4.add(i32x4.shl(raw, i32.const(23)), bits(ONE - (1 << 23))));
    const half = keep(body, f.madd(scale, near(body, r), f.sub(scale, c(0.5))));
    return v128.or(f.add(half, half), v128.and(at, c(-0)));
  };

  /** 1/(1 + e⁻ˣ) = a/(a + b), where b/a = 2ⁿ·y in two factors, so that neither overflows. */
  const sigmoid: VectorFunction = (body, x) => {
    const at = keep(body, f.neg(between(x, -104, 104)));
    const { raw, r } = reduced(body, at);
    const half = keep(body, i32x4.shrS(raw, i32.const(1)));
    const a = keep(body, i32x4.sub(bits(ONE), i32x4.shl(half, i32.const(23))));
    const b = i32x4.add(i32x4.shl(i32x4.sub(raw, half), i32.const(23)), bits(ONE));
    return f.div(a, f.madd(f.add(near(body, r), c(1)), b, a));
  };

  const tanh: VectorFunction = (body, x) => {
    const at = keep(body, between(x, -9.02, 9.02));
    const z = keep(body, f.mul(at, at));
    const ratio = f.div(polynomial(f, TANH_ABOVE, z), polynomial(f, TANH_BELOW, z));
    return f.mul(f.add(ratio, c(TANH)), at);
  };

  /** x = 2ᵏ·m with m from √½ to √2, for normal numbers. */
  const split = (body: Body, x: V128): { k: V128; m: V128 } => {
    const k = keep(body, i32x4.shrS(i32x4.sub(x, bits(0x3f3504f3)), i32.const(23)));
    return { k, m: i32x4.sub(x, i32x4.shl(k, i32.const(23))) };
  };
  /** log(2ᵏ·(1 + g)) */
  const logOf = (body: Body, k: V128, g: V128): V128 => {
    const z = keep(body, f.mul(g, g));
    const low = f.madd(z, c(-0.5), f.mul(k, c(LN2_LOW)));
    return f.madd(k, c(LN2_HIGH), f.add(g, f.madd(f.mul(z, g), polynomial(f, LOG, g), low)));
  };
  /** What is neither above 0 nor finite: log 0 = −∞, log ∞ = ∞, NaN for the rest. */
  const withEdges = (body: Body, x: V128, y: V128): V128 => {
    const large = keep(body, v128.select(x, y, f.eq(x, c(Number.POSITIVE_INFINITY))));
    const zero = v128.select(c(Number.NEGATIVE_INFINITY), large, f.eq(x, c(0)));
    return v128.or(zero, v128.not(f.ge(x, c(0))));
  };

  const log: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const isTiny = keep(body, f.lt(at, c(2 ** -126)));
    const { k, m } = split(body, keep(body, v128.select(f.mul(at, c(2 ** 23)), at, isTiny)));
    const exponent = keep(body, f.sub(f.convert(k), v128.and(isTiny, c(23))));
    return withEdges(body, at, keep(body, logOf(body, exponent, keep(body, f.sub(m, c(1))))));
  };

  const log1p: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const u = keep(body, f.add(at, c(1)));
    const { k, m } = split(body, u);
    // What the rounding of 1 + x lost, on the scale of m; of a large x it is nothing.
    const lost = f.sub(at, f.sub(u, c(1)));
    const scale = i32x4.shl(i32x4.sub(bits(127), i32x4.minS(k, bits(126))), i32.const(23));
    const g = keep(body, f.madd(lost, scale, f.sub(m, c(1))));
    const y = keep(body, logOf(body, keep(body, f.convert(k)), g));
    return v128.or(withEdges(body, u, y), v128.and(at, c(-0)));
  };

  /** max(x, 0) + log(1 + e^−|x|) */
  const softplus: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const e = keep(body, exp(body, f.neg(f.abs(at))));
    return f.madd(e, polynomial(f, LOG1P, e), v128.andNot(at, f.lt(at, c(0))));
  };

  return { exp, expm1, sigmoid, tanh, log, log1p, softplus };
}
