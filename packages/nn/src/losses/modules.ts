import { type AnyTensor, ArgumentError, type Tensor } from "@tapegrad/core/functions";
import { Module } from "../module.ts";
import {
  absoluteError,
  type HuberOptions,
  huber,
  type SmoothAbsoluteErrorOptions,
  smoothAbsoluteError,
} from "./absolute-error.ts";
import { binaryCrossEntropy, binaryCrossEntropyWithLogits } from "./binary-cross-entropy.ts";
import type { ClassOptions } from "./classes.ts";
import { type CtcOptions, ctc } from "./ctc.ts";
import {
  cosineEmbedding,
  hingeEmbedding,
  type MarginOptions,
  type TripletMarginOptions,
  tripletMargin,
} from "./embedding-losses.ts";
import { type BinaryFocalOptions, binaryFocalWithLogits, type FocalOptions, softmaxFocal } from "./focal.ts";
import { type GaussianOptions, gaussianNegativeLogLikelihood } from "./gaussian-negative-log-likelihood.ts";
import { type DivergenceOptions, klDivergence } from "./kl-divergence.ts";
import { meanSquaredError } from "./mean-squared-error.ts";
import { negativeLogLikelihood } from "./negative-log-likelihood.ts";
import type { LossOptions } from "./reduction.ts";
import { type CrossEntropyOptions, softmaxCrossEntropy } from "./softmax-cross-entropy.ts";

/** What most losses take: predictions and targets. */
type Pair = readonly [predictions: AnyTensor, targets: AnyTensor];
type Triple = readonly [AnyTensor, AnyTensor, AnyTensor];

/** A loss as a module: a function's arguments as one input, and its options as a field. Tensors among these are buffers. */
export interface LossModule<Inputs extends readonly AnyTensor[], Options extends object> extends Module {
  readonly options: Options;
  forward(inputs: Inputs): Tensor;
}

const isList = (value: unknown): boolean => Array.isArray(value);

/** Makes modules of one loss. */
export interface LossConstructor<Inputs extends readonly AnyTensor[], Options extends object> {
  new (options?: Options): LossModule<Inputs, Options>;
  readonly prototype: LossModule<Inputs, Options>;
}

/** The class of a loss. Options are checked where the function is called. */
function lossModule<Inputs extends readonly AnyTensor[], Options extends object>(
  name: string,
  loss: (...args: [...Inputs, Options]) => AnyTensor,
): LossConstructor<Inputs, Options> {
  const classes = {
    [name]: class extends Module {
      static override readonly buffers: readonly string[] = ["options"];
      readonly options: Options;

      constructor(options: Options = {} as Options) {
        super();
        this.options = options;
      }

      override forward(inputs: Inputs): Tensor {
        if (!isList(inputs)) {
          throw new ArgumentError(
            name,
            "the input is no list",
            "give the arguments in a row, as in [predictions, targets]",
          );
        }
        return loss(...inputs, this.options) as Tensor;
      }
    },
  };
  return classes[name]!;
}

/**
 * `meanSquaredError` as a module of the arguments in a row.
 * @throws in `forward` whatever `meanSquaredError` throws.
 * @example
 * new MeanSquaredError().forward([tensor([1, 2]), tensor([1, 4])]).item(); // 2
 */
export const MeanSquaredError: LossConstructor<Pair, LossOptions> = lossModule<Pair, LossOptions>(
  "MeanSquaredError",
  meanSquaredError,
);

/**
 * `absoluteError` as a module of the arguments in a row.
 * @throws in `forward` whatever `absoluteError` throws.
 * @example
 * new AbsoluteError().forward([tensor([1, 2]), tensor([1, 4])]).item(); // 1
 */
export const AbsoluteError: LossConstructor<Pair, LossOptions> = lossModule<Pair, LossOptions>(
  "AbsoluteError",
  absoluteError,
);

/**
 * `huber` as a module of the arguments in a row.
 * @throws in `forward` whatever `huber` throws.
 * @example
 * new Huber({ delta: 2 }).forward([tensor([0]), tensor([4])]).item(); // 6
 */
export const Huber: LossConstructor<Pair, HuberOptions> = lossModule<Pair, HuberOptions>("Huber", huber);

/**
 * `smoothAbsoluteError` as a module of the arguments in a row.
 * @throws in `forward` whatever `smoothAbsoluteError` throws.
 * @example
 * new SmoothAbsoluteError().forward([tensor([0]), tensor([4])]).item(); // 3.5
 */
export const SmoothAbsoluteError: LossConstructor<Pair, SmoothAbsoluteErrorOptions> = lossModule<
  Pair,
  SmoothAbsoluteErrorOptions
>("SmoothAbsoluteError", smoothAbsoluteError);

/**
 * `gaussianNegativeLogLikelihood` as a module of the arguments in a row.
 * @throws in `forward` whatever `gaussianNegativeLogLikelihood` throws.
 * @example
 * new GaussianNegativeLogLikelihood().forward([tensor([0]), tensor([2]), tensor([1])]).item(); // 2
 */
export const GaussianNegativeLogLikelihood: LossConstructor<Triple, GaussianOptions> = lossModule<
  Triple,
  GaussianOptions
>("GaussianNegativeLogLikelihood", gaussianNegativeLogLikelihood);

