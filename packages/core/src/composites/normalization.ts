import type { FloatOf } from "../dtype-types.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { add, div, mul, power } from "../ops/arithmetic.ts";
import { rsqrt } from "../ops/exponential.ts";
import { reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { perAxis } from "../ops/spatial.ts";
import { standardize } from "../ops/standardize.ts";
import { checkOptions } from "../options.ts";
import { checkShape, type Shape, sameShape, showShape, sizeOf } from "../shape.ts";
import type { OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { pad } from "./pad.ts";
import { floats } from "./reducing.ts";
import { affine, channelsOf, type NormalizationOptions, perChannel } from "./standardizing.ts";
import { mean } from "./statistics.ts";
import { unfold } from "./unfold.ts";

export type { NormalizationOptions };

type Normalized<X extends AnyTensor> = Tensor<OperandShape<X>, FloatOf<OperandDType<X>>>;

/** Signature of `layerNorm` and `rmsNorm`. */
export type LayerNorm<Options = NormalizationOptions> = <X extends AnyTensor>(
  x: X,
  normalizedShape: number | Shape,
  options?: Options,
) => Normalized<X>;

/** Signature of `groupNorm`. */
export type GroupNorm = <X extends AnyTensor>(x: X, groups: number, options?: NormalizationOptions) => Normalized<X>;

/** Signature of `instanceNorm`. */
export type InstanceNorm = <X extends AnyTensor>(x: X, options?: NormalizationOptions) => Normalized<X>;

/** Signature of `localResponseNorm`. */
export type LocalResponseNorm = <X extends AnyTensor>(
  x: X,
  size: number,
  options?: LocalResponseOptions,
) => Normalized<X>;

/** The shape that is normalized, and the axes of x that it stands for: the last ones. */
function lastAxes(name: string, x: AnyTensor, normalizedShape: number | Shape): readonly [Shape, readonly number[]] {
  checkTensor(name, x, 0);
  const shape = checkShape(name, typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape);
  const first = x.rank - shape.length;
  if (shape.length === 0 || !sameShape(x.shape.slice(Math.max(first, 0)), shape)) {
    throw new ShapeError(
      name,
      `${showShape(x.shape)} does not end in ${showShape(shape)}`,
      "give the sizes of the last axes",
    );
  }
  return [shape, shape.map((_, i) => first + i)];
}

/**
 * x with its last axes, those of `normalizedShape`, shifted and scaled together to mean 0 and variance 1, then multiplied by
 * `weight` and shifted by `bias`, both of `normalizedShape` (Ba et al., "Layer normalization", 2016).
 * @throws ShapeError when x does not end in that shape, or a parameter has another.
 * @example
 * layerNorm(tensor([[1, 3], [2, 6]]), 2, { eps: 0 }).toArray(); // [[-1, 1], [-1, 1]]
 */
export const layerNorm: LayerNorm = defineComposite<LayerNorm>(
  {
    name: "layerNorm",
    samples: [
      { args: [draw([2, 3]), 3] },
      { args: [draw([2, 2, 3]), [2, 3], { weight: draw([2, 3]), bias: draw([2, 3]), eps: 0.1 }] },
      { args: [draw([2, 3], { dtype: "int32", high: 9 }), 3] },
    ],
    errors: [
      {
        args: [draw([2, 3]), 2],
        error: ShapeError,
        message: /layerNorm: \[2, 3\] does not end in \[2\]; give the sizes/,
      },
      {
        args: [draw([2, 3]), 3, { bias: draw([2]) }],
        error: ShapeError,
        message: /layerNorm: a bias of \[2\] does not fit \[2, 3\]; give \[3\]/,
      },
    ],
  },
  (x: AnyTensor, normalizedShape: number | Shape, options: NormalizationOptions = {}) => {
    const [shape, axes] = lastAxes("layerNorm", x, normalizedShape);
    checkOptions("layerNorm", options, "weight", "bias", "eps");
    const [output] = standardize(floats("layerNorm", x, null), 0, x.rank - axes.length, options.eps ?? 1e-5);
    return affine("layerNorm", output, options, shape);
  },
);

/** Groups of channels, each with all that follows them, standardized; then a weight and a bias for each channel. */
function standardizeGroups(name: string, x: AnyTensor, groups: number, options: NormalizationOptions): AnyTensor {
  checkOptions(name, options, "weight", "bias", "eps");
  const [batch, channels] = x.shape as readonly [number, number];
  const rest = sizeOf(x.shape.slice(2)) * (channels / groups);
  const grouped = reshape(floats(name, x, null), [batch, groups, rest]) as AnyTensor;
  const [output] = standardize(grouped, 0, 2, options.eps ?? 1e-5);
  return affine(name, reshape(output, x.shape) as AnyTensor, options, [channels], perChannel(x));
}

/**
 * x of [N, C, ...] with the channels in groups, each of which is shifted and scaled to mean 0 and variance 1 in each example;
 * then multiplied by `weight` and shifted by `bias`, both of [C] (Wu and He, "Group normalization", 2018).
 * @throws ShapeError when the channels do not fall into groups, or a parameter is not [C].
 * @example
 * groupNorm(tensor([[1, 3, 2, 6]]), 2, { eps: 0 }).toArray(); // [[-1, 1, -1, 1]]
 */
export const groupNorm: GroupNorm = defineComposite<GroupNorm>(
  {
    name: "groupNorm",
    samples: [
      { args: [draw([2, 4]), 2] },
      { args: [draw([1, 2, 2, 2]), 1, { weight: draw([2]), bias: draw([2]), eps: 0.1 }] },
    ],
    errors: [
      {
        args: [draw([2, 3]), 2],
        error: ShapeError,
        message: /groupNorm: the 3 channels of \[2, 3\] do not fall into 2 groups/,
      },
      {
        args: [draw([2, 2]), 0],
        error: ArgumentError,
        message: /groupNorm: groups is 0; give a whole number, 1 or more/,
      },
      { args: [draw([2]), 1], error: ShapeError, message: /groupNorm: \[2\] has no channels/ },
      {
        args: [draw([2, 4]), 2, { weight: draw([2]) }],
        error: ShapeError,
        message: /groupNorm: a weight of \[2\] does not fit \[2, 4\]; give \[4\]/,
      },
    ],
  },
  (x: AnyTensor, groups: number, options: NormalizationOptions = {}) => {
    const channels = channelsOf("groupNorm", x);
    perAxis("groupNorm", "groups", groups, 1);
    if (channels % groups !== 0) {
      throw new ShapeError(
        "groupNorm",
        `the ${channels} channels of ${showShape(x.shape)} do not fall into ${groups} groups`,
        "give a divisor of the channels",
      );
    }
    return standardizeGroups("groupNorm", x, groups, options);
  },
);

/**
 * x of [N, C, ...] with each channel of each example shifted and scaled to mean 0 and variance 1; then multiplied by `weight`
 * and shifted by `bias`, both of [C] (Ulyanov et al., "Instance normalization", 2016).
 * @throws ShapeError when there are no spatial axes, or a parameter is not [C].
 * @example
 * instanceNorm(tensor([[[1, 3], [2, 6]]]), { eps: 0 }).toArray(); // [[[-1, 1], [-1, 1]]]
 */
export const instanceNorm: InstanceNorm = defineComposite<InstanceNorm>(
  {
    name: "instanceNorm",
    samples: [
      { args: [draw([2, 2, 3])] },
      { args: [draw([1, 2, 2, 2]), { weight: draw([2]), bias: draw([2]), eps: 0.1 }] },
    ],
    errors: [{ args: [draw([2, 3])], error: ShapeError, message: /instanceNorm: \[2, 3\] has no spatial axes/ }],
  },
  (x: AnyTensor, options: NormalizationOptions = {}) => {
    const channels = channelsOf("instanceNorm", x);
    if (x.rank < 3) {
      throw new ShapeError("instanceNorm", `${showShape(x.shape)} has no spatial axes`, "give [batch, channels, ...]");
    }
    return standardizeGroups("instanceNorm", x, Math.max(channels, 1), options);
  },
);

/** The distance from 1 to the next number: what rmsNorm adds if nothing is given, as in PyTorch. */
const machineEpsilon = { float32: 2 ** -23, float64: 2 ** -52 } as const;

/**
 * x with its last axes, those of `normalizedShape`, divided together by the root of their mean square, then multiplied by
 * `weight` of that shape (Zhang and Sennrich, "Root mean square layer normalization", 2019).
 * @param options `eps`, added to the mean square, is the machine epsilon of the dtype if not given.
 * @throws ShapeError when x does not end in that shape, or the weight has another.
 * @example
 * rmsNorm(tensor([[3, 4]]), 2, { eps: 12.5 }).toArray(); // [[0.6000000238418579, 0.800000011920929]]
 */
export const rmsNorm: LayerNorm<Omit<NormalizationOptions, "bias">> = defineComposite<
  LayerNorm<Omit<NormalizationOptions, "bias">>
>(
  {
    name: "rmsNorm",
    samples: [{ args: [draw([2, 3]), 3] }, { args: [draw([2, 2, 3]), [2, 3], { weight: draw([2, 3]), eps: 0.1 }] }],
    errors: [
      { args: [draw([2, 3]), [3, 2]], error: ShapeError, message: /rmsNorm: \[2, 3\] does not end in \[3, 2\]/ },
      {
        args: [draw([2, 3]), 3, { bias: draw([3]) }],
        error: ArgumentError,
        message: /rmsNorm: there is no option "bias"/,
      },
    ],
  },
  (x: AnyTensor, normalizedShape: number | Shape, options: Omit<NormalizationOptions, "bias"> = {}) => {
    const [shape, axes] = lastAxes("rmsNorm", x, normalizedShape);
    checkOptions("rmsNorm", options, "weight", "eps");
    const input = floats("rmsNorm", x, null);
    const { eps = machineEpsilon[input.dtype as "float32" | "float64"] } = options;
    const square = mean(mul(input, input), axes, { keepdims: true });
    return affine("rmsNorm", mul(input, rsqrt(add(square, eps))) as AnyTensor, options, shape);
  },
);

export interface LocalResponseOptions {
  /** Weight of the mean square, 1e-4 if not given. */
  readonly alpha?: number;
  /** Exponent, 0.75 if not given. */
  readonly beta?: number;
  /** What the mean square is added to, 1 if not given. */
  readonly k?: number;
}

/**
 * x of [N, C, ...] divided by (k + α·m)^β, where m is the mean square over `size` channels around each one, with zeros beyond
 * the ends (Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012, section 3.3; the mean
 * in place of their sum is PyTorch's).
 * @throws ShapeError when there are no channels; ArgumentError for a size that is not whole and positive.
 * @example
 * localResponseNorm(tensor([[1, 2, 2]]), 1, { alpha: 3, beta: 0.5 }).toArray()[0]; // [0.5, 0.5547001957893372, 0.5547001957893372]
 */
export const localResponseNorm: LocalResponseNorm = defineComposite<LocalResponseNorm>(
  {
    name: "localResponseNorm",
    samples: [
      { args: [draw([2, 5]), 3] },
      { args: [draw([1, 4, 2]), 2, { alpha: 0.5, beta: 0.6, k: 2 }] },
      { args: [draw([1, 2, 2]), 5, { alpha: 1 }] },
    ],
    errors: [
      { args: [draw([2]), 1], error: ShapeError, message: /localResponseNorm: \[2\] has no channels/ },
      { args: [draw([2, 2]), 0], error: ArgumentError, message: /localResponseNorm: size is 0; give a whole number/ },
    ],
  },
  (x: AnyTensor, size: number, options: LocalResponseOptions = {}) => {
    channelsOf("localResponseNorm", x);
    perAxis("localResponseNorm", "size", size, 1);
    checkOptions("localResponseNorm", options, "alpha", "beta", "k");
    const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
    const input = floats("localResponseNorm", x, null);
    const around = [size >> 1, (size - 1) >> 1] as const;
    const padded = pad(
      mul(input, input),
      x.shape.map((_, i) => (i === 1 ? around : ([0, 0] as const))),
    );
    const total = sum(unfold(padded as AnyTensor, 1, size), -1);
    return div(input, power(add(mul(total, alpha / size), k), beta));
  },
);
