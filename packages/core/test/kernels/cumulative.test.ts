import fc from "fast-check";
import { expect, test } from "vitest";
import { cumulativeSum } from "../../src/kernels/reference/cumulative.ts";

const size = fc.integer({ min: 0, max: 4 });

test("running sums are what adding up by hand gives, in both directions", () => {
  fc.assert(
    fc.property(size, size, size, fc.boolean(), fc.nat(), (outer, length, inner, reverse, seed) => {
      const x = Float64Array.from({ length: outer * length * inner }, (_, i) => ((seed + 7 * i) % 11) - 5);
      const out = new Float64Array(x.length);
      cumulativeSum(x, outer, length, inner, reverse, out);
      const at = (o: number, l: number, i: number): number => (o * length + l) * inner + i;
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          for (let l = 0; l < length; l++) {
            const [from, to] = reverse ? [l, length - 1] : [0, l];
            let expected = 0;
            for (let k = from; k <= to; k++) expected += x[at(o, k, i)]!;
            expect(out[at(o, l, i)]).toBe(expected);
          }
        }
      }
    }),
  );
});
