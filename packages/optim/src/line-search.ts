/** A point on a line: the step to it, the value there, and the slope along the line. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

export interface WolfeOptions {
  /** Share of the decrease that the slope at 0 promises which is enough, c₁. */
  readonly decrease: number;
  /** Share of the slope at 0 that may be left, c₂. */
  readonly curvature: number;
  /** How many points are evaluated at most. */
  readonly evaluations: number;
}

/** Steps grow by at most this, and at least by a tenth of it. */
const LARGEST_GROWTH = 10;
/** A guess nearer to an end of the interval than this share of it is moved inside. */
const MARGIN = 0.05;

/**
 * The step at which the cubic through two points with their slopes is smallest; NaN where it has no minimum.
 * (Nocedal and Wright, "Numerical optimization", 2006, equation 3.59.)
 */
export function cubicMinimum(a: LinePoint, b: LinePoint): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
}

/**
 * A point on a line that fulfils the strong Wolfe conditions, value ≤ value₀ + c₁ step slope₀ and |slope| ≤ c₂ |slope₀|;
 * where evaluations do not suffice for one, the lowest with enough decrease, and `undefined` without any. A point
 * whose value is not finite counts as too far. (Nocedal and Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6.)
 * @param at evaluates a step.
 * @param start the point of step 0, with a negative slope.
 * @param first the step to try first.
 */
export function strongWolfe<P extends LinePoint>(
  at: (step: number) => P,
  start: LinePoint,
  first: number,
  { decrease, curvature, evaluations }: WolfeOptions,
): P | undefined {
  let left = evaluations;
  const evaluate = (step: number): P => {
    left--;
    return at(step);
  };
  const isFinite = ({ value, slope }: LinePoint): boolean => Number.isFinite(value) && Number.isFinite(slope);
  const isLow = (point: LinePoint): boolean =>
    isFinite(point) && point.value <= start.value + decrease * point.step * start.slope;
  const isFlat = ({ slope }: LinePoint): boolean => Math.abs(slope) <= -curvature * start.slope;

  /** Between a point that is low and one that is not, or beyond a minimum. */
  const zoom = (low: LinePoint, high: LinePoint, best: P | undefined): P | undefined => {
    while (left > 0) {
      const width = high.step - low.step;
      const guess = isFinite(high) ? cubicMinimum(low, high) : Number.NaN;
      const share = (guess - low.step) / width;
      const inside = Number.isFinite(share) ? Math.min(Math.max(share, MARGIN), 1 - MARGIN) : 0.5;
      const step = low.step + inside * width;
      if (step === low.step || step === high.step) return best;
      const point = evaluate(step);
      if (!isLow(point) || point.value >= low.value) high = point;
      else {
        if (isFlat(point)) return point;
        if (point.slope * width >= 0) high = low;
        low = best = point;
      }
    }
    return best;
  };

  let before = start;
  let best: P | undefined;
  let step = first;
  while (left > 0) {
    const point = evaluate(step);
    if (!isLow(point) || (best !== undefined && point.value >= before.value)) return zoom(before, point, best);
    if (isFlat(point)) return point;
    if (point.slope >= 0) return zoom(point, before, point);
    const guess = cubicMinimum(before, point);
    const [least, most] = [point.step * (1 + LARGEST_GROWTH / 100), point.step * LARGEST_GROWTH];
    step = guess > point.step ? Math.min(Math.max(guess, least), most) : most;
    before = best = point;
  }
  return best;
}
