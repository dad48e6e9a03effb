import { CENTRAL, EVEN, EVEN_CENTER, ODD, type Stencil } from "./stencils.ts";

const evenNorm = Math.hypot(EVEN_CENTER, ...EVEN);
const oddNorm = Math.hypot(...ODD);

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
  #deviations: Float64Array | undefined;
  #sizes: Float64Array | undefined;

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

  /** The largest size that each result takes. */
  get sizes(): Float64Array {
    this.#sizes ??= this.samples.reduce((sizes, sample) => {
      for (let j = 0; j < sizes.length; j++) sizes[j] = Math.max(sizes[j]!, Math.abs(sample[j]!));
      return sizes;
    }, new Float64Array(this.samples[0]!.length));
    return this.#sizes;
  }

  /** What the samples deviate from polynomials by, in the size of one error; `null` where the stencil does not tell. */
  deviations(center: Float64Array): Float64Array | null {
    if (this.stencil !== CENTRAL) return null;
    this.#deviations ??= center.map((value, j) => {
      let [even, odd] = [EVEN_CENTER * value, 0];
      for (let p = 0; p < EVEN.length; p++) {
        even += EVEN[p]! * this.samples[p]![j]!;
        odd += ODD[p]! * this.samples[p]![j]!;
      }
      return Math.max(Math.abs(even) / evenNorm, Math.abs(odd) / oddNorm);
    });
    return this.#deviations;
  }

  /** Whether no result that counts moves at all, so that there is no rounding either. */
  isConstant(weights: Float64Array): boolean {
    for (let j = 0; j < weights.length; j++) if (weights[j] !== 0 && !this.isConstantAt(j)) return false;
    return true;
  }

  isConstantAt(j: number): boolean {
    const [first] = this.samples;
    return this.samples.every((sample) => sample[j] === first![j]);
  }

  /** Whether a result takes fewer than half as many values as there are samples. */
  isStuck(j: number): boolean {
    const { samples } = this;
    let different = 0;
    for (let p = 0; p < samples.length; p++) {
      let isNew = true;
      for (let q = 0; q < p && isNew; q++) isNew = samples[q]![j] !== samples[p]![j];
      if (isNew && ++different >= samples.length / 2) return false;
    }
    return true;
  }

  /** By how much independent errors of the samples grow in a slope: about 4/h for central differences. */
  get amplification(): number {
    return Math.hypot(...this.stencil.slope) / this.step;
  }
}
