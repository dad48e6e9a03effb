/** Modules, initializers, losses and regularizers. */
export { type Applied, type ApplyOptions, apply, type Updates } from "./apply.ts";
export { checkModule } from "./check-module.ts";
export { type Constraint, constrain, maxNorm, minMaxNorm, nonNegative, unitNorm } from "./constraints.ts";
export { type Context, evaluation, isTraining } from "./context.ts";
export { fans } from "./init/fans.ts";
export { gain, type Nonlinearity } from "./init/gain.ts";
export { glorotNormal, glorotUniform } from "./init/glorot.ts";
export { heNormal, heUniform } from "./init/he.ts";
export * as init from "./init/index.ts";
export type { Initializer, InitializerOptions } from "./init/initializer.ts";
export { lecunNormal } from "./init/lecun.ts";
export { orthogonal } from "./init/orthogonal.ts";
export type { Layer } from "./layer.ts";
export type { Input, LayerRule, Output } from "./layer-types.ts";
export {
  Hardsigmoid,
  Hardswish,
  LogSigmoid,
  Mish,
  Relu,
  Relu6,
  Selu,
  Sigmoid,
  Silu,
  Softplus,
  Softsign,
  Tanh,
  Tanhshrink,
} from "./layers/activations.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  GlobalAvgPool,
  GlobalMaxPool,
} from "./layers/adaptive-pooling.ts";
export { FeedForward, type FeedForwardOptions } from "./layers/attention/feed-forward.ts";
export {
  type Attended,
  type AttendOptions,
  type AttentionCache,
  type MaskOptions,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./layers/attention/multi-head-attention.ts";
export {
  LearnedPositions,
  type LearnedPositionsOptions,
  type PositionOptions,
  type RotaryOptions,
  rotary,
  SinusoidalPositions,
  sinusoids,
} from "./layers/attention/positions.ts";
export {
  type StackCache,
  TransformerDecoder,
  type TransformerDecoderOptions,
  TransformerEncoder,
  type TransformerEncoderOptions,
} from "./layers/attention/transformer.ts";
export {
  type DecoderLayerCall,
  TransformerDecoderLayer,
  type TransformerDecoderLayerOptions,
} from "./layers/attention/transformer-decoder-layer.ts";
export { type EncoderLayerCall, TransformerEncoderLayer } from "./layers/attention/transformer-encoder-layer.ts";
export type { Stepped, TransformerLayerOptions } from "./layers/attention/transformer-layer.ts";
export { Conv1d, Conv2d, Conv3d, type ConvOptions } from "./layers/convolution.ts";
export type { WeightOptions } from "./layers/draw-weights.ts";
export { Dropout, DropPath, dropoutWithMask, SpatialDropout } from "./layers/dropout.ts";
export { Embedding, type EmbeddingLayerOptions } from "./layers/embedding.ts";
export { Flatten } from "./layers/flatten.ts";

export { Linear, type LinearConstructor } from "./layers/linear-constructor.ts";
export {
  BatchNorm,
  type BatchNormOptions,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  type NormOptions,
  RmsNorm,
} from "./layers/normalization.ts";
export {
  Celu,
  Elu,
  Gelu,
  type GeluOptions,
  Glu,
  Hardshrink,
  Hardtanh,
  type HardtanhOptions,
  LeakyRelu,
  LogSoftmax,
  Prelu,
  type PreluOptions,
  Softmax,
  Softshrink,
} from "./layers/parametric-activations.ts";
export { AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d } from "./layers/pooling.ts";
export { Gru, GruCell } from "./layers/recurrent/gru.ts";
export { Lstm, LstmCell, type LstmState } from "./layers/recurrent/lstm.ts";
export type { Directions, Recurred, RecurrentOptions, SequenceOptions } from "./layers/recurrent/recurrent.ts";
export type { CellOptions, CellWeights } from "./layers/recurrent/recurrent-cell.ts";
export { Rnn, RnnCell, type RnnCellOptions, type RnnNonlinearity, type RnnOptions } from "./layers/recurrent/rnn.ts";
export { Residual } from "./layers/residual.ts";
export { Pad, type PadLayerOptions, PixelShuffle, Reshape, Upsample } from "./layers/resizing.ts";
export { Sequential } from "./layers/sequential.ts";
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from "./layers/transposed-convolution.ts";
export {
  absoluteError,
  type HuberOptions,
  huber,
  type SmoothAbsoluteErrorOptions,
  smoothAbsoluteError,
} from "./losses/absolute-error.ts";
export { binaryCrossEntropy, binaryCrossEntropyWithLogits } from "./losses/binary-cross-entropy.ts";
export type { ClassOptions } from "./losses/classes.ts";
export { type CtcOptions, ctc } from "./losses/ctc.ts";
export {
  cosineEmbedding,
  hingeEmbedding,
  type MarginOptions,
  type TripletMarginOptions,
  tripletMargin,
} from "./losses/embedding-losses.ts";
export {
  type BinaryFocalOptions,
  binaryFocalWithLogits,
  type FocalOptions,
  softmaxFocal,
} from "./losses/focal.ts";
export { type GaussianOptions, gaussianNegativeLogLikelihood } from "./losses/gaussian-negative-log-likelihood.ts";
export { type DivergenceOptions, type DivergenceReduction, klDivergence } from "./losses/kl-divergence.ts";
export { meanSquaredError } from "./losses/mean-squared-error.ts";
export {
  AbsoluteError,
  BinaryCrossEntropy,
  BinaryCrossEntropyWithLogits,
  BinaryFocalWithLogits,
  CosineEmbedding,
  Ctc,
  GaussianNegativeLogLikelihood,
  HingeEmbedding,
  Huber,
  KlDivergence,
  type LossConstructor,
  type LossModule,
  MeanSquaredError,
  NegativeLogLikelihood,
  SmoothAbsoluteError,
  SoftmaxCrossEntropy,
  SoftmaxFocal,
  TripletMargin,
} from "./losses/modules.ts";
export { negativeLogLikelihood } from "./losses/negative-log-likelihood.ts";
export type { LossOptions, Reduction } from "./losses/reduction.ts";
export { type CrossEntropyOptions, softmaxCrossEntropy } from "./losses/softmax-cross-entropy.ts";
export { accuracy } from "./metrics/accuracy.ts";
export { type ConfusionOptions, confusionMatrix } from "./metrics/confusion-matrix.ts";
export type { MetricOptions } from "./metrics/predicted-classes.ts";
export {
  averagePrecision,
  f1,
  meanAbsoluteError,
  perplexity,
  precision,
  r2,
  recall,
  rocAuc,
  topKAccuracy,
} from "./metrics/scores.ts";
export type { Average, ClassificationOptions, Confusion } from "./metrics/streaming/classification.ts";
export * as streaming from "./metrics/streaming/index.ts";
export type { Metric, Total } from "./metrics/streaming/metric.ts";
export type { Ranked, RankingOptions } from "./metrics/streaming/ranking.ts";
export type { Explained } from "./metrics/streaming/regression.ts";
export { type LastAxis, Module } from "./module.ts";
export { ModuleError } from "./module-error.ts";
export { l1Penalty, l2Penalty, type PenaltyOptions } from "./penalties.ts";
export { type LayerSummary, type Summary, type SummaryOptions, type SummaryRow, summary } from "./summary.ts";
export type { LayerRow } from "./summary-layers.ts";
export { withUpdates } from "./with-updates.ts";
