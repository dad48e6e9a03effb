import {
  type AnyTensor,
  add,
  argmax,
  DTypeError,
  GradientError,
  grad,
  key,
  matmul,
  max,
  mean,
  ones,
  ShapeError,
  sum,
  tensor,
  valueAndGrad,
  zeros,
} from "@tapegrad/core";
import {
  binaryCrossEntropyWithLogits,
  Linear,
  meanSquaredError,
  Relu,
  Sequential,
  softmaxCrossEntropy,
} from "@tapegrad/nn";
import { sgd } from "@tapegrad/optim";
import { describe, expect, test } from "vitest";

// What a user gets wrong, in one place: a clear typed error, or a result that is defined.

const loose = { add, matmul, sum, grad } as unknown as Record<string, (...args: unknown[]) => unknown>;
const model = new Sequential(new Linear(3, 4, { key: key(0) }), new Relu(), new Linear(4, 1, { key: key(1) }));

describe("a clear error", () => {
  const cases: [string, () => unknown, new (...args: never[]) => Error, string][] = [
    [
      "shape mismatch",
      () => loose.matmul!(ones([2, 3]), ones([5, 4])),
      ShapeError,
      "matmul: inner dimensions of [2, 3] and [5, 4] differ; 3 must equal 5; transpose an operand?",
    ],
    ["features that a layer does not take", () => model.forward(ones([5, 2]) as never), ShapeError, "[5, 2]"],
    [
      "dtype mismatch",
      () => loose.add!(ones([2]), ones([2], { dtype: "float64" })),
      DTypeError,
      'add: float32 and float64 do not mix; cast one of them, as in cast(x, "float32")',
    ],
    ["unknown axis", () => loose.sum!(ones([2, 3]), 2), ShapeError, "sum: [2, 3] has no axis 2; use -2 to 1"],
    [
      "a loss that is no scalar",
      () => grad((x: AnyTensor) => x)(ones([3])),
      GradientError,
      "grad: the function returned a tensor of shape [3], not a scalar; reduce it with mean or sum",
    ],
    [
      "a module without parameters",
      () => grad((m: Relu) => sum(m.forward(ones([2]))))(new Relu()),
      GradientError,
      "grad: there is no parameter to differentiate by, but no tensor at all",
    ],
    [
      "an optimizer for a module without parameters",
      () => sgd({ learningRate: 0.1 }).init(new Relu()),
      Error,
      "no parameter",
    ],
    [
      "an async function",
      () => (loose.grad!(async (x: AnyTensor) => sum(x)) as (x: AnyTensor) => unknown)(ones([2])),
      GradientError,
      "grad: the function returned a promise; await data before, and transform a synchronous function",
    ],
    [
      "a + b",
      () => (ones([2]) as never) + (ones([2]) as never),
      DTypeError,
      "valueOf: JavaScript's operators do not work on tensors; use add(a, b)",
    ],
    [
      "targets of another shape, which would broadcast",
      () => meanSquaredError(ones([4, 1]) as AnyTensor, ones([4]) as AnyTensor),
      ShapeError,
      "[4, 1]",
    ],
    [
      "the mean loss of an empty batch",
      () => binaryCrossEntropyWithLogits(zeros([0, 1]), zeros([0, 1])),
      ShapeError,
      "empty",
    ],
    [
      "a class that is none",
      () => softmaxCrossEntropy(ones([1, 3]), tensor([3], { dtype: "int32" })),
      Error,
      "softmaxCrossEntropy: ",
    ],
    [
      "the largest of nothing",
      () => max(zeros([0])),
      ShapeError,
      "max: [0] has no element along its reduced axes; check for empty input",
    ],
  ];
  test.each(cases)("%s", (_, f, kind, message) => {
    expect(f).toThrow(kind);
    expect(f).toThrow(message);
  });
});

describe("a defined result", () => {
  test("NaN in data is passed on to the loss and to the gradients that depend on it", () => {
    const x = tensor([[1, Number.NaN, 3]]);
    const { value, gradient } = valueAndGrad((m: typeof model) => mean(m.forward(x)))(model);
    expect(value.item()).toBeNaN();
    expect(gradient.layers[0].weight.data().some(Number.isNaN)).toBe(true);
  });

  test("an optimizer refuses a gradient that is not finite, and names the parameter", () => {
    const optimizer = sgd({ learningRate: 0.1 });
    const parameters = { w: tensor([1, 2]) };
    expect(() => optimizer.update(parameters, { w: tensor([Number.NaN, 1]) }, optimizer.init(parameters))).toThrow(/w/);
  });

  test("an empty batch goes through a model, sums to 0, and has gradients of zeros", () => {
    const empty = zeros([0, 3]);
    expect(model.forward(empty).shape).toEqual([0, 1]);
    const { value, gradient } = valueAndGrad((m: typeof model) => sum(m.forward(empty)))(model);
    expect(value.item()).toBe(0);
    expect(gradient.layers[0].weight.data().every((g) => g === 0)).toBe(true);
    expect(mean(zeros([0])).item()).toBeNaN();
    expect(argmax(zeros([0, 3]), 1).shape).toEqual([0]);
  });
});
