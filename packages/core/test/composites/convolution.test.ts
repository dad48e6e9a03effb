import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  conv1d,
  conv2d,
  conv3d,
  convolve,
  convolveInput,
  convolveKernel,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  grad,
  key,
  mul,
  normal,
  ones,
  sum,
  tensor,
  zeros,
} from "../../src/index.ts";

const whole = (min: number, max: number) => fc.integer({ min, max });
const axis = fc
  .record({
    size: whole(1, 6),
    kernel: whole(1, 3),
    stride: whole(1, 4),
    dilation: whole(1, 2),
    before: whole(0, 2),
    after: whole(0, 2),
  })
  .filter(({ size, kernel, dilation, before, after }) => size + before + after >= (kernel - 1) * dilation + 1);

const geometries = fc
  .record({
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    batch: whole(0, 2),
    groups: whole(1, 3),
    ins: whole(1, 2),
    outs: whole(1, 2),
    seed: fc.nat(),
  })
  .map(({ axes, batch, groups, ins, outs, seed }) => ({
    x: random([batch, ins * groups, ...axes.map(({ size }) => size)], seed),
    w: random([outs * groups, ins, ...axes.map(({ kernel }) => kernel)], seed + 1),
    seed,
    options: {
      strides: axes.map(({ stride }) => stride),
      padding: axes.map(({ before, after }) => [before, after] as const),
      dilation: axes.map(({ dilation }) => dilation),
      groups,
    },
  }));

function random(shape: readonly number[], seed: number): AnyTensor {
  return normal(key(seed), shape, { dtype: "float64" }) as AnyTensor;
}

const dot = (a: AnyTensor, b: AnyTensor): number => sum(mul(a, b)).item() as number;

describe("convolve, convolveInput and convolveKernel", () => {
  test("are transposes of each other: ⟨g, conv(x, w)⟩ is one number, whichever argument stands alone", () => {
    fc.assert(
      fc.property(geometries, ({ x, w, seed, options }) => {
        const y = convolve(x, w, options);
        const g = random(y.shape, seed + 2);
        const size = dot(g, y);
        expect(dot(convolveInput(g, w, x.shape.slice(2), options), x)).toBeCloseTo(size, 9);
        expect(dot(convolveKernel(x, g, w.shape.slice(2), options), w)).toBeCloseTo(size, 9);
      }),
      { numRuns: 150 },
    );
  });

  test("the gradient of a convolution by its input is the transposed convolution", () => {
    const w = random([3, 2, 2, 2], 1);
    const x = random([1, 2, 5, 4], 2);
    const g = random([1, 3, 3, 3], 3);
    const options = { stride: 2, padding: 1, outputPadding: [1, 0] } as const;
    const pulled = grad((at: AnyTensor) => sum(mul(g, conv2d(at, w, null, { stride: 2, padding: 1 }))))(x);
    expect(pulled.toArray()).toEqual(convTranspose2d(g, w, null, options).toArray());
  });
});

