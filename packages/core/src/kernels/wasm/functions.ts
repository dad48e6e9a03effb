import type { Body } from "../../wasm/builder.ts";
import {
  type Features,
  type FloatVector,
  f32x4,
  f64x2,
  i32,
  i32x4,
  i64x2,
  type V128,
  v128,
} from "../../wasm/instructions.ts";

// Elementary functions of vectors. Each reduces its argument to an interval around 0, takes a polynomial there, and undoes the reduction
// (Muller, "Elementary Functions", 3rd edition, chapter 11). Constants are those of fdlibm (Sun Microsystems, 1993) unless a comment says
// otherwise; the errors that test/kernels/functions.test.ts measures are in the table of benchmarks/README.md.

/** A function of a vector, with variables of the body for what is used twice. */
export type VectorFunction = (body: Body, x: V128) => V128;

/** Σ cᵢ·xⁱ by Horner's rule, from the highest coefficient. */
export function polynomial(f: FloatVector, coefficients: readonly number[], x: V128): V128 {
  return coefficients
    .slice(0, -1)
    .reduceRight<V128>((sum, c) => f.madd(sum, x, f.const(c)), f.const(coefficients.at(-1)!));
}

const keep = (body: Body, x: V128): V128 => body.local("v128", x);

/** 1/0!, 1/1!, ...: the Taylor series of exp. */
const inverseFactorials = (count: number): number[] => {
  const all = [1];
  for (let i = 1; i < count; i++) all.push(all[i - 1]! / i);
  return all;
};

/** The two functions of float32 that networks use most, four at a time. */
export function singleFunctions(features: Features): {
  exp: VectorFunction;
  tanh: VectorFunction;
  sigmoid: VectorFunction;
} {
  const f = f32x4(features);
  const c = f.const;

  /** 2ⁿ for whole n, in two factors so that results below the smallest normal number come out, too. */
  const scaled = (body: Body, y: V128, n: V128): V128 => {
    const k = keep(body, i32x4.truncate(n));
    const half = keep(body, i32x4.shrS(k, i32.const(1)));
    const power = (e: V128): V128 => i32x4.shl(i32x4.add(e, i32x4.splat(i32.const(127))), i32.const(23));
    return f.mul(f.mul(y, power(half)), power(i32x4.sub(k, half)));
  };

  /** x = n·ln 2 + r with |r| ≤ ln 2 / 2. */
  const reduced = (body: Body, x: V128): { n: V128; r: V128 } => {
    const n = keep(body, f.nearest(f.mul(x, c(Math.LOG2E))));
    // ln 2 in two parts (Cephes), the first of so few bits that n times it is exact.
    const r = keep(body, f.madd(n, c(2.1219444e-4), f.madd(n, c(-0.693359375), x)));
    return { n, r };
  };
  // exp(r) = 1 + r + r²·p(r) (Cephes, expf).
  const EXP = [5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4];

  const exp: VectorFunction = (body, x) => {
    const { n, r } = reduced(body, f.max(f.min(x, c(89)), c(-104)));
    const square = keep(body, f.mul(r, r));
    const y = f.add(f.madd(polynomial(f, EXP, r), square, r), c(1));
    return scaled(body, y, n);
  };

  return {
    exp,
    // x + x·z·p(z), z = x², near 0, else 1 − 2/(e²ˣ + 1) (Cephes, tanhf).
    tanh: (body, x) => {
      const at = keep(body, x);
      const size = keep(body, f.abs(at));
      const z = keep(body, f.mul(at, at));
      const p = polynomial(
        f,
        [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3],
        z,
      );
      const near = keep(body, f.madd(f.mul(p, z), at, at));
      const e = exp(body, f.add(size, size));
      const far = keep(body, f.sub(c(1), f.div(c(2), f.add(e, c(1)))));
      return v128.or(v128.select(near, far, f.lt(size, c(0.625))), v128.and(at, c(-0)));
    },
    // e = exp(−|x|) does not overflow: 1/(1 + e) for x ≥ 0, else e/(1 + e).
    sigmoid: (body, x) => {
      const at = keep(body, x);
      const e = keep(body, exp(body, f.neg(f.abs(at))));
      return f.div(v128.select(c(1), e, f.ge(at, c(0))), f.add(e, c(1)));
    },
  };
}

/** The magic number whose sum with a whole number below 2⁵¹ has that number in its last bits. */
const MAGIC = 1.5 * 2 ** 52;

