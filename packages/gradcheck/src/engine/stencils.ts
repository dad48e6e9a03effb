/** A derivative at 0 as a combination of values at points on a line, and another combination that bounds its truncation error. */
export interface Stencil {
  /** In units of the step. */
  readonly points: readonly number[];
  readonly slope: readonly number[];
  readonly spread: readonly number[];
}

/**
 * Central differences D at h, h/2 and h/4, extrapolated: R1 = (4 D(h/2) − D(h)) / 3 from the first two, R2 likewise from the last two, and
 * the slope from both, (16 R2 − R1) / 15 (Richardson, 1911). |R2 − R1| is about 15 times the truncation error of R2, and far more than
 * that of the slope.
 */
export const CENTRAL: Stencil = {
  points: [1, -1, 0.5, -0.5, 0.25, -0.25],
  slope: [1 / 90, -1 / 90, -4 / 9, 4 / 9, 128 / 45, -128 / 45],
  spread: [1 / 6, -1 / 6, -5 / 3, 5 / 3, 8 / 3, -8 / 3],
};

/**
 * Combinations of the value at 0 and of those at the points of `CENTRAL` in which a polynomial vanishes up to degree 5, or 4: what is left of
 * a smooth function is rounding. They are the entries of the difference table that these points have, as in ECnoise (Moré and Wild,
 * "Estimating computational noise", 2011).
 */
export const EVEN = [1, 1, -20, -20, 64, 64] as const;
export const EVEN_CENTER = -90;
export const ODD = [1, -1, -10, 10, 16, -16] as const;

/** The derivative at 0 of the polynomial through some points, by Lagrange's formula. */
function throughPoints(points: readonly number[], used: readonly number[]): number[] {
  return points.map((at, i) => {
    if (!used.includes(at)) return 0;
    const others = used.filter((point) => point !== at);
    const denominator = others.reduce((product, point) => product * (at - point), 1);
    const numerator = others.reduce(
      (sum, left) => sum + others.reduce((product, point) => (point === left ? product : product * -point), 1),
      0,
    );
    return points.indexOf(at) === i ? numerator / denominator : 0;
  });
}

function oneSided(points: readonly number[], coarse: readonly number[]): Stencil {
  const slope = throughPoints(points, points);
  const rough = throughPoints(points, coarse);
  return { points, slope, spread: slope.map((weight, i) => weight - rough[i]!) };
}

/** One side and the point itself: polynomials of degree 3 and 2. The signs of the points are those of the side. */
export const FORWARD: Stencil = oneSided([0, 0.25, 0.5, 1], [0, 0.25, 0.5]);
export const BACKWARD: Stencil = oneSided([0, -0.25, -0.5, -1], [0, -0.25, -0.5]);

/** One side without the point itself, where the function may jump. */
export const ABOVE: Stencil = oneSided([0.125, 0.25, 0.5, 1], [0.125, 0.25, 0.5]);
export const BELOW: Stencil = oneSided([-0.125, -0.25, -0.5, -1], [-0.125, -0.25, -0.5]);
