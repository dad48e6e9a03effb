import { type AnyTensor, ArgumentError, checkOptions, isTensor, ShapeError, sameShape } from "@tapegrad/core/functions";
import { checkFloats } from "../../losses/reduction.ts";
import { defineMetric, type Metric } from "./metric.ts";

export interface RankingOptions {
  /**
   * Into how many bins of equal width scores between 0 and 1 fall, so that the state stays small; scores of one bin count as
   * equal. If not given all scores are kept, and the result is exact.
   */
  readonly bins?: number;
}

/** Scores with the number of examples of each class. */
export interface Ranked {
  readonly scores: readonly number[];
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

const nothing: Ranked = { scores: [], positives: [], negatives: [] };

function ranking(
  name: string,
  options: RankingOptions,
  result: (positives: readonly number[], negatives: readonly number[]) => number,
): Metric<Ranked> {
  checkOptions(name, options, "bins");
  const { bins } = options;
  if (bins !== undefined && !(Number.isInteger(bins) && bins > 1)) {
    throw new ArgumentError(name, `bins is ${bins}`, "give a whole number above 1");
  }
  return defineMetric(name, {
    init: () => nothing,
    update: (state, scores, targets) => merge(state, group(read(name, scores, targets, bins))),
    merge,
    result: ({ positives, negatives }) => result(positives, negatives),
  });
}

/** Scores and whether each is of class 1. */
function read(name: string, scores: AnyTensor, targets: AnyTensor, bins: number | undefined): [number, boolean][] {
  checkFloats(name, "scores", scores);
  if (!isTensor(targets) || !sameShape(scores.shape, targets.shape)) {
    const given = isTensor(targets) ? `targets [${targets.shape.join(", ")}]` : "targets are no tensor";
    throw new ShapeError(name, `scores are [${scores.shape.join(", ")}], ${given}`, "give both the same shape");
  }
  const labels = targets.data();
  return Array.from(scores.data(), (score, i) => {
    const label = Number(labels[i]);
    if (label !== 0 && label !== 1) throw new ArgumentError(name, `a target is ${label}`, "give 0 and 1");
    if (Number.isNaN(score)) throw new ArgumentError(name, "a score is NaN", "find out where it comes from");
    if (bins === undefined) return [score, label === 1];
    if (score < 0 || score > 1) {
      throw new ArgumentError(name, `a score is ${score}`, "bins take scores from 0 to 1, as of sigmoid");
    }
    return [Math.min(Math.floor(score * bins), bins - 1), label === 1];
  });
}

/** One entry for each score, from the largest down. */
function group(pairs: [number, boolean][]): Ranked {
  pairs.sort(([a], [b]) => b - a);
  const [scores, positives, negatives]: [number[], number[], number[]] = [[], [], []];
  for (const [score, isPositive] of pairs) {
    if (scores.length === 0 || scores.at(-1) !== score) {
      scores.push(score);
      positives.push(0);
      negatives.push(0);
    }
    (isPositive ? positives : negatives)[scores.length - 1]!++;
  }
  return { scores, positives, negatives };
}

function merge(a: Ranked, b: Ranked): Ranked {
  const [scores, positives, negatives]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0, j = 0; i < a.scores.length || j < b.scores.length; ) {
    const score = Math.max(a.scores[i] ?? Number.NEGATIVE_INFINITY, b.scores[j] ?? Number.NEGATIVE_INFINITY);
    scores.push(score);
    const [fromA, fromB] = [a.scores[i] === score, b.scores[j] === score];
    positives.push((fromA ? a.positives[i]! : 0) + (fromB ? b.positives[j]! : 0));
    negatives.push((fromA ? a.negatives[i]! : 0) + (fromB ? b.negatives[j]! : 0));
    if (fromA) i++;
    if (fromB) j++;
  }
  return { scores, positives, negatives };
}

/**
 * The area under the receiver operating characteristic; see `rocAuc`.
 * @throws as `rocAuc`.
 * @example
 * const metric = rocAuc();
 * metric.result(metric.update(metric.init(), tensor([0.9, 0.4, 0.6]), tensor([1, 0, 1]))); // 1
 */
export function rocAuc(options: RankingOptions = {}): Metric<Ranked> {
  return ranking("rocAuc", options, (positives, negatives) => {
    let [above, pairs, all] = [0, 0, 0];
    positives.forEach((count, i) => {
      // Each negative with each positive above it, and half of those that are equal: the trapezoid's area.
      pairs += negatives[i]! * (above + count / 2);
      above += count;
      all += negatives[i]!;
    });
    return pairs / (above * all);
  });
}

/**
 * The area under the curve of precision by recall, as a sum of steps; see `averagePrecision`.
 * @throws as `averagePrecision`.
 * @example
 * const metric = averagePrecision();
 * metric.result(metric.update(metric.init(), tensor([0.9, 0.4, 0.6]), tensor([1, 0, 1]))); // 1
 */
export function averagePrecision(options: RankingOptions = {}): Metric<Ranked> {
  return ranking("averagePrecision", options, (positives, negatives) => {
    let [hits, taken, sum] = [0, 0, 0];
    positives.forEach((count, i) => {
      hits += count;
      taken += count + negatives[i]!;
      sum += (count * hits) / taken;
    });
    return sum / hits;
  });
}
