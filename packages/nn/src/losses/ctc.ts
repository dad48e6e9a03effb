import {
  type AnyTensor,
  ArgumentError,
  add,
  arange,
  cast,
  checkOptions,
  concat,
  DTypeError,
  div,
  equal,
  expandDims,
  type FloatDType,
  full,
  gather,
  isFinite,
  isTensor,
  less,
  logicalAnd,
  logicalOr,
  logSoftmax,
  logsumexp,
  maximum,
  mean,
  mul,
  notEqual,
  type OperandDType,
  type OperandShape,
  reshape,
  type Shape,
  ShapeError,
  sameShape,
  slice,
  split,
  squeeze,
  stack,
  sub,
  type Tensor,
  where,
} from "@tapegrad/core/functions";
import type { FloatOf } from "../layer-types.ts";
import { checkFloats, checkNumber, type LossOptions, type Reduction, reduceBy } from "./reduction.ts";

type Integers = Tensor<Shape, "int32">;

export interface CtcOptions<R extends Reduction = Reduction> extends LossOptions<R> {
  /** The time steps that count of each sequence, int32 of [batch]; all if not given. */
  readonly inputLengths?: AnyTensor;
  /** The labels that count of each target, int32 of [batch]; all if not given. */
  readonly targetLengths?: AnyTensor;
  /** The class that stands for no label, 0 if not given. */
  readonly blank?: number;
  /** Whether a target that is too long for its sequence has a loss of 0, not of infinity; not if not given. */
  readonly zeroInfinity?: boolean;
}

/**
 * Connectionist temporal classification: −log of the probability that a sequence gives the target once repeated labels
 * are merged and blanks left out, summed over all alignments by the forward recursion (Graves et al., "Connectionist
 * temporal classification: labelling unsegmented sequence data with recurrent neural networks", 2006). The mean is one
 * over the batch of losses over their target's length, as in PyTorch.
 * @param logits floats of [batch, time, classes]; logarithms of probabilities are logits too.
 * @param targets int32 of [batch, length], each a class other than the blank; what is beyond a target's length must be a class.
 * @throws ShapeError for other shapes, no time, or the mean of an empty batch; DTypeError for logits that are no floats, or targets or
 * lengths that are not int32; ArgumentError for labels that are none, lengths beyond what there is, or an unknown option.
 * @example
 * const logits = log(tensor([[[0.5, 0.5], [0.25, 0.75]]])); // two steps, a blank and one label
 * ctc(logits, tensor([[1]], { dtype: "int32" })).item().toFixed(4); // "0.1335", -log(1 - 0.5 * 0.25)
 */
export function ctc<X extends AnyTensor, R extends Reduction = "mean">(
  logits: X,
  targets: AnyTensor,
  options: CtcOptions<R> = {},
): Tensor<R extends "none" ? readonly [OperandShape<X>[0]] : readonly [], FloatOf<OperandDType<X>>> {
  const { blank = 0, zeroInfinity = false } = options ?? {};
  const { batch, time, length } = sizes(logits, targets);
  const inputLengths = lengthsOf("inputLengths", options.inputLengths, batch, time, 1);
  const targetLengths = lengthsOf("targetLengths", options.targetLengths, batch, length, 0);
  checkLabels(targets, targetLengths, logits.shape[2]!, blank);

  const labels = withBlanks(targets as Integers, blank);
  const places = arange(2 * length + 1, undefined, 1, { dtype: "int32" }) as AnyTensor;
  const impossible = full([batch, 1], Number.NEGATIVE_INFINITY, { dtype: logits.dtype }) as AnyTensor;
  const later = (alpha: AnyTensor): AnyTensor =>
    concat([impossible, slice(alpha, [null, [0, -1]]) as AnyTensor], 1) as AnyTensor;
  const mayBeSkipped = differsFromTwoBefore(labels, blank);

  const steps = split(logSoftmax(logits, -1) as AnyTensor, time, 1).map(
    (step) => gather(squeeze(step, 1) as AnyTensor, labels as Integers, 1) as AnyTensor,
  );
  let alpha = where(less(places, 2), steps[0]!, Number.NEGATIVE_INFINITY) as AnyTensor;
  for (let t = 1; t < time; t++) {
    const one = later(alpha);
    const two = where(mayBeSkipped, later(one), Number.NEGATIVE_INFINITY) as AnyTensor;
    const next = add(logsumexp(stack([alpha, one, two]) as AnyTensor, 0), steps[t]!) as AnyTensor;
    alpha = where(less(t, expandDims(inputLengths, 1)), next, alpha) as AnyTensor;
  }
  const last = expandDims(mul(targetLengths, 2), 1) as AnyTensor;
  const isLast = logicalOr(equal(places, last), equal(places, sub(last, 1)));
  const raw = sub(0, logsumexp(where(isLast, alpha, Number.NEGATIVE_INFINITY) as AnyTensor, 1)) as AnyTensor;
  const losses = zeroInfinity ? (where(isFinite(raw), raw, 0) as AnyTensor) : raw;
  return reduceCtc(losses, targetLengths, options) as never;
}

