/**
 * The solution of uₜ + u uₓ = ν uₓₓ on [−1, 1] that starts as −sin πx and is 0 at both ends: by the transformation of Cole and Hopf a
 * quotient of two integrals against the heat kernel (Basdevant et al., "Spectral and finite difference solutions of the Burgers
 * equation", 1986, equation 2.5). The integrands fall off like a Gaussian, for which the trapezoidal rule is exact to rounding.
 */
export function burgers(x: number, t: number, viscosity: number): number {
  if (t === 0) return -Math.sin(Math.PI * x);
  const spread = Math.sqrt(4 * viscosity * t);
  // Relative to its largest, so that no exponential overflows.
  const exponent = (y: number): number => (-Math.cos(Math.PI * y) - 1) / (2 * Math.PI * viscosity);
  let [numerator, denominator] = [0, 0];
  for (let i = -POINTS; i <= POINTS; i++) {
    const z = (REACH * i) / POINTS;
    const y = x - spread * z;
    const weight = Math.exp(exponent(y) - z * z);
    numerator -= Math.sin(Math.PI * y) * weight;
    denominator += weight;
  }
  return numerator / denominator;
}

/** Beyond it the Gaussian is below e⁻⁶⁴. */
const REACH = 8;
const POINTS = 160;
