import type { FloatOf } from "../dtype-types.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { exchanged } from "../ops/batching.ts";
import { alias } from "../ops/cast.ts";
import { rsqrt } from "../ops/exponential.ts";
import { reshape } from "../ops/movement.ts";
import { standardize } from "../ops/standardize.ts";
import { checkOptions } from "../options.ts";
import { showShape, sizeOf } from "../shape.ts";
import type { OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { countOf, floats } from "./reducing.ts";
import { affine, channelsOf, checkParameter, type NormalizationOptions, perChannel } from "./standardizing.ts";
import { mean } from "./statistics.ts";

export interface BatchNormOptions<
  M extends AnyTensor | undefined = AnyTensor | undefined,
  V extends AnyTensor | undefined = AnyTensor | undefined,
> extends NormalizationOptions {
  /** Mean of each channel so far. */
  readonly runningMean?: M;
  /** Variance of each channel so far. */
  readonly runningVar?: V;
  /** Whether to use the statistics of x, and to update the running ones by them; not, if not given. */
  readonly training?: boolean;
  /** How much of new statistics the running ones take over, 0.1 if not given. */
  readonly momentum?: number;
}

/** Signature of `batchNorm`. */
export type BatchNorm = <
  X extends AnyTensor,
  M extends AnyTensor | undefined = undefined,
  V extends AnyTensor | undefined = undefined,
>(
  x: X,
  options: BatchNormOptions<M, V>,
) => {
  readonly output: Tensor<OperandShape<X>, FloatOf<OperandDType<X>>>;
  readonly runningMean: Statistic<M>;
  readonly runningVar: Statistic<V>;
};
type Statistic<T> = T extends AnyTensor ? Tensor<OperandShape<T>, OperandDType<T>> : null;

/** (1 − momentum)·before + momentum·now. */
function update(before: AnyTensor, now: AnyTensor, momentum: number): AnyTensor {
  return add(mul(before, 1 - momentum), mul(reshape(now, before.shape), momentum)) as AnyTensor;
}

/** Fewer numbers than this side by side are gathered first. */
const FEW = 8;

/** Each channel over all other axes, and its scale. */
function standardizeChannels(x: AnyTensor, eps: number): readonly [AnyTensor, AnyTensor] {
  if (sizeOf(x.shape.slice(2)) >= FEW) return standardize(x, 1, 2, eps);
  const [output, scale] = standardize(exchanged(x), 0, 1, eps);
  return [exchanged(output), scale];
}

const stats = draw([2], { low: 0.5, high: 1 });

/**
 * x of [N, C, ...] with each channel shifted and scaled to mean 0 and variance 1, then multiplied by `weight` and shifted by
 * `bias` (Ioffe and Szegedy, "Batch normalization", 2015). In training by the mean and the biased variance of x; the running
 * statistics that come back have taken over a part of the mean and of the *unbiased* variance. Else by the running statistics,
 * which come back as they are. State is an argument here: give the next call what this one returned.
 * @throws ShapeError when a parameter is not [C], or for a single number per channel in training, which has no variance;
 * ArgumentError when there are no statistics to use.
 * @example
 * const x = tensor([[1], [3]]);
 * const { output, runningMean } = batchNorm(x, { training: true, runningMean: tensor([0]), eps: 0 });
 * output.toArray(); // [[-1], [1]]
 * runningMean.toArray(); // [0.20000000298023224]
 */
export const batchNorm: BatchNorm = defineComposite<BatchNorm>(
  {
    name: "batchNorm",
    samples: [
      { args: [draw([3, 2]), { training: true, weight: draw([2]), bias: draw([2]) }] },
      { args: [draw([2, 2, 3]), { training: true, runningMean: draw([2]), runningVar: stats, momentum: 0.3 }] },
      { args: [draw([2, 2, 1, 2]), { runningMean: draw([2]), runningVar: stats, weight: draw([2]), eps: 0.1 }] },
    ],
    errors: [
      {
        args: [draw([3, 2]), {}],
        error: ArgumentError,
        message: /batchNorm: there are no running statistics; give run/,
      },
      { args: [draw([1, 2]), { training: true }], error: ShapeError, message: /batchNorm: \[1, 2\] has 1 number per/ },
      { args: [draw([2]), { training: true }], error: ShapeError, message: /batchNorm: \[2\] has no channels/ },
      {
        args: [draw([3, 2]), { training: true, weight: draw([3]) }],
        error: ShapeError,
        message: /batchNorm: a weight of \[3\] does not fit \[3, 2\]; give \[2\]/,
      },
      {
        args: [draw([3, 2]), { runningMean: draw([3]), runningVar: draw([2]) }],
        error: ShapeError,
        message: /batchNorm: a running mean of \[3\] does not fit \[3, 2\]; give \[2\]/,
      },
    ],
  },
  (x: AnyTensor, options: BatchNormOptions) => {
    const name = "batchNorm";
    const channels = channelsOf(name, x);
    checkOptions(name, options, "weight", "bias", "eps", "runningMean", "runningVar", "training", "momentum");
    const { runningMean, runningVar, training = false, momentum = 0.1, eps = 1e-5 } = options;
    const input = floats(name, x, null);
    for (const [what, value] of [
      ["running mean", runningMean],
      ["running variance", runningVar],
    ] as const) {
      if (value === undefined) continue;
      checkTensor(name, value, 1);
      checkParameter(name, what, value, [channels], x.shape);
    }
    const layout = perChannel(x);
    if (!training) {
      if (runningMean === undefined || runningVar === undefined) {
        throw new ArgumentError(
          name,
          "there are no running statistics",
          "give runningMean and runningVar, or training: true to use those of x",
        );
      }
      const scale = rsqrt(add(reshape(runningVar, layout), eps));
      const output = mul(sub(input, reshape(runningMean, layout)), scale) as AnyTensor;
      return {
        output: affine(name, output, options, [channels], layout),
        runningMean: alias(runningMean),
        runningVar: alias(runningVar),
      };
    }
    const axes = x.shape.map((_, i) => i).filter((i) => i !== 1);
    const count = countOf(name, x, axes);
    if (count < 2) {
      throw new ShapeError(
        name,
        `${showShape(x.shape)} has ${count} number${count === 1 ? "" : "s"} per channel, and no variance`,
        "give a larger batch, or training: false",
      );
    }
    const [output, scale] = standardizeChannels(input, eps);
    // The scale is 1/√(variance + eps).
    const spread = (): AnyTensor => sub(div(1, mul(scale, scale)), eps) as AnyTensor;
    return {
      output: affine(name, output, options, [channels], layout),
      runningMean: runningMean === undefined ? null : update(runningMean, mean(input, axes) as AnyTensor, momentum),
      runningVar:
        runningVar === undefined ? null : update(runningVar, mul(spread(), count / (count - 1)) as AnyTensor, momentum),
    };
  },
);
