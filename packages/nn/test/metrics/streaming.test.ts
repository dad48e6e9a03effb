import { type AnyTensor, concat, type Tensor, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accuracy,
  averagePrecision,
  confusionMatrix,
  f1,
  type Metric,
  meanAbsoluteError,
  perplexity,
  precision,
  r2,
  recall,
  rocAuc,
  softmaxCrossEntropy,
  streaming,
  topKAccuracy,
} from "../../src/index.ts";
import { float64 } from "../fixtures.ts";

const int = (values: readonly number[]): AnyTensor => tensor(values, { dtype: "int32" }) as AnyTensor;
const close = (actual: number, expected: number): void => {
  if (Number.isNaN(expected)) expect(actual).toBeNaN();
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
};

interface Example {
  readonly logits: readonly number[];
  readonly label: number;
}
// Few values, so that there are ties.
const score = fc.constantFrom(0, 0.25, 0.5, 0.75, 1);
const example: fc.Arbitrary<Example> = fc.record({
  logits: fc.array(score, { minLength: 3, maxLength: 3 }),
  label: fc.nat(2),
});
const logitsOf = (rows: readonly Example[]): AnyTensor => float64(rows.map(({ logits }) => logits)) as AnyTensor;
const labelsOf = (rows: readonly Example[]): AnyTensor => int(rows.map(({ label }) => label));
const scoresOf = (rows: readonly Example[]): AnyTensor => float64(rows.map(({ logits }) => logits[0]!)) as AnyTensor;
const binaryOf = (rows: readonly Example[]): AnyTensor => int(rows.map(({ label }) => Number(label > 0)));
const realOf = (rows: readonly Example[]): AnyTensor => float64(rows.map(({ label }) => label / 3)) as AnyTensor;

type Read = (rows: readonly Example[]) => AnyTensor;
const metrics: readonly [string, Metric<never, number | readonly number[]>, Read, Read][] = [
  ["accuracy", streaming.accuracy(), logitsOf, labelsOf],
  ["topKAccuracy", streaming.topKAccuracy(2), logitsOf, labelsOf],
  ["perplexity", streaming.perplexity({ ignoreIndex: 1 }), logitsOf, labelsOf],
  ["precision", streaming.precision({ average: "macro" }), logitsOf, labelsOf],
  ["recall", streaming.recall({ average: "none" }), logitsOf, labelsOf],
  ["f1", streaming.f1({ average: "weighted" }), logitsOf, labelsOf],
  ["rocAuc", streaming.rocAuc(), scoresOf, binaryOf],
  ["rocAuc in bins", streaming.rocAuc({ bins: 3 }), scoresOf, binaryOf],
  ["averagePrecision", streaming.averagePrecision(), scoresOf, binaryOf],
  ["meanAbsoluteError", streaming.meanAbsoluteError(), scoresOf, realOf],
  ["r2", streaming.r2(), scoresOf, realOf],
] as never;

