import fc from "fast-check";
import { expect, test } from "vitest";
import { type AnyTensor, einsum, key, normal } from "../src/index.ts";

const SIZES: Readonly<Record<string, number>> = { i: 2, j: 3, k: 1, l: 4 };

/** The definition: for every assignment of the letters, add the product of the elements that they pick. */
function naive(terms: readonly string[], result: string, tensors: readonly AnyTensor[]): number[] {
  const letters = [...new Set(terms.join(""))];
  const out = Array<number>([...result].reduce((size, letter) => size * SIZES[letter]!, 1)).fill(0);
  const at = (term: string, position: Readonly<Record<string, number>>): number =>
    [...term].reduce((offset, letter) => offset * SIZES[letter]! + position[letter]!, 0);
  const data = tensors.map((tensor) => tensor.data());
  const visit = (position: Record<string, number>, [letter, ...rest]: string[]): void => {
    if (letter === undefined) {
      out[at(result, position)]! += terms.reduce((product, term, i) => product * data[i]![at(term, position)]!, 1);
      return;
    }
    for (let value = 0; value < SIZES[letter]!; value++) visit({ ...position, [letter]: value }, rest);
  };
  visit({}, letters);
  return out;
}

const term = fc.string({ unit: fc.constantFrom(...Object.keys(SIZES)), minLength: 0, maxLength: 3 });

test("any equation gives what its definition gives", () => {
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 3 }), fc.nat(), (terms, seed) => {
      const letters = [...new Set(terms.join(""))];
      const result = letters.filter((_, i) => ((seed >> i) & 1) === 0).join("");
      const tensors = terms.map(
        (labels, i) =>
          normal(
            key(seed + i),
            [...labels].map((letter) => SIZES[letter]!),
            { dtype: "float64" },
          ) as AnyTensor,
      );
      const actual = einsum(`${terms.join(",")}->${result}`, ...tensors);
      expect(actual.shape).toEqual([...result].map((letter) => SIZES[letter]!));
      const expected = naive(terms, result, tensors);
      actual.data().forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 10);
      });
    }),
  );
});