/**
 * `softmaxCrossEntropy` as a module of the arguments in a row.
 * @throws in `forward` whatever `softmaxCrossEntropy` throws.
 * @example
 * const loss = new SoftmaxCrossEntropy({ weights: tensor([1, 3]) });
 * loss.forward([tensor([[0, 0]]), tensor([1], { dtype: "int32" })]).item(); // 0.6931471824645996
 */
export const SoftmaxCrossEntropy: LossConstructor<Pair, CrossEntropyOptions> = lossModule<Pair, CrossEntropyOptions>(
  "SoftmaxCrossEntropy",
  softmaxCrossEntropy,
);

/**
 * `softmaxFocal` as a module of the arguments in a row.
 * @throws in `forward` whatever `softmaxFocal` throws.
 * @example
 * new SoftmaxFocal().forward([tensor([[0, 0]]), tensor([1], { dtype: "int32" })]).item(); // 0.1732867956161499
 */
export const SoftmaxFocal: LossConstructor<Pair, FocalOptions> = lossModule<Pair, FocalOptions>(
  "SoftmaxFocal",
  softmaxFocal,
);

/**
 * `negativeLogLikelihood` as a module of the arguments in a row.
 * @throws in `forward` whatever `negativeLogLikelihood` throws.
 * @example
 * new NegativeLogLikelihood().forward([tensor([[-1, -2]]), tensor([1], { dtype: "int32" })]).item(); // 2
 */
export const NegativeLogLikelihood: LossConstructor<Pair, ClassOptions> = lossModule<Pair, ClassOptions>(
  "NegativeLogLikelihood",
  negativeLogLikelihood,
);

/**
 * `klDivergence` as a module of the arguments in a row.
 * @throws in `forward` whatever `klDivergence` throws.
 * @example
 * const loss = new KlDivergence({ reduction: "batchMean" });
 * loss.forward([log(tensor([[0.5, 0.5]])), tensor([[1, 0]])]).item(); // 0.6931471824645996
 */
export const KlDivergence: LossConstructor<Pair, DivergenceOptions> = lossModule<Pair, DivergenceOptions>(
  "KlDivergence",
  klDivergence,
);

/**
 * `binaryCrossEntropyWithLogits` as a module of the arguments in a row.
 * @throws in `forward` whatever `binaryCrossEntropyWithLogits` throws.
 * @example
 * new BinaryCrossEntropyWithLogits().forward([tensor([0]), tensor([1])]).item(); // 0.6931471824645996
 */
export const BinaryCrossEntropyWithLogits: LossConstructor<Pair, LossOptions> = lossModule<Pair, LossOptions>(
  "BinaryCrossEntropyWithLogits",
  binaryCrossEntropyWithLogits,
);

/**
 * `binaryCrossEntropy` as a module of the arguments in a row.
 * @throws in `forward` whatever `binaryCrossEntropy` throws.
 * @example
 * new BinaryCrossEntropy().forward([tensor([0.5]), tensor([1])]).item(); // 0.6931471824645996
 */
export const BinaryCrossEntropy: LossConstructor<Pair, LossOptions> = lossModule<Pair, LossOptions>(
  "BinaryCrossEntropy",
  binaryCrossEntropy,
);

/**
 * `binaryFocalWithLogits` as a module of the arguments in a row.
 * @throws in `forward` whatever `binaryFocalWithLogits` throws.
 * @example
 * new BinaryFocalWithLogits().forward([tensor([0]), tensor([1])]).item(); // 0.1732867956161499
 */
export const BinaryFocalWithLogits: LossConstructor<Pair, BinaryFocalOptions> = lossModule<Pair, BinaryFocalOptions>(
  "BinaryFocalWithLogits",
  binaryFocalWithLogits,
);

/**
 * `hingeEmbedding` as a module of the arguments in a row.
 * @throws in `forward` whatever `hingeEmbedding` throws.
 * @example
 * new HingeEmbedding({ margin: 2 }).forward([tensor([0.5]), tensor([-1])]).item(); // 1.5
 */
export const HingeEmbedding: LossConstructor<Pair, MarginOptions> = lossModule<Pair, MarginOptions>(
  "HingeEmbedding",
  hingeEmbedding,
);

/**
 * `cosineEmbedding` as a module of the arguments in a row.
 * @throws in `forward` whatever `cosineEmbedding` throws.
 * @example
 * new CosineEmbedding().forward([tensor([[1, 0]]), tensor([[0, 2]]), tensor([1])]).item(); // 1
 */
export const CosineEmbedding: LossConstructor<Triple, MarginOptions> = lossModule<Triple, MarginOptions>(
  "CosineEmbedding",
  cosineEmbedding,
);

/**
 * `tripletMargin` as a module of the arguments in a row.
 * @throws in `forward` whatever `tripletMargin` throws.
 * @example
 * new TripletMargin({ eps: 0 }).forward([tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]])]).item(); // 4
 */
export const TripletMargin: LossConstructor<Triple, TripletMarginOptions> = lossModule<Triple, TripletMarginOptions>(
  "TripletMargin",
  tripletMargin,
);

/**
 * `ctc` as a module of the arguments in a row.
 * @throws in `forward` whatever `ctc` throws.
 * @example
 * const logits = log(tensor([[[0.5, 0.5], [0.25, 0.75]]]));
 * new Ctc().forward([logits, tensor([[1]], { dtype: "int32" })]).item().toFixed(4); // "0.1335"
 */
export const Ctc: LossConstructor<Pair, CtcOptions> = lossModule<Pair, CtcOptions>("Ctc", ctc);
