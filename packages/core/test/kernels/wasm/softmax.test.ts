import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Storage } from "../../../src/dtype.ts";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { storages } from "../arbitraries.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

const cases = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 40 }),
    fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 })),
    fc.constantFrom("float32" as const, "float64" as const),
  )
  .chain(([outer, length, inner, dtype]) => {
    const size = outer * length * inner;
    const rare = fc.constantFrom(
      0,
      -0,
      1e-40,
      1e30,
      -1e30,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    );
    const usual = fc.integer({ min: -3000, max: 3000 }).map((i) => i / 100);
    const array = (values: number[]) => (dtype === "float32" ? Float32Array : Float64Array).from(values);
    const numbers = (weight: number) =>
      fc
        .array(fc.oneof({ weight: 200, arbitrary: usual }, { weight, arbitrary: rare }), {
          minLength: size,
          maxLength: size,
        })
        .map(array);
    return fc.record({
      sizes: fc.constant([outer, length, inner] as const),
      x: fc.oneof(numbers(0), numbers(5), storages(dtype, size)),
      y: fc.oneof(numbers(0), storages(dtype, size)),
      z: fc.oneof(numbers(0), storages(dtype, size)),
    });
  });

/** The largest finite size, or 1. */
const largest = (x: Storage): number =>
  Array.from(x).reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1);

/** Whether two results are the same up to so many roundings of the size of what went in, or both NaN or the same infinity. */
function expectClose(second: Storage, first: Storage, roundings: number, size: (i: number) => number): void {
  const unit = first instanceof Float32Array ? 2 ** -24 : 2 ** -53;
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [first[i]!, second[i]!];
    if (Object.is(a, b) || a === b) continue;
    if (Math.abs(a - b) <= roundings * unit * size(i) + Number.MIN_VALUE) continue;
    expect.fail(`${b} instead of ${a} at ${i}`);
  }
}

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);
  const like = (x: Storage): Storage =>
    (x instanceof Float32Array ? new Float32Array(x.length) : new Float64Array(x.length)).fill(7);

  test("softmax and its logarithm are those of the reference, with infinities and NaN", () => {
    fc.assert(
      fc.property(cases, ({ sizes, x }) => {
        for (const isLog of [false, true]) {
          const [first, second] = [like(x), like(x)];
          reference.softmax(isLog, x, ...sizes, first);
          kernels.softmax(isLog, x, ...sizes, second);
          // The difference from the largest is rounded: a logarithm is off by as much, and a power by that part of it.
          const range = 2 * largest(x) + 40;
          const tiny = x instanceof Float32Array ? 2 ** -120 : 2 ** -1000;
          if (isLog) expectClose(second, first, 4, () => range);
          else expectClose(second, first, range, (i) => Math.max(Math.abs(first[i]!), tiny));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("products with the Jacobian are those of the reference", () => {
    fc.assert(
      fc.property(cases, ({ sizes, y, z }) => {
        const [first, second] = [like(y), like(y)];
        reference.softmaxJacobian(y, z, ...sizes, first);
        kernels.softmaxJacobian(y, z, ...sizes, second);
        expectClose(second, first, 4 * sizes[1], () => largest(y) ** 2 * largest(z));
      }),
      { numRuns: 500 },
    );
  });

  test("nothing is written behind the end of a row", () => {
    for (const [outer, length, inner] of [
      [300, 37, 1],
      [40, 11, 7],
    ] as const) {
      const x = Float32Array.from({ length: outer * length * inner }, (_, i) => Math.sin(i));
      const [whole, parts] = [new Float32Array(x.length), new Float32Array(x.length)];
      kernels.softmax(false, x, outer, length, inner, whole);
      const one = length * inner;
      for (let o = 0; o < outer; o++) {
        const part = parts.subarray(o * one, (o + 1) * one);
        kernels.softmax(false, x.slice(o * one, (o + 1) * one), 1, length, inner, part);
      }
      expect(parts).toEqual(whole);
    }
  });
});
