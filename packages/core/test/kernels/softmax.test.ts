import { checkOps } from "@tapegrad/gradcheck";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reference } from "../../src/kernels/reference/index.ts";
import { softmaxJacobian } from "../../src/ops/softmax.ts";
import { storages, wholes } from "./arbitraries.ts";

const sizes = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }));

/** The places along the middle axis. */
const lines = ([outer, length, inner]: readonly [number, number, number]): number[][] =>
  Array.from({ length: outer * inner }, (_, line) => {
    const start = Math.floor(line / inner) * length * inner + (line % inner);
    return Array.from({ length }, (_, l) => start + l * inner);
  });

describe("along any axis", () => {
  test("softmax and its logarithm are the definitions", () => {
    const cases = sizes.chain((size) => fc.tuple(fc.constant(size), wholes("float64", size[0] * size[1] * size[2])));
    fc.assert(
      fc.property(cases, ([size, x]) => {
        const [y, logarithm] = [new Float64Array(x.length), new Float64Array(x.length)];
        reference.softmax(false, x, ...size, y);
        reference.softmax(true, x, ...size, logarithm);
        for (const line of lines(size)) {
          const total = line.reduce((sum, i) => sum + Math.exp(x[i]!), 0);
          for (const i of line) {
            expect(y[i]).toBeCloseTo(Math.exp(x[i]!) / total, 14);
            expect(logarithm[i]).toBeCloseTo(x[i]! - Math.log(total), 12);
          }
        }
      }),
    );
  });

  test("the product with the Jacobian is y (v − Σ y v), where a factor of 0 gives 0", () => {
    const cases = sizes.chain((size) => {
      const count = size[0] * size[1] * size[2];
      return fc.tuple(fc.constant(size), storages("float64", count), storages("float64", count));
    });
    const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
    fc.assert(
      fc.property(cases, ([size, y, v]) => {
        const out = new Float64Array(y.length);
        reference.softmaxJacobian(y, v, ...size, out);
        for (const line of lines(size)) {
          const mean = line.reduce((sum, i) => sum + times(y[i]!, v[i]!), 0);
          expect(line.map((i) => out[i])).toEqual(line.map((i) => times(y[i]!, v[i]! - mean)));
        }
      }),
    );
  });
});

test.each<[string, number[], number[], number[]]>([
  ["−∞ is left out", [Number.NEGATIVE_INFINITY, 0, 0], [0, 0.5, 0.5], [Number.NEGATIVE_INFINITY, -Math.LN2, -Math.LN2]],
  [
    "nothing but −∞ is NaN",
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [Number.NaN, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  [
    "∞ takes all, and is NaN itself",
    [Number.POSITIVE_INFINITY, 0],
    [Number.NaN, 0],
    [Number.NaN, Number.NEGATIVE_INFINITY],
  ],
  ["NaN spreads", [Number.NaN, 0], [Number.NaN, Number.NaN], [Number.NaN, Number.NaN]],
  ["large numbers do not overflow", [1e300, 1e300], [0.5, 0.5], [-Math.LN2, -Math.LN2]],
])("%s", (_, x, y, logarithm) => {
  for (const [isLog, expected] of [
    [false, y],
    [true, logarithm],
  ] as const) {
    const out = new Float64Array(x.length);
    reference.softmax(isLog, Float64Array.from(x), 1, x.length, 1, out);
    expect([...out]).toEqual(expected);
  }
});

test("the operation under the gradients keeps to its definition", () => {
  expect(checkOps({ softmaxJacobian }).failures).toEqual([]);
});
