import { type AnyTensor, add, div, mul, sqrt, sub } from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { checkMoments, defineMoments, type MomentsHyper, type MomentsOptions } from "./moments.ts";
import { movingAverage } from "./moving-average.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Rule } from "./rule.ts";

/** With fewer samples than that in the mean of squares, its variance is not known. */
const FEWEST = 5;

const rule: Rule<MomentsHyper, "m" | "v"> = {
  name: "radam",
  check: checkMoments,
  slots: () => ["m", "v"],
  // m̂ / (√v · root + offset): a root of 0 and an offset of 1 leave out the division, by the same program.
  scalars: ({ learningRate, beta1, beta2, epsilon }, updates) => {
    const rate = learningRate / (1 - beta1 ** updates);
    const correction = 1 - beta2 ** updates;
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * updates * beta2 ** updates) / correction;
    if (length <= FEWEST) return { rate, root: 0, offset: 1 };
    const rectification = Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length));
    return { rate: rate * rectification * Math.sqrt(correction), root: 1, offset: epsilon };
  },
  update: (parameter, gradient, slots, { rate, root, offset }, { beta1, beta2, weightDecay }) => {
    const g = decayed(gradient, parameter, weightDecay);
    const m = movingAverage(slots.m, g, beta1);
    const v = movingAverage(slots.v, mul(g, g), beta2);
    const step: AnyTensor = div(m, add(mul(sqrt(v), root!), offset!));
    return { parameter: sub(parameter, mul(step, rate!)), slots: { m, v } };
  },
};

/**
 * Adam without its warm-up: while the mean of squares stands on too few gradients, plain steps along m̂ are taken; after
 * that those of Adam, times a factor that grows to 1. (Liu et al., "On the variance of the adaptive learning rate and
 * beyond", 2020, algorithm 2.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = radam({ learningRate: 0.001 });
 */
export function radam(options: MomentsOptions): Optimizer<MomentsHyper> {
  return defineMoments(rule, options);
}