describe("however the data is cut into batches, and whatever is merged, the result is that of one batch", () => {
  test.each(metrics)("%s", (_, metric, predictionsOf, targetsOf) => {
    fc.assert(
      fc.property(
        fc.array(fc.array(example, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        (batches) => {
          const feed = (state: never, rows: readonly Example[]): never =>
            metric.update(state, predictionsOf(rows), targetsOf(rows));
          const whole = [metric.result(feed(metric.init(), batches.flat()))].flat();
          const first = metric.init();
          const before = JSON.stringify(first);
          const byBatch = [metric.result(batches.reduce(feed, first))].flat();
          const merged = [
            metric.result(batches.map((rows) => feed(metric.init(), rows)).reduce((a, b) => metric.merge(a, b))),
          ].flat();
          whole.forEach((value, i) => {
            close(byBatch[i]!, value);
            close(merged[i]!, value);
          });
          expect(JSON.stringify(first)).toBe(before);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("definitions", () => {
  const some = fc.array(example, { minLength: 1, maxLength: 12 });

  test("the first of one is accuracy", () => {
    fc.assert(
      fc.property(some, (rows) => {
        const [z, y] = [logitsOf(rows), labelsOf(rows)];
        expect(topKAccuracy(z, y, 1)).toBeCloseTo(accuracy(z, y).item(), 6);
        expect(topKAccuracy(z, y, 3)).toBe(1);
      }),
    );
  });

  test("precision, recall and F1 follow from the confusion matrix", () => {
    fc.assert(
      fc.property(some, (rows) => {
        const [z, y] = [logitsOf(rows), labelsOf(rows)];
        const counts = confusionMatrix(z, y).toArray() as number[][];
        const column = (c: number): number => counts.reduce((sum, row) => sum + row[c]!, 0);
        const sizes = counts.map((row) => row.reduce((a, b) => a + b));
        const p = counts.map((row, c) => (column(c) === 0 ? 0 : row[c]! / column(c)));
        const r = counts.map((row, c) => (sizes[c] === 0 ? 0 : row[c]! / sizes[c]!));
        const f = p.map((value, c) => (value + r[c]! === 0 ? 0 : (2 * value * r[c]!) / (value + r[c]!)));
        const all = { average: "none" } as const;
        precision(z, y, all).forEach((value, c) => void close(value, p[c]!));
        recall(z, y, all).forEach((value, c) => void close(value, r[c]!));
        f1(z, y, all).forEach((value, c) => void close(value, f[c]!));
        const occurring = f.filter((_, c) => sizes[c]! + column(c) > 0);
        close(f1(z, y, { average: "macro" }), occurring.reduce((a, b) => a + b) / occurring.length);
        close(
          recall(z, y, { average: "weighted" }),
          r.reduce((sum, value, c) => sum + value * sizes[c]!, 0) / rows.length,
        );
        // Every mistake is a false alarm of one class and a miss of another.
        close(f1(z, y, { average: "micro" }), recall(z, y, { average: "micro" }));
        expect(recall(z, y, { average: "micro" })).toBeCloseTo(accuracy(z, y).item(), 6);
      }),
    );
  });

  test("ROC AUC is the share of pairs in the right order, equal ones half", () => {
    fc.assert(
      fc.property(some, (rows) => {
        const ofClass = (c: boolean): number[] =>
          rows.filter(({ label }) => label > 0 === c).map(({ logits }) => logits[0]!);
        const pairs = ofClass(true).flatMap((a) => ofClass(false).map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        const expected = pairs.reduce<number>((a, b) => a + b, 0) / pairs.length;
        close(rocAuc(scoresOf(rows), binaryOf(rows)), expected);
        // Bins that tell the scores apart lose nothing.
        const binned = streaming.rocAuc({ bins: 5 });
        close(binned.result(binned.update(binned.init(), scoresOf(rows), binaryOf(rows))), expected);
      }),
    );
  });

  test("values that scikit-learn gives", () => {
    const [scores, targets] = [float64([0.1, 0.4, 0.35, 0.8]), int([0, 0, 1, 1])];
    close(rocAuc(scores, targets), 0.75);
    close(averagePrecision(scores, targets), 0.8333333333333333);
    close(r2(float64([2.5, 0, 2, 8]), float64([3, -0.5, 2, 7])), 0.9486081370449679);
    close(meanAbsoluteError(float64([2.5, 0, 2, 8]), float64([3, -0.5, 2, 7])), 0.5);
    const [predicted, actual] = [int([0, 2, 1, 0, 0, 1]), int([0, 1, 2, 0, 1, 2])];
    close(precision(predicted, actual, { average: "macro" }), 2 / 9);
    close(precision(predicted, actual, { average: "micro" }), 1 / 3);
    close(precision(predicted, actual, { average: "weighted" }), 2 / 9);
    close(recall(predicted, actual, { average: "macro" }), 1 / 3);
    close(f1(predicted, actual, { average: "macro" }), 0.26666666666666666);
  });

  test("perplexity is e to the cross-entropy", () => {
    fc.assert(
      fc.property(some, (rows) => {
        close(
          perplexity(logitsOf(rows), labelsOf(rows)),
          Math.exp(softmaxCrossEntropy(logitsOf(rows), labelsOf(rows)).item()),
        );
      }),
    );
  });

  test("targets that are all equal", () => {
    expect(r2(float64([1, 1]), float64([1, 1]))).toBe(1);
    expect(r2(float64([1, 2]), float64([1, 1]))).toBe(0);
  });

  test("huge offsets leave R² its digits", () => {
    const metric = streaming.r2();
    const shift = (values: readonly number[]): AnyTensor => float64(values.map((value) => value + 1e8)) as AnyTensor;
    const first = metric.update(metric.init(), shift([2.5, 0]), shift([3, -0.5]));
    const both = metric.update(first, shift([2, 8]), shift([2, 7]));
    expect(metric.result(both)).toBeCloseTo(0.9486081370449679, 7);
  });

  test("nothing gives NaN, and one class has no order", () => {
    for (const [, metric] of metrics)
      for (const value of [metric.result(metric.init())].flat()) expect(value).toBeNaN();
    expect(rocAuc(float64([1, 2]), int([1, 1]))).toBeNaN();
    expect(averagePrecision(float64([1, 2]), int([0, 0]))).toBeNaN();
    const joined = concat([float64([1]), float64([2])] as never) as Tensor;
    expect(rocAuc(joined as AnyTensor, int([0, 1]))).toBe(1);
  });
});

test.each([
  [
    () => precision(int([0, 2]), int([0, 1])),
    /precision: there are 3 classes; average them, as in { average: "macro" }/,
  ],
  [() => f1(int([0]), int([0]), { average: "mean" as never }), /f1: "mean" is no average; use binary, macro/],
  [() => recall(int([0]), int([3]), { classes: 3 }), /recall: 3 is none of 3 classes/],
  [() => recall(int([-1]), int([0])), /recall: -1 is none of the classes; classes count from 0/],
  [() => precision(int([0]), int([0]), { class: 3 } as never), /precision: there is no option "class"/],
  [() => rocAuc(float64([0.5]), int([2])), /rocAuc: a target is 2; give 0 and 1/],
  [() => rocAuc(float64([Number.NaN]), int([1])), /rocAuc: a score is NaN/],
  [() => rocAuc(float64([1, 2]), int([1])), /rocAuc: scores are \[2\], targets \[1\]; give both the same shape/],
  [() => rocAuc(int([1]), int([1])), /rocAuc: scores are int32/],
  [
    () => streaming.accuracy().update({} as never, int([1]), int([1])),
    /accuracy: what was given as the state is none; begin with init/,
  ],
  [() => streaming.r2().result(undefined as never), /r2: what was given as the state is none/],
  [
    () => streaming.f1().update(streaming.rocAuc().init() as never, int([1]), int([1])),
    /f1: what was given as the state/,
  ],
  [() => streaming.rocAuc({ bins: 1 }), /rocAuc: bins is 1; give a whole number above 1/],
  [() => topKAccuracy(float64([[1, 2]]), int([0]), 0), /topKAccuracy: k is 0; give a whole number above 0/],
  [() => topKAccuracy(float64([[1, 2]]), int([2]), 1), /topKAccuracy: 2 is none of 2 classes/],
  [() => r2(float64([1]), float64([1, 2])), /r2: predictions are \[1\], targets \[2\]/],
])("%s", (f, message) => {
  expect(f).toThrow(message);
});

test("scores outside of the bins", () => {
  const metric = streaming.averagePrecision({ bins: 4 });
  expect(() => metric.update(metric.init(), float64([2]), int([1]))).toThrow(
    /a score is 2; bins take scores from 0 to 1/,
  );
});
