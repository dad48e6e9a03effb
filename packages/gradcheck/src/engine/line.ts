import type { Stencil } from "./stencils.ts";

/** What a stencil says of a derivative along a line. */
export interface Slope {
  readonly value: number;
  /** A bound of the truncation error. */
  readonly truncation: number;
}

/** The values of a function at the points of a stencil, on the line x + t·v. */
export class Line {
  readonly direction: Float64Array;
  readonly step: number;
  readonly stencil: Stencil;
  /** Values of all results at each point of the stencil. */
  readonly samples: readonly Float64Array[];
  /** The same at a larger step, where the stencil alone does not tell how far off it is. */
  readonly wider: Line | null;

  constructor(
    direction: Float64Array,
    step: number,
    stencil: Stencil,
    samples: readonly Float64Array[],
    wider: Line | null = null,
  ) {
    this.direction = direction;
    this.step = step;
    this.stencil = stencil;
    this.samples = samples;
    this.wider = wider;
  }

  /** d/dt Σ w·f(x + t·v) at 0. Differences come first, then their sum: a difference of sums would lose the small ones. */
  slope(weights: Float64Array): Slope {
    const { slope, spread } = this.stencil;
    const [reference] = this.samples;
    let [value, apart] = [0, 0];
    for (let j = 0; j < weights.length; j++) {
      const w = weights[j]!;
      if (w === 0) continue;
      for (let p = 1; p < slope.length; p++) {
        const rise = w * (this.samples[p]![j]! - reference![j]!);
        value += slope[p]! * rise;
        apart += spread[p]! * rise;
      }
    }
    value /= this.step;
    const truncation = Math.abs(apart) / this.step;
    if (this.wider === null) return { value, truncation };
    return { value, truncation: Math.max(truncation, Math.abs(value - this.wider.slope(weights).value)) };
  }

  /** Whether no result that counts moves at all, so that there is no rounding either. */
  isConstant(weights: Float64Array): boolean {
    const [first, ...others] = this.samples;
    return first!.every((value, j) => weights[j] === 0 || others.every((other) => other[j] === value));
  }

  /** By how much independent errors of the samples grow in a slope: about 4/h for central differences. */
  get amplification(): number {
    return Math.hypot(...this.stencil.slope) / this.step;
  }
}
