import {
  type AnyTensor,
  ArgumentError,
  cast,
  DTypeError,
  div,
  expandDims,
  type FloatDType,
  gather,
  isTensor,
  mean,
  mul,
  mulStrongZero,
  notEqual,
  type Shape,
  ShapeError,
  sameShape,
  squeeze,
  sub,
  sum,
  type Tensor,
  take,
  where,
} from "@tapegrad/core/functions";
import { checkNumber, dtypeLike, type LossOptions, type Reduction, reduceBy } from "./reduction.ts";

type Index = Tensor<Shape, "int32">;

export interface ClassOptions<R extends Reduction = Reduction> extends LossOptions<R> {
  /** The weight of each class, of [classes]: 1 if not given. The mean divides by the sum of the weights of the targets. */
  readonly weights?: AnyTensor;
  /** A class index, not necessarily one of the classes, whose examples are left out: they have a loss of 0. */
  readonly ignoreIndex?: number;
}

/**
 * −w[y] log p[y] for each example, reduced; with smoothing ε, each class c has −(ε/classes) w[c] log p[c] besides the
 * (1 − ε) of the target's. The mean divides by Σ w[y] of what is not ignored.
 */
export function classLosses(
  name: string,
  what: string,
  logP: AnyTensor,
  targets: AnyTensor,
  { reduction, weights, ignoreIndex }: ClassOptions,
  labelSmoothing = 0,
): AnyTensor {
  checkIndices(name, what, logP, targets, ignoreIndex);
  const isUsed = ignoreIndex === undefined ? undefined : notEqual(targets, ignoreIndex);
  const index = (isUsed ? where(isUsed, targets, 0) : targets) as Index;
  const kept = (x: AnyTensor): AnyTensor => (isUsed ? where(isUsed, x, 0) : x);
  const w = weights && weightsOf(name, what, logP, weights);
  const ofTargets = w && kept(take(w, index) as AnyTensor);

  const chosen = squeeze(gather(logP, expandDims(index, -1) as Index, -1), -1) as AnyTensor;
  // A class of weight 0 is left out, though its logarithm may be −∞.
  const hard = sub(0, kept(ofTargets ? mulStrongZero(ofTargets, chosen) : chosen));
  const losses = labelSmoothing === 0 ? hard : smoothed(hard, kept(sum(w ? mulStrongZero(w, logP) : logP, -1)));
  return reduceBy(name, losses, reduction, (all) => {
    if (!ofTargets && !isUsed) return mean(all);
    return div(sum(all), sum(ofTargets ?? cast(isUsed!, logP.dtype as FloatDType)));
  });

  function smoothed(one: AnyTensor, every: AnyTensor): AnyTensor {
    const share = labelSmoothing / logP.shape.at(-1)!;
    return sub(mul(one, 1 - labelSmoothing), mul(every, share));
  }
}

/** @throws ShapeError for other than one weight per class; DTypeError for the other float; ArgumentError below 0. */
export function weightsOf(name: string, what: string, logits: AnyTensor, weights: AnyTensor): AnyTensor {
  const w = dtypeLike(name, what, logits, weights, "weights");
  const classes = logits.shape.at(-1)!;
  if (!sameShape(w.shape, [classes])) {
    throw new ShapeError(name, `weights are [${w.shape.join(", ")}]`, `give one per class, [${classes}]`);
  }
  if (w.isAbstract) return w;
  for (const weight of w.data()) checkNumber(name, "a weight", weight, weight >= 0, "weights from 0");
  return w;
}

/** @throws ShapeError for scalars, or no classes. */
export function checkClasses(name: string, what: string, logits: AnyTensor): void {
  if (logits.rank > 0 && logits.shape.at(-1)! > 0) return;
  throw new ShapeError(name, `${what} of [${logits.shape.join(", ")}] have no classes`, "give [..., classes]");
}

/** @throws DTypeError, ShapeError and ArgumentError for what are no indices of classes. */
export function checkIndices(
  name: string,
  what: string,
  logits: AnyTensor,
  targets: AnyTensor,
  ignored?: number,
): void {
  if (!isTensor(targets) || targets.dtype !== "int32") {
    const found = isTensor(targets) ? targets.dtype : "no tensor";
    const probabilities = what === "logits" ? ", or probabilities as floats" : "";
    throw new DTypeError(name, `targets are ${found}`, `give class indices as int32${probabilities}`);
  }
  checkClasses(name, what, logits);
  const batch = logits.shape.slice(0, -1);
  if (!sameShape(targets.shape, batch)) {
    const problem = `${what} are [${logits.shape.join(", ")}], class indices [${targets.shape.join(", ")}]`;
    throw new ShapeError(name, problem, `give indices of [${batch.join(", ")}]`);
  }
  if (ignored !== undefined) checkNumber(name, "ignoreIndex", ignored, Number.isInteger(ignored), "an integer");
  if (targets.isAbstract) return;
  const classes = logits.shape.at(-1)!;
  // Other indices count from the end where they are negative, which for labels is a mistake.
  for (const index of targets.data()) {
    if ((index >= 0 && index < classes) || index === ignored) continue;
    throw new ArgumentError(name, `${index} is none of ${classes} classes`, `class indices are 0 to ${classes - 1}`);
  }
}
