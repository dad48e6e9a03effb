import { type AnyTensor, ArgumentError, checkOptions, ShapeError } from "@tapegrad/core/functions";
import { checkIndices } from "../../losses/classes.ts";
import { checkFloats } from "../../losses/reduction.ts";
import { softmaxCrossEntropy } from "../../losses/softmax-cross-entropy.ts";
import { classesOf, type MetricOptions } from "../predicted-classes.ts";
import { defineMetric, type Metric, meanOver, type Total, total } from "./metric.ts";

/**
 * The share of predictions that are right; see `accuracy`.
 * @throws in `update` what `accuracy` throws, but for empty batches.
 * @example
 * const metric = accuracy();
 * const first = metric.update(metric.init(), tensor([2, -1]), tensor([1, 0]));
 * metric.result(metric.update(first, tensor([3, 4]), tensor([0, 0]))); // 0.5
 */
export function accuracy(options: MetricOptions = {}): Metric<Total> {
  checkOptions("accuracy", options, "threshold");
  return meanOver("accuracy", (predictions, targets) => {
    const { predicted, actual } = classesOf("accuracy", predictions, targets, options);
    const [a, b] = [predicted.data(), actual.data()];
    return { sum: total(a.map((value, i) => (value === b[i] ? 1 : 0))), count: b.length };
  });
}

/**
 * The share of examples whose class is among the k of the largest logits; see `topKAccuracy`.
 * @throws as `topKAccuracy`.
 * @example
 * const metric = topKAccuracy(2);
 * const y = tensor([1], { dtype: "int32" });
 * metric.result(metric.update(metric.init(), tensor([[3, 2, 1]]), y)); // 1
 */
export function topKAccuracy(k: number): Metric<Total> {
  const name = "topKAccuracy";
  if (!(Number.isInteger(k) && k > 0)) throw new ArgumentError(name, `k is ${k}`, "give a whole number above 0");
  return meanOver(name, (logits, classes) => {
    checkFloats(name, "logits", logits);
    checkIndices(name, "logits", logits, classes);
    const count = logits.shape.at(-1)!;
    const [scores, labels] = [Array.from(logits.data()), Array.from(classes.data())];
    const isHit = (label: number, i: number): boolean => {
      const row = scores.slice(i * count, (i + 1) * count);
      const own = row[label]!;
      // NaN is behind everything. As `argmax` has it, the first of equals is ahead.
      return (
        !Number.isNaN(own) &&
        row.reduce((ahead, score, c) => ahead + (score > own || (score === own && c < label) ? 1 : 0), 0) < k
      );
    };
    return { sum: labels.filter(isHit).length, count: labels.length };
  });
}

/**
 * e to the mean of −log p of the right classes; see `perplexity`.
 * @throws as `perplexity`.
 * @example
 * const metric = perplexity();
 * const y = tensor([1], { dtype: "int32" });
 * metric.result(metric.update(metric.init(), tensor([[0, 0]]), y)).toFixed(5); // "2.00000"
 */
export function perplexity(options: { readonly ignoreIndex?: number } = {}): Metric<Total> {
  checkOptions("perplexity", options, "ignoreIndex");
  const mean = meanOver("perplexity", (logits, classes) => {
    checkFloats("perplexity", "logits", logits);
    checkIndices("perplexity", "logits", logits, classes, options.ignoreIndex);
    const losses = softmaxCrossEntropy(logits, classes, { ...options, reduction: "none" }).data();
    return { sum: total(losses), count: classes.data().filter((label) => label !== options.ignoreIndex).length };
  });
  return { ...mean, result: (state) => Math.exp(mean.result(state)) };
}

/** How classes are made one number: of class 1 of two; the mean over classes, even or by their share; or of all together. */
export type Average = "binary" | "macro" | "weighted" | "micro" | "none";

export interface ClassificationOptions<A extends Average = Average> extends MetricOptions {
  /**
   * "binary" if not given, of class 1 of two. "macro" is the mean over the classes that occur, "weighted" that mean by how many
   * examples are of each, "micro" counts all classes together, "none" gives a number for each class.
   */
  readonly average?: A;
  /** How many classes there are, if more than occur. */
  readonly classes?: number;
}

/** How often each class was taken for each: a row for each class, a column for what it was taken for. */
export interface Confusion {
  readonly counts: readonly (readonly number[])[];
}

/** The ways in which an example may belong to a class or not. */
interface Outcomes {
  readonly hits: number;
  readonly falseAlarms: number;
  readonly misses: number;
}
/** What an average leaves. */
export type Averaged<A extends Average> = A extends "none" ? readonly number[] : number;

