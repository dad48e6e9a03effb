import { describe, expect, test } from "vitest";
import { erf, erfc } from "../../src/kernels/reference/error-function.ts";
import { logGamma, polygamma } from "../../src/kernels/reference/gamma.ts";

/** Relative to the value, or to 1 where the value passes through 0. */
function expectClose(actual: number, expected: number, tolerance: number, scale = Math.abs(expected)): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * scale);
}

// Values to 17 digits from mpmath.
describe("error functions", () => {
  test.each([
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [3, 0.9999779095030014],
    [-2, -0.9953222650189527],
  ])("erf(%f)", (x, value) => expectClose(erf(x), value, 4e-16));

  test.each([
    [0.1, 0.8875370839817152],
    [1, 0.15729920705028513],
    [2, 0.004677734981047266],
    [5, 1.5374597944280349e-12],
    [10, 2.088487583762545e-45],
    [26, 5.663192408856143e-296],
    [-3, 1.9999779095030015],
  ])("erfc(%f)", (x, value) => expectClose(erfc(x), value, 2e-15));

  test("edges", () => {
    expect([erf(Infinity), erf(-Infinity), erfc(Infinity), erfc(-Infinity)]).toEqual([1, -1, 0, 2]);
    expect([erf(Number.NaN), erfc(Number.NaN)]).toEqual([Number.NaN, Number.NaN]);
    expect(erf(-0)).toBe(-0);
  });

  test("erf and erfc add up to 1, and are continuous across their intervals", () => {
    for (const x of [-6, -1.25, -0.84375, 0.25, 0.84375, 1.25, 1 / 0.35, 6]) {
      for (const at of [x - 1e-12, x, x + 1e-12]) expectClose(erf(at) + erfc(at), 1, 4e-16);
    }
  });
});

describe("log Γ and its derivatives", () => {
  test.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247001],
    [1, 0],
    [1.5, -0.12078223763524522],
    [2, 0],
    [3.7, 1.4280723266653883],
    [10.5, 13.940625219403763],
    [100, 359.1342053695754],
    [-0.5, 1.2655121234846454],
    [-3.3, -0.8243558050174264],
  ])("log Γ(%f)", (x, value) => expectClose(logGamma(x), value, 2e-15, Math.max(1, Math.abs(value))));

  test.each([
    [0, 1, -0.5772156649015329],
    [0, 0.5, -1.9635100260214235],
    [1, 1, 1.6449340668482264],
    [2, 1, -2.4041138063191885],
    [3, 2, 0.4939394022668291],
    [0, -0.5, 0.03648997397857652],
    [1, -0.5, 8.93480220054468],
    [2, -0.5, -0.82879664423432],
    [0, 100, 4.600161852738087],
  ])("ψ⁽%i⁾(%f)", (n, x, value) => expectClose(polygamma(n, x), value, 1e-14));

  test("poles and edges", () => {
    expect([logGamma(0), logGamma(-3), logGamma(Infinity), logGamma(-Infinity)]).toEqual([
      Infinity,
      Infinity,
      Infinity,
      Infinity,
    ]);
    expect(logGamma(Number.NaN)).toBeNaN();
    expect([polygamma(0, 0), polygamma(0, -0), polygamma(1, 0)]).toEqual([-Infinity, Infinity, Infinity]);
    expect([polygamma(0, -1), polygamma(1, -2)]).toEqual([Number.NaN, Number.NaN]);
  });
});
