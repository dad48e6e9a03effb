import type { Body } from "../../wasm/builder.ts";
import { type Features, f32x4, i32, i32x4, type V128, v128 } from "../../wasm/instructions.ts";
import { LN2_HIGH, LN2_LOW, singleExponential } from "./single-functions.ts";
import { keep, longPolynomial, polynomial, type VectorFunction } from "./vector-function.ts";

/** erf(x)/x = a + p(x²)/q(x²), up to 3.93, from where erf rounds to 1: there a is most of it, and the roundings of p and q are little. */
const ERF = 0.2499999850988388;
const ERF_ABOVE = [
  0.8783791661262512, 0.06518051028251648, 0.024225762113928795, 3.0201816116459668e-5, -6.495426077890443e-6,
  -7.458760592271574e-6,
];
const ERF_BELOW = [
  0.9999999403953552, 0.502409815788269, 0.11425698548555374, 0.01499727088958025, 0.0011651754612103105,
  3.800255217356607e-5,
];

/**
 * (u + 1)·e^(u²)·erfc(u) in powers of (u − 1)/(u + 1), from 0 to 10.06, from where erfc rounds to 0 (the form is that of Shepherd and
 * Laframboise, "Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞", 1981).
 */
const UPPER = [
  0.8551671504974365, -0.2376808077096939, -0.0955563634634018, 0.013906518928706646, 0.02539517544209957,
  0.009568028151988983, -0.0012209010310471058, -0.0037587585393339396, -0.002359434962272644, -0.00035484519321471453,
  0.000589584989938885, 0.0004208573664072901, 8.577367407269776e-5,
];

/** (u + 1.5)·e^(u²/2)·Φ(−u) in powers of (u − 1.5)/(u + 1.5), from 0 to 14.6. */
const TAIL = [
  0.6173419952392578, -0.19509942829608917, -0.05749562382698059, 0.017895977944135666, 0.01764157973229885,
  0.003992289304733276, -0.0024364113342016935, -0.0027245546225458384, -0.0010447957320138812, 0.000271464727120474,
  0.00047782377805560827, 0.0001399132888764143, -8.903813977667596e-6,
];

/** The error function and its like for float32, four at a time. */
export function singleErrorFunctions(
  features: Features,
): Readonly<Record<"erf" | "erfc" | "geluExact", VectorFunction>> {
  const f = f32x4(features);
  const c = f.const;
  const { exponentOf, near, scaled } = singleExponential(features);

  /** e^(−s·u²)·y for s of 1 or ½: u is split in two, since u² rounded would be too coarse an exponent. */
  const gaussian = (body: Body, u: V128, s: number, y: V128): V128 => {
    const high = keep(body, v128.and(u, i32x4.splat(i32.const(-4096))));
    const square = keep(body, f.mul(f.mul(high, high), c(-s)));
    const rest = f.mul(f.mul(f.sub(u, high), c(-s)), f.add(u, high));
    const { n, raw } = exponentOf(body, square);
    const r = keep(body, f.add(f.madd(n, c(-LN2_LOW), f.madd(n, c(-LN2_HIGH), square)), rest));
    return scaled(body, f.madd(near(body, r), y, y), raw);
  };
  const erf: VectorFunction = (body, x) => {
    const at = keep(body, f.greater(f.lesser(x, c(3.93)), c(-3.93)));
    const z = keep(body, f.mul(at, at));
    const ratio = f.div(polynomial(f, ERF_ABOVE, z), polynomial(f, ERF_BELOW, z));
    return f.mul(f.add(ratio, c(ERF)), at);
  };

  // Of a negative number it is 2 − erfc(−x).
  const erfc: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const u = keep(body, f.lesser(f.abs(at), c(10.06)));
    const d = keep(body, f.div(c(1), f.add(u, c(1))));
    const p = longPolynomial(f, body, UPPER, keep(body, f.mul(f.sub(u, c(1)), d)));
    const y = keep(body, gaussian(body, u, 1, keep(body, f.mul(p, d))));
    return v128.select(f.sub(c(2), y), y, f.lt(at, c(0)));
  };

  // x·Φ(x) = max(x, 0) − |x|·Φ(−|x|): nothing cancels, since Φ(−|x|) is at most ½.
  const geluExact: VectorFunction = (body, x) => {
    const at = keep(body, x);
    const u = keep(body, f.lesser(f.abs(at), c(14.6)));
    // w = u/(u + 1.5), and 2w − 1 = (u − 1.5)/(u + 1.5).
    const w = keep(body, f.div(u, f.add(u, c(1.5))));
    const tail = keep(body, f.mul(longPolynomial(f, body, TAIL, keep(body, f.madd(w, c(2), c(-1)))), w));
    const y = f.sub(v128.andNot(at, f.lt(at, c(0))), gaussian(body, u, 0.5, tail));
    return v128.or(y, v128.and(at, c(-0)));
  };

  return { erf, erfc, geluExact };
}
