import {
  type AnyTensor,
  ArgumentError,
  DTypeError,
  grad,
  key,
  logSoftmax,
  normal,
  ShapeError,
  slice,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { classicCheck } from "@tapegrad/gradcheck";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ctc } from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
const labels = (values: number[][]): Tensor => tensor(values, { dtype: "int32" }) as Tensor;
const counts = (values: number[]): Tensor => tensor(values, { dtype: "int32" }) as Tensor;
const draw = (seed: number, ...shape: number[]): Tensor => normal(key(seed), shape, f64) as Tensor;

/** −log Σ p over every sequence of classes that gives the target once repeats are merged and blanks are left out. */
function byEnumeration(logProbabilities: number[][], target: readonly number[], blank: number): number {
  const classes = logProbabilities[0]!.length;
  let probability = 0;
  for (let code = 0; code < classes ** logProbabilities.length; code++) {
    const path = logProbabilities.map((_, t) => Math.floor(code / classes ** t) % classes);
    const merged = path.filter((label, t) => label !== path[t - 1] && label !== blank);
    if (merged.join() !== target.join()) continue;
    probability += Math.exp(path.reduce((total, label, t) => total + logProbabilities[t]![label]!, 0));
  }
  return -Math.log(probability);
}

describe("ctc", () => {
  const problems = fc
    .record({ time: fc.integer({ min: 1, max: 5 }), classes: fc.integer({ min: 2, max: 3 }), seed: fc.nat() })
    .chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        blank: fc.integer({ min: 0, max: sizes.classes - 1 }),
        codes: fc.array(fc.integer({ min: 0, max: sizes.classes - 2 }), { maxLength: 4 }),
      }),
    );

  test("sums over all alignments, with repeated labels, any blank, and targets that do not fit", () => {
    fc.assert(
      fc.property(problems, ({ sizes: { time, classes, seed }, blank, codes }) => {
        const target = codes.map((code) => (code >= blank ? code + 1 : code));
        const logits = draw(seed, 1, time, classes);
        const expected = byEnumeration((logSoftmax(logits).toArray() as number[][][])[0]!, target, blank);
        const targets =
          target.length === 0 ? (tensor(new Int32Array(0), { shape: [1, 0] } as never) as Tensor) : labels([target]);
        const actual = ctc(logits, targets, { blank, reduction: "sum" }).item();
        if (Number.isFinite(expected)) expect(actual).toBeCloseTo(expected, 9);
        else expect(actual).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  const logits = draw(3, 2, 5, 4);
  const targets = labels([
    [1, 2, 2],
    [3, 1, 1],
  ]);
  const inputLengths = counts([5, 3]);
  const targetLengths = counts([3, 1]);

  test("counts the given lengths alone, and its mean is one of losses per label", () => {
    const both = ctc(logits, targets, { inputLengths, targetLengths, reduction: "none" });
    const first = ctc(slice(logits, [[0, 1]]) as Tensor, labels([[1, 2, 2]])).item() * 3;
    const second = ctc(
      slice(logits, [
        [1, 2],
        [0, 3],
      ]) as Tensor,
      labels([[3]]),
    ).item();
    expect((both as Tensor).toArray()).toEqual([expect.closeTo(first, 12), expect.closeTo(second, 12)]);
    const mean = ctc(logits, targets, { inputLengths, targetLengths }).item();
    expect(mean).toBeCloseTo((first / 3 + second) / 2, 12);
  });

  test("has the gradient that differences find, and none beyond a sequence's end", () => {
    const loss = (x: Tensor): Tensor<readonly []> => ctc(x, targets, { inputLengths, targetLengths }) as never;
    expect(classicCheck(loss, logits).difference).toBeLessThan(1e-7);
    const beyond = slice(grad(loss)(logits) as AnyTensor, [1, [3, 5]]) as AnyTensor;
    expect((sum(beyond) as Tensor<readonly []>).item()).toBe(0);
  });

  test("is infinite without a gradient for a target that is too long, or 0 when asked to", () => {
    const short = draw(1, 1, 2, 3);
    const loss = (x: Tensor): Tensor<readonly []> => ctc(x, labels([[1, 1]]), { zeroInfinity: true }) as never;
    expect(ctc(short, labels([[1, 1]])).item()).toBe(Number.POSITIVE_INFINITY);
    expect(loss(short).item()).toBe(0);
    expect((sum(grad(loss)(short) as AnyTensor) as Tensor<readonly []>).item()).toBe(0);
  });

  test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    [
      "logits of another rank",
      () => ctc(draw(1, 2, 3), targets),
      ShapeError,
      /ctc: logits are \[2, 3\], targets \[2, 3\]/,
    ],
    ["another batch", () => ctc(draw(1, 3, 5, 4), targets), ShapeError, /give \[batch, time, classes\]/],
    ["targets of floats", () => ctc(logits, draw(1, 2, 3)), DTypeError, /ctc: targets are float64; give int32/],
    [
      "a label that is no class",
      () =>
        ctc(
          logits,
          labels([
            [1, 2, 4],
            [1, 2, 3],
          ]),
        ),
      ArgumentError,
      /ctc: 4 is none of 4 classes/,
    ],
    [
      "the blank as a label",
      () =>
        ctc(
          logits,
          labels([
            [1, 0, 2],
            [1, 2, 3],
          ]),
        ),
      ArgumentError,
      /ctc: 0 is the blank/,
    ],
    ["a blank that is no class", () => ctc(logits, targets, { blank: 4 }), ArgumentError, /ctc: blank is 4/],
    [
      "lengths beyond what there is",
      () => ctc(logits, targets, { inputLengths: counts([6, 1]) }),
      ArgumentError,
      /one of inputLengths is 6; give 1 to 5/,
    ],
    [
      "too few lengths",
      () => ctc(logits, targets, { targetLengths: counts([1]) }),
      ShapeError,
      /targetLengths are \[1\]/,
    ],
    ["unknown options", () => ctc(logits, targets, { black: 1 } as never), ArgumentError, /there is no option "black"/],
  ])("refuses %s", (_, run, error, message) => {
    expect(run).toThrow(error);
    expect(run).toThrow(message);
  });
});
