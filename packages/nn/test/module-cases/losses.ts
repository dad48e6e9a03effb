import { type AnyTensor, type FloatDType, foldIn, type Key, type Shape, tensor, uniform } from "@tapegrad/core";
import {
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
  MeanSquaredError,
  NegativeLogLikelihood,
  SmoothAbsoluteError,
  SoftmaxCrossEntropy,
  SoftmaxFocal,
  TripletMargin,
} from "../../src/index.ts";
import { floats, type ModuleCase } from "../module-case.ts";

type Drawn = (key: Key, dtype: FloatDType) => AnyTensor;
type Inputs = (key: Key, dtype: FloatDType) => AnyTensor[];

const positive =
  (shape: Shape): Drawn =>
  (key, dtype) =>
    uniform(key, shape, { low: 0.5, high: 1.5, dtype }) as AnyTensor;
const inside =
  (shape: Shape): Drawn =>
  (key, dtype) =>
    uniform(key, shape, { low: 0.1, high: 0.9, dtype }) as AnyTensor;
const withLast =
  (shape: Shape, last: Drawn): Inputs =>
  (key, dtype) => [floats(shape)(key, dtype), last(foldIn(key, 1), dtype)];
const both = (shape: Shape): Inputs => withLast(shape, floats(shape));
const signs = tensor([1, -1, -1, 1], { dtype: "int32" });
const labelled: Inputs = (key, dtype) => [floats([2, 3])(key, dtype), tensor([2, 0], { dtype: "int32" })];

export const cases: readonly ModuleCase[] = [
  { name: "MeanSquaredError", make: () => new MeanSquaredError(), input: both([2, 3]) },
  { name: "AbsoluteError", make: () => new AbsoluteError(), input: both([2, 3]) },
  { name: "Huber", make: () => new Huber({ delta: 0.5 }), input: both([2, 3]) },
  { name: "SmoothAbsoluteError", make: () => new SmoothAbsoluteError({ beta: 0.5 }), input: both([2, 3]) },
  {
    name: "GaussianNegativeLogLikelihood",
    make: () => new GaussianNegativeLogLikelihood(),
    input: (key, dtype) => [...both([2, 3])(key, dtype), positive([2, 3])(key, dtype)],
  },
  {
    name: "SoftmaxCrossEntropy",
    make: (_, dtype) =>
      new SoftmaxCrossEntropy({ weights: tensor([1, 2, 3], { dtype }) as AnyTensor, labelSmoothing: 0.1 }),
    input: labelled,
  },
  { name: "SoftmaxFocal", make: () => new SoftmaxFocal({ gamma: 1.5 }), input: labelled },
  { name: "NegativeLogLikelihood", make: () => new NegativeLogLikelihood(), input: labelled },
  {
    name: "KlDivergence",
    make: () => new KlDivergence({ reduction: "batchMean" }),
    input: withLast([2, 3], positive([2, 3])),
  },
  {
    name: "BinaryCrossEntropyWithLogits",
    make: () => new BinaryCrossEntropyWithLogits(),
    input: withLast([2, 3], inside([2, 3])),
  },
  {
    name: "BinaryCrossEntropy",
    make: () => new BinaryCrossEntropy(),
    input: (key, dtype) => [inside([2, 3])(key, dtype), inside([2, 3])(foldIn(key, 1), dtype)],
  },
  {
    name: "BinaryFocalWithLogits",
    make: () => new BinaryFocalWithLogits({ alpha: 0.25 }),
    input: withLast([2, 3], inside([2, 3])),
  },
  {
    name: "HingeEmbedding",
    make: () => new HingeEmbedding(),
    input: (key, dtype) => [positive([4])(key, dtype), signs],
  },
  {
    name: "CosineEmbedding",
    make: () => new CosineEmbedding(),
    input: (key, dtype) => [...both([4, 3])(key, dtype), signs],
  },
  {
    name: "TripletMargin",
    make: () => new TripletMargin(),
    input: (key, dtype) => [...both([4, 3])(key, dtype), floats([4, 3])(foldIn(key, 2), dtype)],
  },
  {
    name: "Ctc",
    make: () => new Ctc(),
    input: (key, dtype) => [
      floats([2, 4, 3])(key, dtype),
      tensor(
        [
          [1, 2],
          [2, 2],
        ],
        { dtype: "int32" },
      ),
    ],
  },
];