/** Functions of float64, two at a time; with float32 widened, they serve that dtype, too. */
export function doubleFunctions(features: Features): Readonly<Record<string, VectorFunction>> {
  const f = f64x2(features);
  const c = f.const;

  /** 2ⁿ for whole n from −1022 to 1023. */
  const power = (n: V128): V128 => i64x2.shl(i64x2.add(f.add(n, c(MAGIC)), bits(1023)), i32.const(52));
  const reduced = (body: Body, x: V128): { n: V128; r: V128 } => {
    const n = keep(body, f.nearest(f.mul(x, c(Math.LOG2E))));
    const r = keep(body, f.madd(n, c(-1.9082149292705877e-10), f.madd(n, c(-0.6931471803691238), x)));
    return { n, r };
  };
  const SERIES = inverseFactorials(14).slice(2);
  /** e^r − 1 near 0. */
  const expm1Near = (body: Body, r: V128): V128 => f.madd(polynomial(f, SERIES, r), keep(body, f.mul(r, r)), r);

  const exp: VectorFunction = (body, x) => {
    const { n, r } = reduced(body, f.max(f.min(x, c(710)), c(-746)));
    const y = keep(body, f.add(expm1Near(body, r), c(1)));
    const half = keep(body, f.floor(f.mul(n, c(0.5))));
    return f.mul(f.mul(y, power(half)), power(f.sub(n, half)));
  };

  const expm1: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const { n, r } = reduced(body, f.max(f.min(at, c(710)), c(-60)));
    const near = keep(body, expm1Near(body, r));
    // 2ⁿ·(e^r − 1) + (2ⁿ − 1); 2¹⁰²⁴ is too large by a factor of 2.
    const whole = keep(body, f.min(n, c(1023)));
    const scale = keep(body, power(whole));
    const rest = f.add(f.sub(n, whole), c(1));
    const y = f.mul(f.add(f.mul(scale, near), f.sub(scale, c(1))), rest);
    return v128.select(at, y, f.eq(at, c(0)));
  };

  const log: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const isTiny = keep(body, f.lt(at, c(2.2250738585072014e-308)));
    const normal = keep(body, v128.select(f.mul(at, c(2 ** 54)), at, isTiny));
    // x = 2ᵏ·m with m from √½ to √2.
    const k = keep(body, i64x2.shrS(i64x2.sub(normal, c(Math.SQRT1_2)), i32.const(52)));
    const m = i64x2.sub(normal, i64x2.shl(k, i32.const(52)));
    const asFloat = f.sub(i64x2.add(k, c(MAGIC)), c(MAGIC));
    const n = keep(body, f.sub(asFloat, v128.and(isTiny, c(54))));
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
      const size = keep(body, f.min(f.abs(at), c(22)));
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
      return f.add(f.max(at, c(0)), log1p(body, exp(body, f.neg(f.abs(at)))));
    },
  };
}

/** Lg1 to Lg7. */
const LOG = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586,
];

/** A whole number in both lanes. */
const bits = (value: number): V128 =>
  v128.const([value & 255, value >> 8, 0, 0, 0, 0, 0, 0, value & 255, value >> 8, 0, 0, 0, 0, 0, 0]);

/** Beyond this, the reduction of sin and cos by π/2 in two parts is too coarse for float32. */
export const LARGEST_ANGLE: number = 2 ** 18;

/** sin and cos of what is widened from float32: too coarse for float64. */
export function coarseTrigonometric(features: Features): { sin: VectorFunction; cos: VectorFunction } {
  const f = f64x2(features);
  const c = f.const;
  const turned =
    (quarters: number): VectorFunction =>
    (body, x) => {
      const at = keep(body, x);
      const n = keep(body, f.nearest(f.mul(at, c(2 / Math.PI))));
      const r = keep(body, f.madd(n, c(-6.077100506506192e-11), f.madd(n, c(-1.5707963267341256), at)));
      const z = keep(body, f.mul(r, r));
      const sine = keep(body, f.madd(f.mul(polynomial(f, SIN, z), z), r, r));
      const cosine = keep(body, f.madd(polynomial(f, COS, z), f.mul(z, z), f.madd(z, c(-0.5), c(1))));
      // The quarter of the circle: its last bit chooses the function, the one before the sign.
      const quarter = keep(body, i64x2.add(f.add(n, c(MAGIC)), bits(quarters)));
      const isOdd = i64x2.shrS(i64x2.shl(quarter, i32.const(63)), i32.const(63));
      const sign = i64x2.shl(i64x2.shrU(quarter, i32.const(1)), i32.const(63));
      const y = v128.xor(v128.select(cosine, sine, isOdd), sign);
      return quarters === 0 ? v128.select(at, y, f.eq(at, c(0))) : y;
    };
  return { sin: turned(0), cos: turned(1) };
}

/** S1 to S6, and C1 to C6. */
const SIN = [
  -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 2.7557313707070068e-6, -2.5050760253406863e-8,
  1.58969099521155e-10,
];
const COS = [
  0.0416666666666666, -0.001388888888887411, 2.480158728947673e-5, -2.7557314351390663e-7, 2.087572321298175e-9,
  -1.1359647557788195e-11,
];

/** erf of what is widened from float32: too coarse for float64. */
export function coarseErf(features: Features): VectorFunction {
  const f = f64x2(features);
  const { expm1 } = doubleFunctions(features);
  return (body, x) => {
    const at = keep(body, x);
    const size = keep(body, f.min(f.abs(at), f.const(4)));
    // erf x = 1 − exp(log erfc x), with log erfc(x)/x by a Chebyshev fit on [0, 4]: relative error 1e-8, and erf 4 is 1 in float32.
    const t = keep(body, f.madd(size, f.const(0.5), f.const(-1)));
    const y = expm1!(body, f.mul(polynomial(f, ERFC, t), size));
    return v128.or(f.abs(y), v128.and(at, f.const(-0)));
  };
}

const ERFC = [
  -2.6824706292566205, -1.7356904139702758, -0.11181170922645833, 0.04595607184722278, -0.017382987878957628,
  0.005636614695616141, -0.0013432116415781948, 8.613253025499831e-5, 0.00024482026150932345, -0.00027109445369055603,
  0.00010184991554694739,
];
