import type { Line } from "./line.ts";

/** How many times the largest deviation that was seen counts: there are few to choose from. */
const SAFETY = 6;
/** Roundings of its own size that each result is granted at least. */
const ROUNDINGS = 16;

/** Estimates the rounding errors of each result of a function from the samples of lines, taken together. */
export class NoiseMeter {
  readonly #unit: number;
  readonly #center: Float64Array;
  readonly #largest: Float64Array;
  readonly #deviations: Float64Array;

  /** @param sizes how large results are at least taken to be. */
  constructor(center: Float64Array, unit: number, sizes?: Float64Array) {
    this.#unit = unit;
    this.#center = center;
    this.#largest = center.map((value, j) => Math.max(Math.abs(value), sizes?.[j] ?? 0));
    this.#deviations = new Float64Array(center.length);
  }

  add(line: Line): void {
    raise(this.#largest, line.sizes);
    const deviations = line.deviations(this.#center);
    if (deviations !== null) raise(this.#deviations, deviations);
  }

  /** Takes the results to be as large as would round by this much: they are what is left of terms that cancelled. */
  raiseTo(noise: number, weights: Float64Array): void {
    const sum = weights.reduce((total, w) => total + Math.abs(w), 0);
    const size = noise / (ROUNDINGS * this.#unit * sum);
    if (!(size < Number.POSITIVE_INFINITY)) return;
    raise(
      this.#largest,
      weights.map((w) => (w === 0 ? 0 : size)),
    );
  }

  /** What a weighted sum of the results may be off by. */
  of(weights: Float64Array): number {
    let noise = 0;
    for (let j = 0; j < weights.length; j++) {
      const rounding = ROUNDINGS * this.#unit * this.#largest[j]!;
      noise += Math.abs(weights[j]!) * Math.max(rounding, SAFETY * this.#deviations[j]!);
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

/** Raises numbers to others that are larger. */
function raise(numbers: Float64Array, others: Float64Array): void {
  for (let j = 0; j < numbers.length; j++) if (others[j]! > numbers[j]!) numbers[j] = others[j]!;
}
