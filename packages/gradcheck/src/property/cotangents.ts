import { type AnyTensor, adopt, cast, checkOptions, type FloatDType, type Shape, sizeOf } from "@tapegrad/core";
import fc from "fast-check";

export interface CotangentConstraints {
  /** float64 if not given. */
  readonly dtype?: FloatDType;
}

/**
 * Cotangents for a result of a shape: of both signs, and of sizes around 1, around 1e-6, and 0, so that a rule which loses small ones
 * beside large ones shows. They shrink to one element of 1 and zeros.
 * @example
 * const f = (x: Tensor) => exp(x);
 * fc.assert(fc.property(cotangents([3]), (g) => vjp(f)(ones([3], { dtype: "float64" })).pullBack(g).size === 3));
 */
export function cotangents(shape: Shape, options: CotangentConstraints = {}): fc.Arbitrary<AnyTensor> {
  checkOptions("cotangents", options, "dtype");
  return new Cotangents(shape, options.dtype ?? "float64");
}

/** Sizes that an element may have, 1 the most often. */
const SIZES = [1, 1, 1, 1e-6, 0] as const;

class Cotangents extends fc.Arbitrary<AnyTensor> {
  readonly #shape: Shape;
  readonly #dtype: FloatDType;

  constructor(shape: Shape, dtype: FloatDType) {
    super();
    this.#shape = shape;
    this.#dtype = dtype;
  }

  override generate(random: fc.Random): fc.Value<AnyTensor> {
    const elements = Float64Array.from({ length: sizeOf(this.#shape) }, () => {
      const size = SIZES[random.nextInt(0, SIZES.length - 1)]! * (random.nextInt(500, 1500) / 1000);
      return random.nextInt(0, 1) === 0 ? size : 0 - size;
    });
    // Zeros alone would say nothing.
    if (elements.length > 0 && elements.every((x) => x === 0)) elements[random.nextInt(0, elements.length - 1)] = 1;
    return new fc.Value(this.#tensor(elements), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is AnyTensor {
    return false;
  }

  override shrink(value: AnyTensor): fc.Stream<fc.Value<AnyTensor>> {
    return fc.stream(simpler(Float64Array.from(value.data()))).map((x) => new fc.Value(this.#tensor(x), undefined));
  }

  #tensor(elements: Float64Array): AnyTensor {
    return cast(adopt(elements, this.#shape) as AnyTensor, this.#dtype);
  }
}

/** One element of 1 where there are several, then half of them, then all but one, then 1 in place of another number. */
function* simpler(x: Float64Array): Generator<Float64Array> {
  const places = [...x.keys()].filter((i) => x[i] !== 0);
  const only = (kept: readonly number[]): Float64Array => x.map((value, i) => (kept.includes(i) ? value : 0));
  if (places.length > 1) {
    for (const i of places) yield x.map((_, j) => (i === j ? 1 : 0));
    const half = places.length >> 1;
    yield only(places.slice(0, half));
    yield only(places.slice(half));
    for (const gone of places) yield only(places.filter((i) => i !== gone));
  }
  for (const i of places) if (x[i] !== 1) yield x.with(i, 1);
}
