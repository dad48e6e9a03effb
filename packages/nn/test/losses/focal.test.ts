import { type AnyTensor, grad, mul, sigmoid, softmax, sum, type Tensor, tensor, valueAndGrad } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binaryCrossEntropyWithLogits,
  binaryFocalWithLogits,
  softmaxCrossEntropy,
  softmaxFocal,
} from "../../src/index.ts";
import { expectNear, float64, numbers } from "../fixtures.ts";

const logit = fc.double({ min: -8, max: 8, noNaN: true });
const power = fc.constantFrom(0, 0.5, 1, 2, 5);
const none = { reduction: "none" } as const;
const close = { rtol: 1e-9, atol: 1e-12 };

test("two classes: the formula of the paper", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(logit, fc.constantFrom(0, 1)), { minLength: 1, maxLength: 5 }),
      power,
      (pairs, gamma) => {
        const [z, y] = [float64(pairs.map(([x]) => x)), float64(pairs.map(([, label]) => label))];
        const p = numbers(sigmoid(z));
        const expected = pairs.map(([, label], i) => {
          const right = label === 1 ? p[i]! : 1 - p[i]!;
          return -(label === 1 ? 0.25 : 0.75) * (1 - right) ** gamma * Math.log(right);
        });
        expectNear(numbers(binaryFocalWithLogits(z, y, { gamma, alpha: 0.25, ...none })), expected, close);
      },
    ),
  );
});

test("many classes: the formula of the paper, class weights and indices to ignore", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(logit, logit, logit), { minLength: 2, maxLength: 4 }), power, (rows, gamma) => {
      const z = float64(rows);
      const labels = rows.map((_, i) => (i === 1 ? -1 : i % 3));
      const y = tensor(labels, { dtype: "int32" });
      const p = numbers(softmax(z));
      const weights = [1, 2, 3];
      const expected = labels.map((label, i) =>
        label === -1 ? 0 : -weights[label]! * (1 - p[3 * i + label]!) ** gamma * Math.log(p[3 * i + label]!),
      );
      const options = { gamma, weights: float64(weights), ignoreIndex: -1 };
      const losses = numbers(softmaxFocal(z, y, { ...options, ...none }));
      expectNear(
        losses,
        expected.map((value) => value + 0),
        { rtol: 1e-9, atol: 1e-9 },
      );
      const total = labels.reduce((sum, label) => sum + (weights[label] ?? 0), 0);
      const mean = losses.reduce((a, b) => a + b) / total;
      expectNear([softmaxFocal(z, y, options).item()], [mean], close);
    }),
  );
});

test("with a gamma of 0 they are the cross-entropies", () => {
  const z = float64([[1, -2, 0.5]]);
  const y = tensor([1], { dtype: "int32" });
  expectNear([softmaxFocal(z, y, { gamma: 0 }).item()], [softmaxCrossEntropy(z, y).item()], close);
  const soft = float64([[0.2, 0.9, 1]]);
  expectNear(
    [binaryFocalWithLogits(z, soft, { gamma: 0 }).item()],
    [binaryCrossEntropyWithLogits(z, soft).item()],
    close,
  );
});

describe("finite at huge logits, at the first and the second order", () => {
  const losses: [string, number, (z: Tensor, gamma: number) => AnyTensor][] = [
    [
      "two classes",
      500 / 3,
      (z, gamma) => binaryFocalWithLogits(z, tensor([[1, 0, 0.5]], { dtype: z.dtype as never }), { gamma }),
    ],
    ["many classes", 2000 + Math.LN2, (z, gamma) => softmaxFocal(z, tensor([1], { dtype: "int32" }), { gamma })],
  ];
  test.each(
    losses.flatMap(([name, expected, loss]) =>
      [0, 0.5, 1, 2].flatMap((gamma) =>
        ["float32", "float64"].map((dtype) => [name, gamma, dtype, expected, loss] as const),
      ),
    ),
  )("%s, gamma %s, %s", (_, gamma, dtype, expected, loss) => {
    for (const row of [
      [1000, -1000, 1000],
      [-1000, 1000, -1000],
      [1000, 1000, 1000],
      [0, 0, 0],
    ]) {
      const z = tensor([row], { dtype: dtype as "float32" }) as Tensor;
      const first = valueAndGrad((x: Tensor) => loss(x, gamma))(z);
      const second = grad((x: Tensor) => sum(mul(grad((at: Tensor) => loss(at, gamma))(x), 0.5)))(z);
      for (const result of [first.value, first.gradient, second]) {
        expect(numbers(result).every(Number.isFinite)).toBe(true);
      }
    }
    // What is wrong without doubt costs its whole logarithm.
    const worst = loss(tensor([[1000, -1000, 1000]], { dtype: dtype as "float32" }) as Tensor, gamma).item();
    expectNear([worst], [expected], { rtol: 1e-6, atol: 0 });
  });
});

test.each([
  [() => binaryFocalWithLogits(tensor([0]), tensor([1]), { gamma: -1 }), /binaryFocalWithLogits: gamma is -1; give a/],
  [() => binaryFocalWithLogits(tensor([0]), tensor([1]), { alpha: 2 }), /alpha is 2; give a number from 0 to 1/],
  [() => binaryFocalWithLogits(tensor([0]), tensor([1]), { beta: 2 } as never), /there is no option "beta"/],
  [() => softmaxFocal(tensor([[0]]), tensor([0], { dtype: "int32" })), /softmaxFocal: one class is always right/],
  [() => softmaxFocal(tensor([[0, 1]]), tensor([2], { dtype: "int32" })), /softmaxFocal: 2 is none of 2 classes/],
  [() => softmaxFocal(tensor([[0, 1]]), tensor([0]) as never), /softmaxFocal: targets are float32/],
])("%s", (f, message) => {
  expect(f).toThrow(message);
});
