import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, type Storage } from "../../src/dtype.ts";
import type { ConvolutionPlan } from "../../src/kernels/kernels.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { sizeOf } from "../../src/shape.ts";
import { positionsOf, wholes } from "./arbitraries.ts";

const axis = fc
  .record({
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 4 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    before: fc.integer({ min: -1, max: 3 }),
    more: fc.integer({ min: 0, max: 4 }),
    after: fc.integer({ min: -1, max: 3 }),
  })
  .map(({ kernel, stride, dilation, before, more, after }) => {
    const reach = (kernel - 1) * dilation + 1;
    const input = Math.max(0, reach + more - before - after);
    const output = Math.floor((input + before + after - reach) / stride) + 1;
    return { kernel, stride, dilation, before, input, output };
  });

const plans: fc.Arbitrary<ConvolutionPlan> = fc
  .record({
    axes: fc.tuple(axis, axis, axis),
    batch: fc.integer({ min: 0, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    inChannels: fc.integer({ min: 0, max: 3 }),
    outChannels: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ axes, ...channels }) => ({
    ...channels,
    input: axes.map(({ input }) => input),
    kernel: axes.map(({ kernel }) => kernel),
    output: axes.map(({ output }) => output),
    strides: axes.map(({ stride }) => stride),
    dilation: axes.map(({ dilation }) => dilation),
    before: axes.map(({ before }) => before),
  }))
  .filter((plan) => sizeOf(plan.input) < 400);

/** Calls `visit` with the places in x, w and y of each product that the definition of a convolution sums up. */
function eachProduct(plan: ConvolutionPlan, visit: (x: number, w: number, y: number) => void): void {
  const { batch, groups, inChannels, outChannels, input, kernel, output, strides, dilation, before } = plan;
  const flat = (sizes: readonly number[], position: readonly number[]): number =>
    position.reduce((at, p, i) => at * sizes[i]! + p, 0);
  for (const [n, g, o, c] of positionsOf([batch, groups, outChannels, inChannels]) as [
    number,
    number,
    number,
    number,
  ][]) {
    for (const out of positionsOf(output)) {
      for (const tap of positionsOf(kernel)) {
        const from = out.map((p, i) => p * strides[i]! + tap[i]! * dilation[i]! - before[i]!);
        if (from.some((p, i) => p < 0 || p >= input[i]!)) continue;
        visit(
          ((n * groups + g) * inChannels + c) * sizeOf(input) + flat(input, from),
          ((g * outChannels + o) * inChannels + c) * sizeOf(kernel) + flat(kernel, tap),
          ((n * groups + g) * outChannels + o) * sizeOf(output) + flat(output, out),
        );
      }
    }
  }
}

const sizesOf = ({ batch, groups, inChannels, outChannels, input, kernel, output }: ConvolutionPlan) => ({
  x: batch * groups * inChannels * sizeOf(input),
  w: groups * outChannels * inChannels * sizeOf(kernel),
  y: batch * groups * outChannels * sizeOf(output),
});

const plain = (values: ArrayLike<number>): number[] => Array.from(values, (value) => value + 0);

test("the three kernels are what their definition says, for any strides, padding, dilation and groups", () => {
  const dtypes = fc.constantFrom("float32" as const, "float64" as const, "int32" as const);
  const cases = fc.record({ plan: plans, dtype: dtypes }).chain(({ plan, dtype }) => {
    const { x, w, y } = sizesOf(plan);
    return fc.record({
      plan: fc.constant(plan),
      dtype: fc.constant(dtype),
      x: wholes(dtype, x),
      w: wholes(dtype, w),
      y: wholes(dtype, y),
    });
  });
  fc.assert(
    fc.property(cases, ({ plan, dtype, x, w, y }) => {
      const [toX, toW, toY] = [x, w, y].map(({ length }) => new Array<number>(length).fill(0)) as [
        number[],
        number[],
        number[],
      ];
      eachProduct(plan, (i, j, k) => {
        toX[i]! += y[k]! * w[j]!;
        toW[j]! += y[k]! * x[i]!;
        toY[k]! += x[i]! * w[j]!;
      });
      const run = (size: number, kernel: (out: Storage) => void): number[] => {
        const out = allocate(dtype, size).fill(77);
        kernel(out);
        return plain(out);
      };
      expect(run(y.length, (out) => reference.convolve(x, w, out, plan))).toEqual(plain(toY));
      expect(run(x.length, (out) => reference.convolveInput(y, w, out, plan))).toEqual(plain(toX));
      expect(run(w.length, (out) => reference.convolveKernel(x, y, out, plan))).toEqual(plain(toW));
    }),
    { numRuns: 250 },
  );
});

test("float32 sums are kept in double precision, over kernel, channels and images", () => {
  const line = { groups: 1, input: [1, 1, 4], kernel: [1, 1, 4], output: [1, 1, 1] };
  const still = { strides: [1, 1, 1], dilation: [1, 1, 1], before: [0, 0, 0] };
  const plan: ConvolutionPlan = { batch: 1, inChannels: 1, outChannels: 1, ...line, ...still };
  const big = Float32Array.of(2 ** 24, 1, 1, 1);
  const ones = new Float32Array(4).fill(1);
  const one = new Float32Array(1);
  reference.convolve(big, ones, one, plan);
  expect(one[0]).toBe(2 ** 24 + 4);
  // Four images of one element: the gradient of the weight sums over them.
  const point = { ...plan, batch: 4, input: [1, 1, 1], kernel: [1, 1, 1] };
  reference.convolveKernel(big, ones, one, point);
  expect(one[0]).toBe(2 ** 24 + 4);
  // Four kernels that write to one element.
  reference.convolveInput(ones, big, one, {
    ...plan,
    input: [1, 1, 1],
    kernel: [1, 1, 4],
    output: [1, 1, 4],
    before: [0, 0, 3],
  });
  expect(one[0]).toBe(2 ** 24 + 4);
});

test("NaN stays where kernels read it", () => {
  const x = new Float64Array(5).fill(1);
  x[0] = Number.NaN;
  const out = new Float64Array(5);
  reference.convolve(x, Float64Array.of(1, 1), out, {
    batch: 1,
    groups: 1,
    inChannels: 1,
    outChannels: 1,
    input: [1, 1, 5],
    kernel: [1, 1, 2],
    output: [1, 1, 5],
    strides: [1, 1, 1],
    dilation: [1, 1, 1],
    before: [0, 0, 0],
  });
  expect(Array.from(out)).toEqual([Number.NaN, 2, 2, 2, 1]);
});