function ofConfusion<A extends Average>(
  name: string,
  options: ClassificationOptions<A>,
  score: (outcomes: Outcomes) => number,
): Metric<Confusion, Averaged<A>> {
  checkOptions(name, options, "average", "classes", "threshold");
  const { average = "binary", classes = 0 } = options as ClassificationOptions;
  if (!["binary", "macro", "weighted", "micro", "none"].includes(average)) {
    throw new ArgumentError(name, `"${average}" is no average`, "use binary, macro, weighted, micro or none");
  }
  if (!(Number.isInteger(classes) && classes >= 0)) {
    throw new ArgumentError(name, `there are ${classes} classes`, "give a whole number");
  }
  const none: Confusion = { counts: table(classes, () => 0) };
  const merge = (a: Confusion, b: Confusion): Confusion => ({
    counts: table(Math.max(a.counts.length, b.counts.length), (i, j) => at(a, i, j) + at(b, i, j)),
  });
  return defineMetric<Confusion, Averaged<A>>(name, {
    init: () => none,
    update: (state, predictions, targets) => merge(state, count(name, predictions, targets, options, classes)),
    merge,
    result: ({ counts }) => {
      const each = counts.map((row, c): Outcomes => {
        const [taken, actual] = [total(counts.map((other) => other[c]!)), total(row)];
        return { hits: row[c]!, falseAlarms: taken - row[c]!, misses: actual - row[c]! };
      });
      return averaged(name, average, each, score) as Averaged<A>;
    },
  });
}

const table = (size: number, of: (i: number, j: number) => number): number[][] =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => of(i, j)));
const at = ({ counts }: Confusion, i: number, j: number): number => counts[i]?.[j] ?? 0;

function count(
  name: string,
  predictions: AnyTensor,
  targets: AnyTensor,
  options: MetricOptions,
  classes: number,
): Confusion {
  const found = classesOf(name, predictions, targets, options);
  const [predicted, actual] = [found.predicted.data(), found.actual.data()];
  let size = Math.max(classes, found.count ?? 0);
  for (const index of [...predicted, ...actual]) {
    if (index < 0 || (classes > 0 && index >= classes)) {
      throw new ArgumentError(name, `${index} is none of ${classes || "the"} classes`, "classes count from 0");
    }
    size = Math.max(size, index + 1);
  }
  const counts = table(size, () => 0);
  actual.forEach((row, i) => {
    counts[row]![predicted[i]!]!++;
  });
  return { counts };
}

function averaged(
  name: string,
  average: Average,
  each: readonly Outcomes[],
  score: (outcomes: Outcomes) => number,
): number | readonly number[] {
  if (average === "none") return each.map(score);
  if (average === "binary") {
    if (each.length > 2) {
      throw new ShapeError(name, `there are ${each.length} classes`, 'average them, as in { average: "macro" }');
    }
    return each.length === 0 ? Number.NaN : score(each[1] ?? { hits: 0, falseAlarms: 0, misses: 0 });
  }
  if (average === "micro") {
    const all = (of: keyof Outcomes): number => total(each.map((outcomes) => outcomes[of]));
    return each.length === 0
      ? Number.NaN
      : score({ hits: all("hits"), falseAlarms: all("falseAlarms"), misses: all("misses") });
  }
  const occurring = each.filter(({ hits, falseAlarms, misses }) => hits + falseAlarms + misses > 0);
  const weights = occurring.map(({ hits, misses }) => (average === "macro" ? 1 : hits + misses));
  return total(occurring.map((outcomes, i) => weights[i]! * score(outcomes))) / total(weights);
}

/** 0 where there is nothing to divide by. */
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * Of what was taken for a class, the share that is of it; see `precision`.
 * @throws as `precision`.
 * @example
 * const metric = precision();
 * metric.result(metric.update(metric.init(), tensor([2, 3, -1]), tensor([1, 0, 1]))); // 0.5
 */
export function precision<A extends Average = "binary">(
  options: ClassificationOptions<A> = {},
): Metric<Confusion, Averaged<A>> {
  return ofConfusion("precision", options, ({ hits, falseAlarms }) => share(hits, hits + falseAlarms));
}

/**
 * Of what is of a class, the share that was taken for it; see `recall`.
 * @throws as `recall`.
 * @example
 * const metric = recall();
 * metric.result(metric.update(metric.init(), tensor([2, 3, -1]), tensor([1, 0, 1]))); // 0.5
 */
export function recall<A extends Average = "binary">(
  options: ClassificationOptions<A> = {},
): Metric<Confusion, Averaged<A>> {
  return ofConfusion("recall", options, ({ hits, misses }) => share(hits, hits + misses));
}

/**
 * The harmonic mean of precision and recall; see `f1`.
 * @throws as `f1`.
 * @example
 * const metric = f1();
 * metric.result(metric.update(metric.init(), tensor([2, 3, -1]), tensor([1, 0, 1]))); // 0.5
 */
export function f1<A extends Average = "binary">(
  options: ClassificationOptions<A> = {},
): Metric<Confusion, Averaged<A>> {
  return ofConfusion("f1", options, ({ hits, falseAlarms, misses }) =>
    share(2 * hits, 2 * hits + falseAlarms + misses),
  );
}
