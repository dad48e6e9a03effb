import type { Body } from "../../wasm/builder.ts";
import {
  demoteZero,
  type Features,
  f32x4,
  f64x2,
  i32,
  i32x4,
  i64x2,
  promoteLow,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import { keep, polynomial, type VectorFunction } from "./vector-function.ts";

// sin and cos: x = n·π/2 + r, and the last two bits of n choose between ±sin r and ±cos r. π/2 is in parts of 33 bits, so that their
// products with n are exact (Cody and Waite, "Software manual for the elementary functions", 1980).

/** Beyond this, n has too many bits. */
export const LARGEST_ANGLE: number = 2 ** 18;

const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32];

/** (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ in powers of r², for r up to π/4 and a little. */
const SIN = [-0.1666665358577217, 0.008332090580570967, -0.00019505267833852956];
const COS = [0.04166664458692267, -0.0013887252769737236, 2.4425019129835893e-5];
/** S1 to S6, and C1 to C6, of fdlibm. */
const SIN64 = [
  -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 2.7557313707070068e-6, -2.5050760253406863e-8,
  1.58969099521155e-10,
];
const COS64 = [
  0.0416666666666666, -0.001388888888887411, 2.480158728947673e-5, -2.7557314351390663e-7, 2.087572321298175e-9,
  -1.1359647557788195e-11,
];

interface Trigonometric {
  readonly sin: VectorFunction;
  readonly cos: VectorFunction;
}

/** Of float32, for |x| up to `LARGEST_ANGLE`; the rest r is taken in float64, since near multiples of π it has lost its first digits. */
export function singleTrigonometric(features: Features): Trigonometric {
  const f = f32x4(features);
  const wide = f64x2(features);
  const c = f.const;
  const high = (x: V128): V128 => v128.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
  const rest = (x: V128, n: V128): V128 =>
    demoteZero(wide.madd(n, wide.const(-HALF_PI[1]!), wide.madd(n, wide.const(-HALF_PI[0]!), x)));

  const turned = (body: Body, at: V128, quarters: 0 | 1): V128 => {
    const raw = keep(body, f.madd(at, c(2 / Math.PI), c(1.5 * 2 ** 23)));
    const n = keep(body, f.sub(raw, c(1.5 * 2 ** 23)));
    const low = keep(body, rest(promoteLow(at), keep(body, promoteLow(n))));
    const top = keep(body, rest(promoteLow(high(at)), keep(body, promoteLow(high(n)))));
    const r = keep(body, v128.shuffle(low, top, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]));
    const z = keep(body, f.mul(r, r));
    const sine = f.madd(f.mul(polynomial(f, SIN, z), z), r, r);
    const cosine = f.madd(polynomial(f, COS, z), keep(body, f.mul(z, z)), f.madd(z, c(-0.5), c(1)));
    const turns = keep(body, quarters === 0 ? raw : i32x4.add(raw, i32x4.splat(i32.const(quarters))));
    const isOdd = i32x4.shrS(i32x4.shl(turns, i32.const(31)), i32.const(31));
    const sign = v128.and(i32x4.shl(turns, i32.const(30)), c(-0));
    return v128.xor(v128.select(cosine, sine, isOdd), sign);
  };
  return withSigns(turned, f.abs, c(-0));
}

/** Of float64, for |x| up to `LARGEST_ANGLE`. */
export function doubleTrigonometric(features: Features): Trigonometric {
  const f = f64x2(features);
  const c = f.const;
  const turned = (body: Body, at: V128, quarters: 0 | 1): V128 => {
    const raw = keep(body, f.madd(at, c(2 / Math.PI), c(1.5 * 2 ** 52)));
    const n = keep(body, f.sub(raw, c(1.5 * 2 ** 52)));
    const r = keep(
      body,
      HALF_PI.reduce((rest, part) => f.madd(n, c(-part), rest), at),
    );
    const z = keep(body, f.mul(r, r));
    const sine = f.madd(f.mul(polynomial(f, SIN64, z), z), r, r);
    const cosine = f.madd(polynomial(f, COS64, z), keep(body, f.mul(z, z)), f.madd(z, c(-0.5), c(1)));
    const turns = keep(body, quarters === 0 ? raw : i64x2.add(raw, ones));
    const isOdd = i64x2.sub(c(0), v128.and(turns, ones));
    const sign = v128.and(i64x2.shl(turns, i32.const(62)), c(-0));
    return v128.xor(v128.select(cosine, sine, isOdd), sign);
  };
  return withSigns(turned, f.abs, c(-0));
}

/** 1 as an integer in both lanes. */
const ones = v128.const([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);

/** cos x = cos |x|; sin x has the sign of x, that of −0, too. */
function withSigns(
  turned: (body: Body, at: V128, quarters: 0 | 1) => V128,
  abs: (x: V128) => V128,
  signBit: V128,
): Trigonometric {
  return {
    sin: (body, x) => {
      const at = keep(body, x);
      return v128.xor(turned(body, keep(body, abs(at)), 0), v128.and(at, signBit));
    },
    cos: (body, x) => turned(body, keep(body, abs(x)), 1),
  };
}
