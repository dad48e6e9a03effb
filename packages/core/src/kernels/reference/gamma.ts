/** ζ(k) − 1 for k from 2: what the series of log Γ around 2 is made of. */
const ZETA_MINUS_1 = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
  0.0002460865533080483, 0.00012271334757848915, 0.00006124813505870483, 0.00003058823630702049, 0.00001528225940865187,
  0.000007637197637899763, 0.00000381729326499984, 0.000001908212716553939, 9.539620338727962e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8, 1.4901554828365043e-8,
  7.45071178983543e-9, 3.725334024788457e-9, 1.862659723513049e-9,
];
const EULER_GAMMA = 0.5772156649015329;
const HALF_LOG_TWO_PI = 0.9189385332046728;

/** B₂ₖ for k from 1. */
const BERNOULLI = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
];

/** log Γ(2 + z) for |z| ≤ 1/2: z (1 − γ) + Σ (−1)ᵏ (ζ(k) − 1) zᵏ / k (Abramowitz and Stegun, 6.1.33). */
function aroundTwo(z: number): number {
  let sum = 0;
  for (let k = ZETA_MINUS_1.length + 1; k >= 2; k--)
    sum = ((k % 2 === 0 ? 1 : -1) * ZETA_MINUS_1[k - 2]!) / k + z * sum;
  return z * (1 - EULER_GAMMA + z * sum);
}

/** sin(πx), exact where it is 0. */
function sinPi(x: number): number {
  const rest = x - 2 * Math.round(x / 2);
  return Math.abs(rest) <= 0.5 ? Math.sin(Math.PI * rest) : Math.sin(Math.PI * (Math.sign(rest) - rest));
}

/** Natural logarithm of |Γ(x)|; infinite at 0, −1, −2, ... */
export function logGamma(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x === -Infinity) return Infinity;
  if (x <= 0) {
    const sine = Math.abs(sinPi(x));
    return sine === 0 ? Infinity : Math.log(Math.PI / sine) - logGamma(1 - x);
  }
  // log Γ(x) = log Γ(2 + x) − log(1 + x) − log x.
  if (x < 0.5) return aroundTwo(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return aroundTwo(x - 1) - Math.log(x);
  if (x < 12) {
    let [product, at] = [1, x];
    while (at > 2.5) product *= --at;
    return aroundTwo(at - 2) + Math.log(product);
  }
  // Stirling's series (Abramowitz and Stegun, 6.1.41).
  let sum = 0;
  for (let k = BERNOULLI.length; k >= 1; k--) sum = BERNOULLI[k - 1]! / (2 * k * (2 * k - 1)) + sum / (x * x);
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + sum / x;
}

/**
 * ψ⁽ⁿ⁾(x), the n-th derivative of the digamma function ψ = (log Γ)′; infinite at 0 and NaN at −1, −2, ...
 * By recurrence to large x and the asymptotic series there (Abramowitz and Stegun, 6.4.6 and 6.4.11).
 */
export function polygamma(n: number, x: number): number {
  if (x === 0) return n % 2 === 1 || Object.is(x, -0) ? Infinity : -Infinity;
  if (Number.isNaN(x) || x === -Infinity || (x <= 0 && Number.isInteger(x))) return NaN;
  if (x < 0 && n === 0) return polygamma(0, 1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
  if (x < 0 && n === 1) return (Math.PI / sinPi(x)) ** 2 - polygamma(1, 1 - x);
  const sign = n % 2 === 0 ? -1 : 1;
  const factorial = factorialOf(n);
  let [sum, at] = [0, x];
  for (; at < 16 + n; at++) sum += 1 / at ** (n + 1);
  // Σ B₂ₖ (2k + n − 1)! / ((2k)! x^(2k + n)), from its smallest term.
  let series = 0;
  for (let k = BERNOULLI.length; k >= 1; k--) {
    let ratio = 1;
    for (let i = 2 * k + 1; i < 2 * k + n; i++) ratio *= i;
    if (n === 0) ratio = 1 / (2 * k);
    series = BERNOULLI[k - 1]! * ratio + series / (at * at);
  }
  if (n === 0) return Math.log(at) - 1 / (2 * at) - series / (at * at) - sum;
  const leading = factorialOf(n - 1) / at ** n + factorial / (2 * at ** (n + 1));
  return sign * (factorial * sum + leading + series / at ** (n + 2));
}

function factorialOf(n: number): number {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return product;
}
