import {
  type AnyTensor,
  ArgumentError,
  abstract,
  DTypeError,
  grad,
  log,
  logSoftmax,
  ones,
  ShapeError,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { classicCheck } from "@tapegrad/gradcheck";
import { describe, expect, test } from "vitest";
import {
  absoluteError,
  cosineEmbedding,
  gaussianNegativeLogLikelihood,
  hingeEmbedding,
  huber,
  klDivergence,
  negativeLogLikelihood,
  smoothAbsoluteError,
  softmaxCrossEntropy,
  tripletMargin,
} from "../../src/index.ts";
import { expectNear, float64, numbers } from "../fixtures.ts";

type Any = (...args: unknown[]) => AnyTensor;
const none = { reduction: "none" } as const;
const index = (values: number[]): Tensor => tensor(values, { dtype: "int32" }) as Tensor;
const near = (actual: AnyTensor, expected: number[]): void =>
  expectNear(numbers(actual), expected, { rtol: 1e-12, atol: 1e-12 });

describe("distances of elements: absoluteError, huber, smoothAbsoluteError", () => {
  const x = float64([0, 0.5, 1, -2, 3]);
  const zero = float64([0, 0, 0, 0, 0]);

  test.each<[string, (x: Tensor) => AnyTensor, number[], number[]]>([
    ["absoluteError", (x) => absoluteError(x, zero as Tensor, none), [0, 0.5, 1, 2, 3], [0, 1, 1, -1, 1]],
    ["huber", (x) => huber(x, zero as Tensor, none), [0, 0.125, 0.5, 1.5, 2.5], [0, 0.5, 1, -1, 1]],
    ["huber, 2", (x) => huber(x, zero as Tensor, { delta: 2, ...none }), [0, 0.125, 0.5, 2, 4], [0, 0.5, 1, -2, 2]],
    [
      "smoothAbsoluteError, 2",
      (x) => smoothAbsoluteError(x, zero as Tensor, { beta: 2, ...none }),
      [0, 0.0625, 0.25, 1, 2],
      [0, 0.25, 0.5, -1, 1],
    ],
    [
      "smoothAbsoluteError, 0",
      (x) => smoothAbsoluteError(x, zero as Tensor, { beta: 0, ...none }),
      [0, 0.5, 1, 2, 3],
      [0, 1, 1, -1, 1],
    ],
  ])("%s: values, and slopes also at the kinks", (_, loss, values, slopes) => {
    near(loss(x as Tensor), values);
    near(grad((at: Tensor) => sum(loss(at)))(x as Tensor), slopes);
  });

  test("the parabolas have their curvature at 0, and infinite errors have slopes", () => {
    const slope = grad((at: Tensor) => sum(huber(at, float64([0]) as Tensor)));
    near(grad((at: Tensor) => sum(slope(at)))(float64([0]) as Tensor), [1]);
    near(slope(float64([Infinity]) as Tensor), [1]);
  });
});

describe("klDivergence", () => {
  const p = float64([
    [0.25, 0.75],
    [0.5, 0.5],
  ]);
  const q = float64([
    [0, 1],
    [0.5, 0.5],
  ]);

  test("elements, also from logarithms; 0 log 0 is 0", () => {
    const elements = [0, -Math.log(0.75), 0, 0];
    near(klDivergence(log(p), q, none), elements);
    near(klDivergence(log(p), log(q), { logTarget: true, ...none }), elements);
    near(klDivergence(log(q), q, { reduction: "sum" }), [0]);
    near(klDivergence(log(q), log(q), { logTarget: true, reduction: "sum" }), [0]);
  });

  test("reductions", () => {
    const total = -Math.log(0.75);
    near(klDivergence(log(p), q, { reduction: "sum" }), [total]);
    near(klDivergence(log(p), q), [total / 4]);
    near(klDivergence(log(p), q, { reduction: "batchMean" }), [total / 2]);
  });

  test("gradients are finite where a probability is 0", () => {
    near(
      grad((at: Tensor) => klDivergence(at, q as Tensor, { reduction: "sum" }))(log(q) as Tensor),
      [0, -1, -0.5, -0.5],
    );
    const ofTargets = grad((at: Tensor) => klDivergence(log(p) as Tensor, at, { reduction: "sum" }))(q as Tensor);
    near(ofTargets, [0, 1 - Math.log(0.75), 1, 1]);
    const logQ = log(q) as Tensor;
    const ofLogarithms = grad((at: Tensor) =>
      klDivergence(log(p) as Tensor, at, { logTarget: true, reduction: "sum" }),
    )(logQ);
    near(ofLogarithms, [0, 1 - Math.log(0.75), 0.5, 0.5]);
  });
});

describe("classes with weights, an ignored index, smoothing", () => {
  const z = float64([
    [1, 2, 0],
    [0, -1, 1],
    [2, 0, 0],
  ]) as Tensor;
  const y = [1, 2, 0];
  const w = [2, 1, 0.5];
  const weights = float64(w);
  const rows = [0, 1, 2].map((i) => numbers(logSoftmax(z)).slice(3 * i, 3 * i + 3));
  const dot = (a: number[], b: number[]): number => a.reduce((total, value, i) => total + value * b[i]!, 0);
  const hard = rows.map((row, i) => -w[y[i]!]! * row[y[i]!]!);

  test("the mean divides by the weights of the targets", () => {
    const expected = (hard[0]! + hard[1]! + hard[2]!) / 3.5;
    near(softmaxCrossEntropy(z, index(y), { weights }), [expected]);
    near(negativeLogLikelihood(logSoftmax(z) as Tensor, index(y), { weights }), [expected]);
  });

  test.each([-100, 2])("what has the index %s is left out", (ignoreIndex) => {
    const targets = index([1, ignoreIndex, 0]);
    near(softmaxCrossEntropy(z, targets, { weights, ignoreIndex }), [(hard[0]! + hard[2]!) / 3]);
    near(softmaxCrossEntropy(z, targets, { ignoreIndex }), [(hard[0]! + hard[2]! / 2) / 2]);
    near(negativeLogLikelihood(logSoftmax(z) as Tensor, targets, { weights, ignoreIndex, ...none }), [
      hard[0]!,
      0,
      hard[2]!,
    ]);
    const gradient = numbers(grad((at: Tensor) => softmaxCrossEntropy(at, targets, { ignoreIndex }))(z));
    expect(gradient.slice(3, 6)).toEqual([0, 0, 0]);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  test("all ignored: no loss, and a mean of NaN", () => {
    const options = { ignoreIndex: 1 };
    expect(softmaxCrossEntropy(z, index([1, 1, 1]), options).item()).toBeNaN();
    expect(softmaxCrossEntropy(z, index([1, 1, 1]), { ...options, reduction: "sum" }).item()).toBe(0);
  });

  test("smoothing, weighted, with an ignored index", () => {
    const every = rows.map((row) => -dot(row, w));
    const each = hard.map((loss, i) => 0.7 * loss + (0.3 / 3) * every[i]!);
    near(softmaxCrossEntropy(z, index(y), { weights, labelSmoothing: 0.3, ...none }), each);
    near(softmaxCrossEntropy(z, index(y), { weights, labelSmoothing: 0.3 }), [(each[0]! + each[1]! + each[2]!) / 3.5]);
    const ignored = { weights, labelSmoothing: 0.3, ignoreIndex: 2 };
    near(softmaxCrossEntropy(z, index(y), ignored), [(each[0]! + each[2]!) / 3]);
  });

  test("probabilities: smoothing and weights as for indices, but the mean is over examples", () => {
    const oneHot = float64([
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]) as Tensor;
    const options = { weights, labelSmoothing: 0.3 };
    const each = numbers(softmaxCrossEntropy(z, index(y), { ...options, ...none }));
    near(softmaxCrossEntropy(z, oneHot, { ...options, ...none }), each);
    near(softmaxCrossEntropy(z, oneHot, options), [(each[0]! + each[1]! + each[2]!) / 3]);
  });

  test("gradients against differences", () => {
    const options = { weights, labelSmoothing: 0.2, ignoreIndex: 2 };
    expect(classicCheck((at: Tensor) => softmaxCrossEntropy(at, index(y), options), z).difference).toBeLessThan(1e-6);
  });

  test("abstract logits and targets have a loss of their shape", () => {
    const loss = softmaxCrossEntropy(abstract([4, 3], "float32") as Tensor, abstract([4], "int32") as Tensor, {
      ignoreIndex: -1,
      ...none,
    });
    expect(loss.shape).toEqual([4]);
  });
});

describe("gaussianNegativeLogLikelihood", () => {
  test("values, with the constant, with one variance per example", () => {
    const [means, targets] = [float64([[0, 1]]), float64([[2, 1]])];
    const each = [(Math.log(4) + 1) / 2, Math.log(4) / 2];
    near(gaussianNegativeLogLikelihood(means, targets, float64([[4, 4]]), none), each);
    near(gaussianNegativeLogLikelihood(means, targets, float64([[4]]), none), each);
    const constant = Math.log(2 * Math.PI) / 2;
    near(
      gaussianNegativeLogLikelihood(means, targets, float64([[4]]), { full: true, ...none }),
      each.map((value) => value + constant),
    );
  });

  test("a variance below epsilon counts as epsilon, and has the gradient there", () => {
    const loss = (v: Tensor): Tensor =>
      gaussianNegativeLogLikelihood(float64([0]) as Tensor, float64([1]) as Tensor, v, { eps: 0.5 }) as Tensor;
    near(loss(float64([0]) as Tensor), [(Math.log(0.5) + 2) / 2]);
    near(grad(loss)(float64([0]) as Tensor), [(2 - 4) / 2]);
  });

  test("gradients against differences", () => {
    const at = [float64([0.3, -1]), float64([1, 0.2]), float64([0.5, 2])] as const;
    const f = ([x, y, v]: typeof at) => gaussianNegativeLogLikelihood(x, y, v);
    expect(classicCheck(f as (at: unknown) => AnyTensor, at).difference).toBeLessThan(1e-6);
  });
});

describe("embeddings", () => {
  test("hingeEmbedding: values, and slopes also at the margin", () => {
    const y = index([1, -1, -1, -1]);
    const x = float64([3, 0.5, 2, 4]) as Tensor;
    near(hingeEmbedding(x, y, { margin: 2, ...none }), [3, 1.5, 0, 0]);
    near(grad((at: Tensor) => hingeEmbedding(at, y, { margin: 2, reduction: "sum" }))(x), [1, -1, -1, 0]);
  });

  test("cosineEmbedding", () => {
    const a = float64([
      [1, 0],
      [1, 0],
      [1, 0],
    ]) as Tensor;
    const b = float64([
      [3, 4],
      [3, 4],
      [0, 1],
    ]) as Tensor;
    const y = index([1, -1, -1]);
    near(cosineEmbedding(a, b, y, { margin: 0.5, ...none }), [0.4, 0.1, 0]);
    expect(classicCheck((at: Tensor) => cosineEmbedding(a, at, y, { margin: 0.1 }), b).difference).toBeLessThan(1e-6);
  });

  const [a, p, n] = [float64([[0, 0]]), float64([[3, 4]]), float64([[4, 4]])] as Tensor[] as [Tensor, Tensor, Tensor];

  test.each<[object, number]>([
    [{}, 1 + 5 - Math.sqrt(32)],
    [{ margin: 0 }, 0],
    [{ swap: true }, 1 + 5 - 1],
    [{ p: 1 }, 1 + 7 - 8],
    [{ p: Infinity }, 1 + 4 - 4],
    [{ eps: 0.5, margin: 2 }, 2 + Math.hypot(2.5, 3.5) - Math.hypot(3.5, 3.5)],
  ])("tripletMargin with %o", (options, expected) => {
    const { eps = 0, ...rest } = options as { eps?: number };
    near(tripletMargin(a, p, n, { eps, ...rest }), [expected]);
  });

  test.each([{}, { swap: true }, { p: 3 }])("tripletMargin with %o: gradients against differences", (options) => {
    const f = ([x, y, z]: readonly Tensor[]) => tripletMargin(x!, y!, z!, { margin: 3, ...options });
    expect(classicCheck(f as (at: unknown) => AnyTensor, [a, p, n]).difference).toBeLessThan(1e-6);
  });
});

describe("what is refused", () => {
  const one = ones([2, 3]) as Tensor;
  const names = {
    absoluteError,
    huber,
    smoothAbsoluteError,
    klDivergence,
    hingeEmbedding,
    gaussianNegativeLogLikelihood,
    negativeLogLikelihood,
    tripletMargin,
    cosineEmbedding,
  };
  const argumentsOf: Record<string, unknown[]> = {
    gaussianNegativeLogLikelihood: [one, one, one],
    negativeLogLikelihood: [one, index([0, 1])],
    tripletMargin: [one, one, one],
    cosineEmbedding: [one, one, index([1, -1])],
  };

  describe.each(Object.entries(names) as unknown as [string, Any][])("%s", (name, loss) => {
    const args = argumentsOf[name] ?? [one, one];
    const empty = args.map((x) => ones([0, ...(x as Tensor).shape.slice(1)], { dtype: (x as Tensor).dtype }));

    test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
      [
        "a misspelt option",
        () => loss(...args, { reductoin: "sum" }),
        ArgumentError,
        /no option "reductoin"; use reduction/,
      ],
      ["no options", () => loss(...args, null), ArgumentError, /the options are null/],
      ["an unknown reduction", () => loss(...args, { reduction: "max" }), ArgumentError, /"max" is no reduction/],
      [
        "another shape",
        () => loss(one, ones([3, 2], { dtype: (args[1] as Tensor).dtype }), ...args.slice(2)),
        ShapeError,
        /are \[2, 3\]/,
      ],
      ["integers", () => loss(index([1]), ...args.slice(1)), DTypeError, /are int32; give floats/],
      ["no tensor", () => loss(one, [[1]], ...args.slice(2)), DTypeError, /are no tensor/],
      ["the mean of nothing", () => loss(...empty), ShapeError, /no mean of no losses/],
    ])("%s", (_, run, type, message) => {
      expect(run).toThrow(message);
      expect(run).toThrow(type);
      expect(run).toThrow(new RegExp(`^${name}: `));
    });
  });

  const targets = index([0, 1]);
  test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    ["a delta of 0", () => huber(one, one, { delta: 0 }), ArgumentError, /huber: delta is 0; give a number above 0/],
    ["a beta of NaN", () => smoothAbsoluteError(one, one, { beta: NaN }), ArgumentError, /beta is NaN/],
    ["a margin in words", () => hingeEmbedding(one, one, { margin: "1" as never }), ArgumentError, /margin is 1/],
    [
      "signs of 0",
      () =>
        hingeEmbedding(
          one,
          tensor([
            [0, 1, 1],
            [1, 1, 1],
          ]) as Tensor,
        ),
      ArgumentError,
      /a target is 0; give 1 and -1/,
    ],
    ["a p of −1", () => tripletMargin(one, one, one, { p: -1 }), ArgumentError, /p is -1/],
    [
      "scalars",
      () => tripletMargin(tensor(1) as Tensor, tensor(1) as Tensor, tensor(1) as Tensor),
      ShapeError,
      /no vectors/,
    ],
    ["a scalar's batch", () => klDivergence(tensor(0), tensor(1), { reduction: "batchMean" }), ShapeError, /no batch/],
    [
      "a negative variance",
      () => gaussianNegativeLogLikelihood(one, one, tensor([[1], [-1]]) as Tensor),
      ArgumentError,
      /a variance is -1/,
    ],
    [
      "variances of another shape",
      () => gaussianNegativeLogLikelihood(one, one, ones([2])),
      ShapeError,
      /give variances of the same shape, or of \[2, 1\]/,
    ],
    [
      "two weights for three classes",
      () => softmaxCrossEntropy(one, targets, { weights: ones([2]) }),
      ShapeError,
      /weights are \[2\]; give one per class, \[3\]/,
    ],
    [
      "weights below 0",
      () => softmaxCrossEntropy(one, targets, { weights: tensor([1, -1, 1]) }),
      ArgumentError,
      /a weight is -1/,
    ],
    [
      "weights of the other float",
      () => softmaxCrossEntropy(one, targets, { weights: float64([1, 1, 1]) }),
      DTypeError,
      /weights float64/,
    ],
    [
      "a list of weights",
      () => softmaxCrossEntropy(one, targets, { weights: [1, 1, 1] as never }),
      DTypeError,
      /weights are no tensor/,
    ],
    [
      "a smoothing of 2",
      () => softmaxCrossEntropy(one, targets, { labelSmoothing: 2 }),
      ArgumentError,
      /labelSmoothing is 2; give/,
    ],
    [
      "half an index",
      () => softmaxCrossEntropy(one, targets, { ignoreIndex: 0.5 }),
      ArgumentError,
      /ignoreIndex is 0.5/,
    ],
    [
      "an index to ignore among probabilities",
      () => softmaxCrossEntropy(one, one, { ignoreIndex: 1 }),
      ArgumentError,
      /no index to ignore/,
    ],
    [
      "a class that there is not",
      () => negativeLogLikelihood(one, index([0, 3])),
      ArgumentError,
      /3 is none of 3 classes/,
    ],
  ])("%s", (_, run, type, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(type);
  });
});
