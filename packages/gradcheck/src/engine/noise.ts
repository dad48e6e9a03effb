import type { Line } from "./line.ts";
import { CENTRAL } from "./stencils.ts";

/**
 * Combinations of f(0) and of f at ±h, ±h/2, ±h/4 in which a polynomial vanishes up to degree 5, or 4: what is left of a smooth function is
 * rounding. The entries of the difference table that these points have, as in ECnoise (Moré and Wild, "Estimating computational noise", 2011).
 */
const EVEN = [1, 1, -20, -20, 64, 64] as const;
const EVEN_CENTER = -90;
const ODD = [1, -1, -10, 10, 16, -16] as const;

const evenNorm = Math.hypot(EVEN_CENTER, ...EVEN);
const oddNorm = Math.hypot(...ODD);

/** Standard deviations that an estimate from a few samples is multiplied by. */
const SAFETY = 6;
/** Roundings of its own size that each result is granted at least. */
const ROUNDINGS = 16;

/** Estimates the rounding errors of each result of a function from the samples of lines, taken together. */
export class NoiseMeter {
  readonly #unit: number;
  readonly #center: Float64Array;
  readonly #largest: Float64Array;
  /** √Σ of the squares of what polynomials leave. */
  readonly #deviations: Float64Array;
  #count = 0;

  /** @param sizes how large results are at least taken to be. */
  constructor(center: Float64Array, unit: number, sizes?: Float64Array) {
    this.#unit = unit;
    this.#center = center;
    this.#largest = center.map((value, j) => Math.max(Math.abs(value), sizes?.[j] ?? 0));
    this.#deviations = new Float64Array(center.length);
  }

  add({ stencil, samples }: Line): void {
    for (const sample of samples) {
      for (let j = 0; j < sample.length; j++) {
        const size = Math.abs(sample[j]!);
        if (size > this.#largest[j]!) this.#largest[j] = size;
      }
    }
    if (stencil !== CENTRAL) return;
    for (let j = 0; j < this.#center.length; j++) {
      const size = this.#largest[j]!;
      if (size === 0) continue;
      let [even, odd] = [EVEN_CENTER * (this.#center[j]! / size), 0];
      for (let p = 0; p < EVEN.length; p++) {
        const value = samples[p]![j]! / size;
        even += EVEN[p]! * value;
        odd += ODD[p]! * value;
      }
      this.#deviations[j] = Math.hypot(this.#deviations[j]!, size * (even / evenNorm), size * (odd / oddNorm));
    }
    this.#count += 2;
  }

  /** What a weighted sum of the results may be off by. */
  of(weights: Float64Array): number {
    const factor = this.#count > 0 ? SAFETY / Math.sqrt(this.#count) : 0;
    let noise = 0;
    for (let j = 0; j < weights.length; j++) {
      const rounding = ROUNDINGS * this.#unit * this.#largest[j]!;
      noise += Math.abs(weights[j]!) * Math.max(rounding, factor * this.#deviations[j]!);
    }
    return noise;
  }

  /** Σ|w·f|, the size of what is summed. */
  size(weights: Float64Array): number {
    let size = 0;
    for (let j = 0; j < weights.length; j++) size += Math.abs(weights[j]!) * this.#largest[j]!;
    return size;
  }
}
