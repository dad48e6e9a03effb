import { type AnyTensor, add, div, maximum, mean, mul, type Shape, sqrt, square, sub } from "@tapegrad/core/functions";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkFlag, checkOptimizerOptions, checkPositive, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface AdafactorHyper extends Hyper {
  /** The mean of squares keeps 1 − t^−decayExponent of itself at the t-th update; 0.8 if not given. */
  readonly decayExponent: number;
  /** Added to squared gradients, 1e-30 if not given. */
  readonly epsilon: number;
  /** The root mean square that no update exceeds before it is scaled, 1 if not given. */
  readonly clipThreshold: number;
  /** Decoupled, 0 if not given. */
  readonly weightDecay: number;
  /**
   * Whether the step is relative to the parameter (the default): η is then min(learningRate, 1/√t), times the root mean
   * square of the parameter or `smallestScale`, whichever is larger.
   */
  readonly relativeStep: boolean;
  /** What the scale of a parameter counts for at least, 1e-3 if not given. */
  readonly smallestScale: number;
}

export interface AdafactorOptions
  extends OptimizerOptions<AdafactorHyper>,
    Partial<Omit<AdafactorHyper, "learningRate">> {}

type Slots = "rows" | "columns" | "v";

const rootMeanSquare = (x: AnyTensor): AnyTensor => sqrt(mean(square(x)));

/** Means over the last axis and the one before it, as axes of size 1, for matrices; everything for vectors. */
function shapeOf(slot: Slots, shape: Shape): Shape | undefined {
  if (shape.length < 2) return slot === "v" ? shape : undefined;
  if (slot === "v") return undefined;
  return shape.with(slot === "rows" ? -1 : -2, 1);
}

const rule: Rule<AdafactorHyper, Slots> = {
  name: "adafactor",
  check: (name, { decayExponent, epsilon, clipThreshold, weightDecay, relativeStep, smallestScale }) => {
    checkSize(name, { decayExponent, epsilon, weightDecay, smallestScale });
    checkPositive(name, { clipThreshold });
    checkFlag(name, { relativeStep });
  },
  slots: () => ["rows", "columns", "v"],
  shapeOf,
  scalars: ({ learningRate, decayExponent, weightDecay, relativeStep }, updates) => ({
    rate: relativeStep ? Math.min(learningRate, 1 / Math.sqrt(updates)) : learningRate,
    fresh: updates ** -decayExponent,
    shrink: 1 - learningRate * weightDecay,
  }),
  update: (parameter, gradient, slots, { rate, fresh, shrink }, hyper) => {
    const { epsilon, clipThreshold, weightDecay, relativeStep, smallestScale } = hyper;
    const squares: AnyTensor = add(square(gradient), epsilon);
    const towards = (before: AnyTensor, now: AnyTensor): AnyTensor => add(before, mul(sub(now, before), fresh!));
    const next: Partial<Record<Slots, AnyTensor>> =
      parameter.rank < 2
        ? { v: towards(slots.v!, squares) }
        : {
            rows: towards(slots.rows!, mean(squares, -1, { keepdims: true })),
            columns: towards(slots.columns!, mean(squares, -2, { keepdims: true })),
          };
    const { v, rows, columns } = next;
    // R C / (1ᵀ R), with each root taken alone: the product of two small means could vanish.
    const root: AnyTensor = v ? sqrt(v) : mul(sqrt(div(rows!, mean(rows!, -2, { keepdims: true }))), sqrt(columns!));
    const step: AnyTensor = div(gradient, root);
    const scale: AnyTensor = maximum(div(rootMeanSquare(step), clipThreshold), 1);
    const clipped: AnyTensor = mul(div(step, scale), rate!);
    const from: AnyTensor = weightDecay === 0 ? parameter : mul(parameter, shrink!);
    const relative = relativeStep ? mul(clipped, maximum(rootMeanSquare(parameter), smallestScale)) : clipped;
    return { parameter: sub(from, relative), slots: next };
  },
};

/**
 * Adam's division by √v without keeping v: for a matrix [n, m] the means of its rows and columns are kept, n + m numbers,
 * and v is their product over the mean of all. Updates are clipped to a root mean square, and by default relative to
 * the size of the parameter. Tensors of a higher rank are stacks of matrices, vectors keep all of v.
 * (Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018, algorithms 4 to 6; without
 * momentum.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = adafactor({ learningRate: 0.01 });
 * optimizer.init({ w: ones([3, 4]) }).slots.rows.w.shape; // [3, 1]
 */
export function adafactor(options: AdafactorOptions): Optimizer<AdafactorHyper> {
  checkOptimizerOptions(
    "adafactor",
    options,
    "decayExponent",
    "epsilon",
    "clipThreshold",
    "weightDecay",
    "relativeStep",
    "smallestScale",
  );
  const { decayExponent = 0.8, epsilon = 1e-30, clipThreshold = 1, weightDecay = 0 } = options;
  const { relativeStep = true, smallestScale = 1e-3 } = options;
  return defineOptimizer(
    rule,
    { decayExponent, epsilon, clipThreshold, weightDecay, relativeStep, smallestScale },
    options,
  );
}
