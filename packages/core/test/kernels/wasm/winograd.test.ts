import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConvolutionPlan } from "../../../src/kernels/kernels.ts";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { isWinograd } from "../../../src/kernels/wasm/winograd.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

/** A convolution of 3×3 kernels, with so many zeros around (fewer than none leave elements out). */
const planOf = (
  batch: number,
  [inChannels, outChannels]: readonly [number, number],
  [height, width]: readonly [number, number],
  [top, left, bottom, right]: readonly [number, number, number, number] = [0, 0, 0, 0],
): ConvolutionPlan => ({
  batch,
  groups: 1,
  inChannels,
  outChannels,
  input: [1, height, width],
  kernel: [1, 3, 3],
  output: [1, height + top + bottom - 2, width + left + right - 2],
  strides: [1, 1, 1],
  dilation: [1, 1, 1],
  before: [0, top, left],
});

const size = (batch: number, channels: number, shape: readonly number[]): number =>
  batch * channels * shape.reduce((a, b) => a * b, 1);
const sizesOf = ({ batch, inChannels, outChannels, input, output }: ConvolutionPlan) => ({
  x: size(batch, inChannels, input),
  w: inChannels * outChannels * 9,
  y: size(batch, outChannels, output),
});

/** Numbers between −1 and 1 that are the same for the same seed. */
function filled(length: number, seed: number): Float32Array {
  const out = new Float32Array(length);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = state / 2 ** 31;
  }
  return out;
}

/** The three kernels with their operands and the length of their result. */
function calls(plan: ConvolutionPlan, seed: number) {
  const { x, w, y } = sizesOf(plan);
  const [image, weights, gradient] = [filled(x, seed), filled(w, seed + 1), filled(y, seed + 2)];
  return [
    ["convolve", image, weights, y],
    ["convolveInput", gradient, weights, x],
    ["convolveKernel", image, gradient, w],
  ] as const;
}

const plans = fc
  .record({
    batch: fc.integer({ min: 1, max: 10 }),
    channels: fc.tuple(fc.constantFrom(8, 20, 24), fc.constantFrom(8, 20, 36)),
    sizes: fc.tuple(fc.integer({ min: 2, max: 11 }), fc.integer({ min: 2, max: 11 })),
    zeros: fc.tuple(...([0, 0, 0, 0].map(() => fc.integer({ min: -1, max: 3 })) as Four)),
  })
  .map(({ batch, channels, sizes, zeros }) => planOf(batch, channels, sizes, zeros))
  .filter(isWinograd);
type Four = [fc.Arbitrary<number>, fc.Arbitrary<number>, fc.Arbitrary<number>, fc.Arbitrary<number>];

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);

  test("convolutions of 3×3 kernels and their transposes are those of the reference, for any sizes and padding", () => {
    fc.assert(
      fc.property(plans, fc.nat(1000), (plan, seed) => {
        for (const [name, a, b, length] of calls(plan, seed)) {
          const [first, second] = [new Float32Array(length), filled(length, 9)];
          reference[name](a, b, first, plan);
          kernels[name](a, b, second, plan);
          const terms = name === "convolveKernel" ? plan.batch * size(1, 1, plan.output) : 9 * plan.inChannels;
          let worst = 0;
          for (let i = 0; i < length; i++) worst = Math.max(worst, Math.abs(first[i]! - second[i]!));
          expect(worst).toBeLessThan(2 ** -23 * 4 * Math.sqrt(terms) * 3);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("their errors are not more than three times those of sums taken one by one", () => {
    const plan = planOf(8, [32, 64], [16, 16]);
    // As the direct way: the same convolution as one of three axes, which is not taken for one of images.
    const direct = (
      name: "convolve" | "convolveInput" | "convolveKernel",
      a: Float32Array,
      b: Float32Array,
      length: number,
    ) => {
      const out = new Float32Array(length);
      const turn = ([one, height, width]: readonly number[]): number[] => [height!, one!, width!];
      const { input, kernel, output, before } = plan;
      kernels[name](a, b, out, {
        ...plan,
        input: turn(input),
        kernel: turn(kernel),
        output: turn(output),
        before: turn(before),
      });
      return out;
    };
    for (const [name, a, b, length] of calls(plan, 3)) {
      const exact = new Float64Array(length);
      reference[name](Float64Array.from(a), Float64Array.from(b), exact, plan);
      const minimal = new Float32Array(length);
      kernels[name](a, b, minimal, plan);
      const error = (values: Float32Array): number =>
        Math.hypot(...[...values].slice(0, 20_000).map((value, i) => value - exact[i]!));
      const [of, to] = [error(minimal), error(direct(name, a, b, length))];
      expect(of / to, name).toBeLessThan(3);
    }
  });

  test("what is not finite stays where kernels read it", () => {
    const plan = planOf(2, [16, 16], [7, 8], [1, 1, 1, 1]);
    const kinds = (values: Float32Array): string[] =>
      Array.from(values, (x) => (Number.isFinite(x) ? "finite" : `${x}`));
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 3e38]) {
      for (const [name, a, b, length] of calls(plan, 5)) {
        a[37] = value;
        const [first, second] = [new Float32Array(length), new Float32Array(length)];
        reference[name](a, b, first, plan);
        kernels[name](a, b, second, plan);
        expect(kinds(second), name).toEqual(kinds(first));
      }
    }
  });
});

test("only channels in fours, of 3×3 kernels on images without strides, are taken for such", () => {
  const plan = planOf(1, [16, 16], [8, 8]);
  expect(isWinograd(plan)).toBe(true);
  for (const other of [
    { inChannels: 18 },
    { outChannels: 4 },
    { strides: [1, 2, 1] },
    { dilation: [1, 1, 2] },
    { groups: 2 },
    { kernel: [3, 1, 3] },
    { output: [1, 1, 6] },
  ])
    expect(isWinograd({ ...plan, ...other })).toBe(false);
});