function reduceCtc(losses: AnyTensor, targetLengths: AnyTensor, options: CtcOptions): AnyTensor {
  checkOptions("ctc", options, "reduction", "inputLengths", "targetLengths", "blank", "zeroInfinity");
  return reduceBy("ctc", losses, options.reduction, (all) =>
    mean(div(all, cast(maximum(targetLengths, 1), all.dtype as FloatDType)) as AnyTensor),
  );
}

/** Labels with blanks between and around them, [batch, 2 · length + 1]. */
function withBlanks(targets: Integers, blank: number): AnyTensor {
  const [batch, length] = targets.shape as [number, number];
  const blanks = full([batch, length], blank, { dtype: "int32" });
  const pairs = reshape(stack([blanks, targets] as AnyTensor[], 2) as AnyTensor, [batch, 2 * length]);
  return concat([pairs, full([batch, 1], blank, { dtype: "int32" })] as AnyTensor[], 1) as AnyTensor;
}

/** Where an alignment may go from two places before: the blank between two different labels is optional. */
function differsFromTwoBefore(labels: AnyTensor, blank: number): AnyTensor {
  const [batch, places] = labels.shape as [number, number];
  const first = full([batch, Math.min(places, 2)], blank, { dtype: "int32" });
  const before = concat([first, slice(labels, [null, [0, Math.max(places - 2, 0)]])] as AnyTensor[], 1) as AnyTensor;
  return logicalAnd(notEqual(labels, blank), notEqual(labels, before)) as AnyTensor;
}

function sizes(logits: AnyTensor, targets: AnyTensor): { batch: number; time: number; length: number } {
  checkFloats("ctc", "logits", logits);
  checkIntegers("targets", targets);
  const [batch, time] = logits.shape;
  if (logits.rank !== 3 || targets.rank !== 2 || batch !== targets.shape[0] || time === 0) {
    const problem = `logits are [${logits.shape.join(", ")}], targets [${targets.shape.join(", ")}]`;
    throw new ShapeError("ctc", problem, "give [batch, time, classes], of one step or more, and [batch, length]");
  }
  return { batch: batch!, time: time!, length: targets.shape[1]! };
}

function lengthsOf(
  option: string,
  lengths: AnyTensor | undefined,
  batch: number,
  most: number,
  least: number,
): AnyTensor {
  if (lengths === undefined) return full([batch], most, { dtype: "int32" }) as AnyTensor;
  checkIntegers(option, lengths);
  if (!sameShape(lengths.shape, [batch])) {
    throw new ShapeError("ctc", `${option} are [${lengths.shape.join(", ")}]`, `give one per sequence, [${batch}]`);
  }
  if (lengths.isAbstract) return lengths;
  for (const n of lengths.data())
    checkNumber("ctc", `one of ${option}`, n, n >= least && n <= most, `${least} to ${most}`);
  return lengths;
}

function checkIntegers(what: string, value: AnyTensor): void {
  if (isTensor(value) && value.dtype === "int32") return;
  throw new DTypeError("ctc", `${what} are ${isTensor(value) ? value.dtype : "no tensor"}`, "give int32");
}

/** @throws ArgumentError for a blank or a target that is no class, or the blank among the labels that count. */
function checkLabels(targets: AnyTensor, lengths: AnyTensor, classes: number, blank: number): void {
  const isClass = (label: number): boolean => Number.isInteger(label) && label >= 0 && label < classes;
  checkNumber("ctc", "blank", blank, isClass(blank), `a class, 0 to ${classes - 1}`);
  if (targets.isAbstract || lengths.isAbstract) return;
  const [labels, counts, length] = [targets.data(), lengths.data(), targets.shape[1]!];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const counting = i % length < counts[Math.floor(i / length)]!;
    if (isClass(label) && !(counting && label === blank)) continue;
    const problem = label === blank ? `${label} is the blank` : `${label} is none of ${classes} classes`;
    throw new ArgumentError("ctc", problem, `labels are other classes of 0 to ${classes - 1}`);
  }
}
