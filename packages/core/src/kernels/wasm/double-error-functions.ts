import type { Body } from "../../wasm/builder.ts";
import { type Features, f64x2, type V128, v128 } from "../../wasm/instructions.ts";
import { doubleExponential } from "./double-functions.ts";
import { keep, longPolynomial, polynomial, type VectorFunction } from "./vector-function.ts";

/** erf(x)/x in powers of x², up to x = ½. */
const ERF = [
  1.1283791670955126, -0.37612638903183465, 0.11283791670924709, -0.02686617063268032, 0.005223977369730522,
  -0.0008548297470203862, 0.00012053321593044564, -1.4845512853657162e-5, 1.4722467311865847e-6,
];

/**
 * (u + 2)·e^(u²)·erfc(u) in powers of (u − 2)/(u + 2), from 0 to 28, from where erfc rounds to 0 (the form is that of Shepherd and
 * Laframboise, "Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞", 1981).
 */
const UPPER = [
  1.021582705242023, -0.6871606844138108, 0.2794720925560481, -0.03644223150685081, -0.021510661889086614,
  0.0064791850667139965, 0.0030906120497385583, -0.0008372960453923557, -0.0006630733889345374, 3.437127822423906e-5,
  0.00014446989160483653, 3.414978494500215e-5, -2.1692127379857616e-5, -1.612409023181964e-5, -1.1388710426131388e-6,
  3.6510131308214698e-6, 2.0320579505734207e-6, -7.961755563708629e-9, -6.186039295524796e-7, -3.1739669135076983e-7,
  4.708751971755192e-8, 1.1069083965459068e-7, 2.349641343991253e-8, -1.4644781115060118e-8, -5.726585188627288e-9,
];

/** (u + 3)·e^(u²/2)·Φ(−u) in powers of (u − 3)/(u + 3), from 0 to 39. */
const TAIL = [
  0.729083690133373, -0.5093319819174894, 0.23001771997460418, -0.04726302514298369, -0.010462867023335178,
  0.006972621240877963, 0.0010275922596075947, -0.001045828628885941, -0.00025657535241724804, 0.00015439451130328357,
  7.881272360070682e-5, -1.3246217050507121e-5, -2.0689455021660404e-5, -3.5173933220372645e-6, 3.64139361283653e-6,
  2.2565595837064998e-6, 4.189021319621262e-9, -5.943379296978244e-7, -2.665371174956843e-7, 4.5007199894368564e-8,
  8.818781459572972e-8, 2.2681401646247753e-8, -9.38756328365527e-9, -6.1648803270594436e-9, -9.083544415344305e-10,
];

/** The first half of the bits of a float64: its square is exact. */
const HALF = v128.const([0, 0, 0, 0xf8, 255, 255, 255, 255, 0, 0, 0, 0xf8, 255, 255, 255, 255]);

/** The error function and its like for float64, two at a time. */
export function doubleErrorFunctions(
  features: Features,
): Readonly<Record<"erf" | "erfc" | "geluExact", VectorFunction>> {
  const f = f64x2(features);
  const c = f.const;
  const { reduced, near, scaled } = doubleExponential(features);

  /** e^(−s·u²)·y for s of 1 or ½: u is split in two, since u² rounded would be too coarse an exponent. */
  const gaussian = (body: Body, u: V128, s: number, y: V128): V128 => {
    const high = keep(body, v128.and(u, HALF));
    const square = keep(body, f.mul(f.mul(high, high), c(-s)));
    const rest = f.mul(f.mul(f.sub(u, high), c(-s)), f.add(u, high));
    const { raw, r } = reduced(body, square);
    return scaled(body, f.madd(near(body, keep(body, f.add(r, rest))), y, y), raw);
  };
  /** erfc of what is at least 0. */
  const upper = (body: Body, u: V128): V128 => {
    const d = keep(body, f.div(c(1), f.add(u, c(2))));
    const p = longPolynomial(f, body, UPPER, keep(body, f.mul(f.sub(u, c(2)), d)));
    return keep(body, gaussian(body, u, 1, keep(body, f.mul(p, d))));
  };

  const erf: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const u = keep(body, f.lesser(f.abs(at), c(28)));
    const z = keep(body, f.mul(u, u));
    const small = f.mul(polynomial(f, ERF, z), u);
    return v128.or(v128.select(small, f.sub(c(1), upper(body, u)), f.lt(u, c(0.5))), v128.and(at, c(-0)));
  };

  // Of a negative number it is 2 − erfc(−x).
  const erfc: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const y = upper(body, keep(body, f.lesser(f.abs(at), c(28))));
    return v128.select(f.sub(c(2), y), y, f.lt(at, c(0)));
  };

  // x·Φ(x) = max(x, 0) − |x|·Φ(−|x|): nothing cancels, since Φ(−|x|) is at most ½.
  const geluExact: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const u = keep(body, f.lesser(f.abs(at), c(39)));
    // w = u/(u + 3), and 2w − 1 = (u − 3)/(u + 3).
    const w = keep(body, f.div(u, f.add(u, c(3))));
    const tail = keep(body, f.mul(longPolynomial(f, body, TAIL, keep(body, f.madd(w, c(2), c(-1)))), w));
    const y = f.sub(v128.andNot(at, f.lt(at, c(0))), gaussian(body, u, 0.5, tail));
    return v128.or(y, v128.and(at, c(-0)));
  };

  return { erf, erfc, geluExact };
}