describe("conv1d, conv2d and conv3d", () => {
  test("a kernel of one element mixes channels", () => {
    const y = conv2d(tensor([[[[1, 2]], [[3, 4]]]]), tensor([[[[10]], [[1]]]]));
    expect(y.toArray()).toEqual([[[[13, 24]]]]);
  });

  test("a stride above the kernel leaves elements out", () => {
    expect(conv1d(tensor([[[1, 2, 3, 4, 5]]]), tensor([[[1, 1]]]), null, { stride: 3 }).toArray()).toEqual([[[3, 9]]]);
  });

  test("an empty batch gives an empty batch", () => {
    expect(conv2d(zeros([0, 2, 4, 4]), zeros([3, 2, 3, 3])).shape).toEqual([0, 3, 2, 2]);
    expect(convTranspose1d(zeros([0, 2, 4]), zeros([2, 3, 3])).shape).toEqual([0, 3, 6]);
  });

  test("as many groups as channels: each channel has a kernel of its own", () => {
    const x = tensor([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const w = tensor([[[1]], [[10]], [[2]], [[20]]]);
    expect(conv1d(x, w, null, { groups: 2 }).toArray()).toEqual([
      [
        [1, 2],
        [10, 20],
        [6, 8],
        [60, 80],
      ],
    ]);
  });

  test("no channels give zeros, and the bias", () => {
    expect(conv1d(zeros([1, 0, 3]), zeros([2, 0, 2]), tensor([1, 2])).toArray()).toEqual([
      [
        [1, 1],
        [2, 2],
      ],
    ]);
  });

  test('"same" keeps the sizes, with the odd zero at the end', () => {
    const x = tensor([[[1, 2, 3, 4]]]);
    const same = { padding: "same" } as const;
    expect(conv1d(x, ones([1, 1, 2]), null, same).toArray()).toEqual([[[3, 5, 7, 4]]]);
    expect(conv1d(x, ones([1, 1, 3]), null, same).toArray()).toEqual([[[3, 6, 9, 7]]]);
    expect(conv1d(x, ones([1, 1, 2]), null, { ...same, dilation: 3 }).toArray()).toEqual([[[3, 5, 2, 3]]]);
    expect(conv3d(ones([1, 1, 2, 3, 4]), ones([1, 1, 2, 3, 3]), null, same).shape).toEqual([1, 1, 2, 3, 4]);
    expect(conv1d(x, ones([1, 1, 2]), null, { padding: "valid" }).shape).toEqual([1, 1, 3]);
  });

  test("padding may differ at the two ends of an axis", () => {
    const y = conv1d(tensor([[[1, 2]]]), tensor([[[1, 10]]]), null, { padding: [[2, 0]] });
    expect(y.toArray()).toEqual([[[0, 10, 21]]]);
  });
});

describe("convTranspose1d, convTranspose2d and convTranspose3d", () => {
  test("have the sizes that undo those of a convolution, whatever outputPadding", () => {
    fc.assert(
      fc.property(
        whole(1, 4),
        whole(1, 4),
        whole(1, 3),
        whole(1, 3),
        whole(0, 2),
        whole(0, 3),
        (length, kernel, stride, dilation, padding, extra) => {
          const outputPadding = Math.min(extra, Math.max(stride, dilation) - 1);
          const size = (length - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1;
          fc.pre(size > 0);
          const options = { stride, padding, dilation };
          const x = random([1, 1, length], 1);
          const y = convTranspose1d(x, random([1, 1, kernel], 2), null, { ...options, outputPadding });
          expect(y.shape).toEqual([1, 1, size]);
          // As scattering says: element i of x, times tap k, arrives at i·stride + k·dilation − padding.
          const expected = new Array<number>(size).fill(0);
          const [from, taps] = [x.data(), random([1, 1, kernel], 2).data()];
          for (let i = 0; i < length; i++) {
            for (let k = 0; k < kernel; k++) {
              const to = i * stride + k * dilation - padding;
              if (to >= 0 && to < size) expected[to]! += from[i]! * taps[k]!;
            }
          }
          expected.forEach((value, i) => {
            expect(y.data()[i]).toBeCloseTo(value, 12);
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  test("groups and bias", () => {
    const x = tensor([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const w = tensor([
      [[1], [10]],
      [[2], [20]],
    ]);
    const y = convTranspose1d(x, w, tensor([0, 0, 0, 1]), { groups: 2 });
    expect(y.toArray()).toEqual([
      [
        [1, 2],
        [10, 20],
        [6, 8],
        [61, 81],
      ],
    ]);
  });

  test("three axes", () => {
    expect(convTranspose3d(ones([1, 1, 2, 2, 2]), ones([1, 2, 1, 1, 2]), null, { stride: 2 }).shape).toEqual([
      1, 2, 3, 3, 4,
    ]);
  });
});
