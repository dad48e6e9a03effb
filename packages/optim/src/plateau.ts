import { ArgumentError, checkOptions } from "@tapegrad/core/functions";
import { checkSize, shown } from "./options.ts";

export interface PlateauOptions {
  /** Whether less is better ("min", as for a cost) or more ("max", as for an accuracy); "min" if not given. */
  readonly mode?: "min" | "max";
  /** What the rate is multiplied by, 0.1 if not given. */
  readonly factor?: number;
  /** How many values in a row may be no better, 10 if not given. */
  readonly patience?: number;
  /** How much better a value must be to count, 1e-4 if not given. */
  readonly threshold?: number;
  /** Whether the threshold is a share of the best value ("relative", if not given) or a difference. */
  readonly thresholdMode?: "relative" | "absolute";
  /** How many values after a reduction do not count, 0 if not given. */
  readonly cooldown?: number;
  /** The smallest rate, 0 if not given. */
  readonly floor?: number;
  /** A reduction by no more than this is left out, 1e-8 if not given. */
  readonly epsilon?: number;
}

/** What a plateau has seen, as plain data. */
export interface PlateauState {
  readonly learningRate: number;
  /** The best value so far; `null` before the first. */
  readonly best: number | null;
  /** How many values in a row were no better. */
  readonly worse: number;
  /** How many of the next values do not count. */
  readonly cooling: number;
}

export interface Plateau {
  init(learningRate: number): PlateauState;
  /** The state after a value. NaN is no better than anything. */
  update(state: PlateauState, value: number): PlateauState;
}

/**
 * Reduces a learning rate when a value stops to become better: PyTorch's ReduceLROnPlateau as two pure functions.
 * @throws ArgumentError for options out of range.
 * @example
 * const onPlateau = plateau({ factor: 0.5, patience: 1 });
 * let watched = onPlateau.init(0.1);
 * for (const cost of [3, 2, 2, 2]) watched = onPlateau.update(watched, cost);
 * watched.learningRate; // 0.05
 * // In the state of an optimizer: edit(state, (draft) => { draft.hyper.learningRate = watched.learningRate; })
 */
export function plateau(options: PlateauOptions = {}): Plateau {
  checkOptions(
    "plateau",
    options,
    "mode",
    "factor",
    "patience",
    "threshold",
    "thresholdMode",
    "cooldown",
    "floor",
    "epsilon",
  );
  const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = "relative" } = options;
  const { cooldown = 0, floor = 0, epsilon = 1e-8 } = options;
  checkSize("plateau", { factor, patience, threshold, cooldown, floor, epsilon });
  if (factor >= 1) throw new ArgumentError("plateau", `factor is ${factor}`, "give a number below 1");
  if (mode !== "min" && mode !== "max")
    throw new ArgumentError("plateau", `mode is ${shown(mode)}`, 'give "min" or "max"');
  if (thresholdMode !== "relative" && thresholdMode !== "absolute")
    throw new ArgumentError("plateau", `thresholdMode is ${shown(thresholdMode)}`, 'give "relative" or "absolute"');
  const sign = mode === "min" ? -1 : 1;
  const isBetter = (value: number, best: number | null): boolean => {
    if (Number.isNaN(value)) return false;
    if (best === null) return true;
    const bar = thresholdMode === "relative" ? best * (1 + sign * threshold) : best + sign * threshold;
    return sign * value > sign * bar;
  };
  return {
    init: (learningRate) => {
      checkSize("plateau", { learningRate });
      return { learningRate, best: null, worse: 0, cooling: 0 };
    },
    update: (state, value) => {
      if (typeof state?.learningRate !== "number")
        throw new ArgumentError(
          "plateau",
          "the first argument is no state",
          "give what init or the last update returned",
        );
      const { learningRate, best, worse, cooling } = state;
      if (typeof value !== "number")
        throw new ArgumentError("plateau", `the value is ${shown(value)}`, "give a number, as cost.item() is");
      const better = isBetter(value, best);
      const counted = better || cooling > 0 ? 0 : worse + 1;
      const seen = { best: better ? value : best, cooling: Math.max(cooling - 1, 0) };
      if (counted <= patience) return { ...seen, learningRate, worse: counted };
      const reduced = Math.max(learningRate * factor, floor);
      const next = learningRate - reduced > epsilon ? reduced : learningRate;
      return { ...seen, learningRate: next, worse: 0, cooling: cooldown };
    },
  };
}
