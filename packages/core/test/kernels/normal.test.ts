import { expect, test } from "vitest";
import { normalCdf, normalQuantile } from "../../src/kernels/reference/normal.ts";

/** Correctly rounded values, from mpmath with 40 digits. */
const probabilities: readonly [number, number][] = [
  [-37, 5.725571222524577e-300],
  [-25, 3.056696706382561e-138],
  [-10, 7.619853024160525e-24],
  [-6, 9.86587645037698e-10],
  [-5.65, 8.022391850663497e-9],
  [-5.6, 1.071759025831093e-8],
  [-3, 0.0013498980316300946],
  [-1, 0.15865525393145705],
  [-0.68, 0.2482522304535705],
  [-0.67, 0.2514288950953101],
  [-0.25, 0.4012936743170763],
  [-1e-5, 0.49999601057719606],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [0.67, 0.7485711049046899],
  [0.7, 0.758036347776927],
  [2, 0.9772498680518208],
  [6, 0.9999999990134123],
  [9, 1],
];

const quantiles: readonly [number, number][] = [
  [1e-300, -37.0470962993612],
  [1e-100, -21.273453560965326],
  [1e-30, -11.464024688443615],
  [1e-15, -7.941345326170997],
  [1e-11, -6.706023155495136],
  [1e-9, -5.9978070150076865],
  [1e-5, -4.264890793922825],
  [0.01, -2.326347874040841],
  [0.07, -1.4757910281791706],
  [0.075, -1.439531470938456],
  [0.08, -1.4050715603096327],
  [0.2, -0.8416212335729142],
  [0.3, -0.5244005127080408],
  [0.45, -0.12566134685507402],
  [0.5, 0],
  [0.75, 0.6744897501960817],
  [0.924, 1.4325027208258119],
  [0.926, 1.4466320671589787],
  [0.99, 2.3263478740408408],
  [0.9999, 3.7190164854557084],
];

test.each(probabilities)("the distribution function at %d", (x, p) => {
  expect(Math.abs(normalCdf(x) - p)).toBeLessThanOrEqual(4e-15 * p);
});

test.each(quantiles)("the quantile at %d", (p, x) => {
  expect(Math.abs(normalQuantile(p) - x)).toBeLessThanOrEqual(1e-15 * Math.abs(x));
});

test("the distribution function reaches its limits", () => {
  expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(normalCdf(-1e200)).toBe(0);
  expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(normalCdf(1e200)).toBe(1);
});

test("they invert each other in the lower half, far into the tail", () => {
  for (let x = -36; x <= 0; x += 0.0625) {
    expect(Math.abs(normalQuantile(normalCdf(x)) - x)).toBeLessThanOrEqual(3e-15 * Math.max(1, -x));
  }
});

test("quantiles are antisymmetric", () => {
  for (let k = 1; k < 64; k++) expect(normalQuantile(k / 64) + normalQuantile(1 - k / 64)).toBe(0);
});
