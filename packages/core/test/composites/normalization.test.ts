import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  batchNorm,
  cosineSimilarity,
  grad,
  groupNorm,
  instanceNorm,
  key,
  layerNorm,
  localResponseNorm,
  mean,
  mul,
  normal,
  normalize,
  reshape,
  rmsNorm,
  sum,
  tensor,
  variance,
  zeros,
} from "../../src/index.ts";

function random(shape: readonly number[], seed: number): AnyTensor {
  return normal(key(seed), shape, { dtype: "float64" }) as AnyTensor;
}

function expectClose(actual: AnyTensor, expected: AnyTensor | readonly number[], digits = 12): void {
  const values = "data" in expected ? expected.data() : expected;
  expect(actual.size).toBe(values.length);
  actual.data().forEach((value, i) => {
    expect(value).toBeCloseTo(values[i]!, digits);
  });
}

const x = random([4, 3, 2, 2], 1);
const overChannels = [0, 2, 3];

describe("batchNorm", () => {
  test("in training gives each channel mean 0 and variance 1", () => {
    const { output, runningMean, runningVar } = batchNorm(x, { training: true, eps: 0 });
    expectClose(mean(output, overChannels), [0, 0, 0]);
    expectClose(variance(output, overChannels), [1, 1, 1]);
    expect([runningMean, runningVar]).toEqual([null, null]);
  });

  test("running statistics take over a part of the mean and of the unbiased variance", () => {
    const before = {
      runningMean: tensor([1, 2, 3], { dtype: "float64" }),
      runningVar: tensor([4, 5, 6], { dtype: "float64" }),
    };
    const { runningMean, runningVar } = batchNorm(x, { ...before, training: true, momentum: 0.25 });
    const means = mean(x, overChannels).data();
    const variances = variance(x, overChannels, { correction: 1 }).data();
    expectClose(
      runningMean,
      [1, 2, 3].map((old, i) => 0.75 * old + 0.25 * means[i]!),
    );
    expectClose(
      runningVar,
      [4, 5, 6].map((old, i) => 0.75 * old + 0.25 * variances[i]!),
    );
  });

  test("outside of training uses the running statistics, and leaves them", () => {
    const runningMean = mean(x, overChannels);
    const runningVar = variance(x, overChannels);
    const trained = batchNorm(x, { training: true });
    const evaluated = batchNorm(x, { runningMean, runningVar });
    expectClose(evaluated.output, trained.output);
    expect(evaluated.runningMean.toArray()).toEqual(runningMean.toArray());
    expect(evaluated.runningVar.toArray()).toEqual(runningVar.toArray());
  });

  test("weights and biases belong to channels; a constant channel gives its bias", () => {
    const parameters = { weight: tensor([2, 3]), bias: tensor([10, 20]) };
    const { output } = batchNorm(
      tensor([
        [5, -1],
        [5, 1],
      ]),
      { training: true, eps: 0.5, ...parameters },
    );
    expectClose(output, [10, 20 - 3 / Math.sqrt(1.5), 10, 20 + 3 / Math.sqrt(1.5)], 5);
  });

  test("a gradient sums to 0 over each channel: adding a constant changes nothing", () => {
    const g = random([4, 3, 2, 2], 2);
    const gradient = grad((at: AnyTensor) => sum(mul(g, batchNorm(at, { training: true }).output)))(x);
    expectClose(sum(gradient, overChannels), [0, 0, 0]);
  });
});

describe("the other norms", () => {
  test("one group is all channels, and a group for each channel is an instance norm", () => {
    expectClose(groupNorm(x, 1), layerNorm(x, [3, 2, 2]));
    expectClose(groupNorm(x, 3), instanceNorm(x));
    const one = batchNorm(reshape(x, [1, 12, 2, 2]), { training: true }).output;
    expectClose(instanceNorm(x), one);
  });

  test("groups are of neighbouring channels", () => {
    const y = groupNorm(tensor([[1, 3, 20, 60]]), 2, { eps: 0, weight: tensor([1, 2, 3, 4]) });
    expect(y.toArray()).toEqual([[-1, 2, -3, 4]]);
  });

  test("layerNorm over several axes weighs each place", () => {
    const y = layerNorm(
      tensor([
        [
          [1, 1],
          [3, 3],
        ],
      ]),
      [2, 2],
      {
        eps: 0,
        weight: tensor([
          [1, 2],
          [3, 4],
        ]),
        bias: tensor([
          [0, 0],
          [0, 1],
        ]),
      },
    );
    expect(y.toArray()).toEqual([
      [
        [-1, -2],
        [3, 5],
      ],
    ]);
  });

  test("rmsNorm divides by the root of the mean square, 0 by the root of eps", () => {
    const data = x.data();
    const square = (i: number) => (data[2 * i]! ** 2 + data[2 * i + 1]! ** 2) / 2;
    expectClose(
      rmsNorm(x, 2),
      Array.from(data, (value, i) => value / Math.sqrt(square(i >> 1))),
    );
    expect(rmsNorm(zeros([1, 2]), 2).toArray()).toEqual([[0, 0]]);
  });

  test("localResponseNorm sums squares of the channels around, more of them before", () => {
    const options = { alpha: 0.5, beta: 0.75, k: 2 };
    for (const size of [1, 2, 3, 4, 7]) {
      const values = x.toArray() as unknown as number[][][][];
      const expected = values.flatMap((example) =>
        example.flatMap((plane, c) =>
          plane.flatMap((row, i) =>
            row.map((value, j) => {
              let total = 0;
              for (let other = c - Math.floor(size / 2); other <= c + Math.floor((size - 1) / 2); other++) {
                total += (example[other]?.[i]?.[j] ?? 0) ** 2;
              }
              return value / (2 + (0.5 * total) / size) ** 0.75;
            }),
          ),
        ),
      );
      expectClose(localResponseNorm(x, size, options), expected);
    }
  });

  test("empty batches stay empty", () => {
    expect(layerNorm(zeros([0, 3]), 3).shape).toEqual([0, 3]);
    expect(groupNorm(zeros([0, 4, 2]), 2).shape).toEqual([0, 4, 2]);
    expect(localResponseNorm(zeros([0, 4]), 2).shape).toEqual([0, 4]);
  });
});

describe("normalize and cosineSimilarity", () => {
  test("vectors get length 1 in the norm that is asked for; 0 stays 0, with a finite gradient", () => {
    const v = tensor([3, -4], { dtype: "float64" });
    expectClose(normalize(v), [0.6, -0.8]);
    expectClose(normalize(v, 0, { p: 1 }), [3 / 7, -4 / 7]);
    expectClose(normalize(v, 0, { p: Number.POSITIVE_INFINITY }), [0.75, -1]);
    expect(normalize(zeros([2])).toArray()).toEqual([0, 0]);
    const gradient = grad((at: AnyTensor) => sum(normalize(at, -1, { eps: 0.5 })))(zeros([2]) as AnyTensor);
    expect(gradient.toArray()).toEqual([2, 2]);
  });

  test("the cosine is that of the angle, whatever the lengths, and 0 beside a vector of 0", () => {
    const a = tensor(
      [
        [1, 1],
        [0, 0],
        [1e3, 0],
      ],
      { dtype: "float64" },
    );
    const b = tensor([1e-3, 0], { dtype: "float64" });
    expectClose(cosineSimilarity(a, b), [Math.SQRT1_2, 0, 1]);
    expectClose(cosineSimilarity(a, a, 0), [1, 1]);
  });
});
