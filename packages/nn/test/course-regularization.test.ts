import {
  add,
  greater,
  less,
  log,
  mean,
  mul,
  neg,
  relu,
  sub,
  type Tensor,
  transpose,
  valueAndGrad,
  vjp,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { binaryCrossEntropyWithLogits, dropoutWithMask, Linear, l2Penalty, Module } from "../src/index.ts";
import { expectNear, fixture, float64, numbers } from "./fixtures.ts";

// The unit cases of a public course's exercise on regularization. Columns are examples there, rows are here.

type Matrix = readonly (readonly number[])[];
type Parameters = Readonly<Record<"W1" | "b1" | "W2" | "b2" | "W3" | "b3", Matrix>>;
type Gradients = Readonly<Record<"dW1" | "db1" | "dW2" | "db2" | "dW3" | "db3" | "dA1" | "dA2", Matrix>>;

interface Course {
  readonly compute_cost_with_regularization: {
    readonly A3: Matrix;
    readonly Y: Matrix;
    readonly parameters: Parameters;
    readonly lambda: number;
    readonly cross_entropy: number;
  };
  readonly backward_with_regularization: {
    readonly X: Matrix;
    readonly Y: Matrix;
    readonly lambda: number;
    readonly parameters: Parameters;
    readonly cost: number;
    readonly gradients: Gradients;
  };
  readonly forward_with_dropout: {
    readonly X: Matrix;
    readonly parameters: Parameters;
    readonly keep_prob: number;
    readonly uniform_draws: { readonly D1: Matrix; readonly D2: Matrix };
    readonly A3: Matrix;
    readonly gradients: Gradients;
  };
  readonly backward_with_dropout: {
    readonly Y: Matrix;
    readonly parameters: Parameters;
    readonly cache: Readonly<Record<"A1" | "A2" | "A3" | "D1" | "D2", Matrix>>;
    readonly keep_prob: number;
    readonly gradients: Gradients;
  };
}

const course = fixture<Course>("course_regularization_units");
const rows = (columns: Matrix): Tensor => transpose(float64(columns)) as Tensor;
const exactly = { rtol: 0, atol: 1e-8 };

class Net extends Module {
  readonly first: Linear;
  readonly second: Linear;
  readonly third: Linear;
  constructor({ W1, b1, W2, b2, W3, b3 }: Parameters) {
    super();
    const layer = (w: Matrix, b: Matrix): Linear =>
      Linear.of(float64(w) as Tensor<readonly number[], "float64">, float64(b.flat()));
    this.first = layer(W1, b1);
    this.second = layer(W2, b2);
    this.third = layer(W3, b3);
  }

  /** Logits; the masks, if any, are those of the two hidden layers. */
  override forward({ x, masks, keep }: { x: Tensor; masks?: readonly [Tensor, Tensor]; keep?: number }): Tensor {
    const drop = (a: Tensor, i: 0 | 1): Tensor => (masks ? dropoutWithMask(a, masks[i], keep!) : a);
    const a1 = drop(relu(this.first.forward(x)) as Tensor, 0);
    const a2 = drop(relu(this.second.forward(a1)) as Tensor, 1);
    return this.third.forward(a2);
  }
}

function expectGradients(
  gradient: { [L in "first" | "second" | "third"]: { weight: Tensor; bias: Tensor | null } },
  expected: Gradients,
): void {
  for (const [layer, i] of [
    ["first", 1],
    ["second", 2],
    ["third", 3],
  ] as const) {
    expectNear(numbers(gradient[layer].weight), expected[`dW${i}`].flat(), exactly);
    expectNear(numbers(gradient[layer].bias!), expected[`db${i}`].flat(), exactly);
  }
}

describe("L2", () => {
  test("the cost, published as 1.786485945159", () => {
    const { A3, Y, parameters, lambda, cross_entropy } = course.compute_cost_with_regularization;
    const [p, y] = [rows(A3), rows(Y)];
    const crossEntropy = neg(mean(add(mul(y, log(p)), mul(sub(1, y), log(sub(1, p))))));
    expect(crossEntropy.item()).toBeCloseTo(cross_entropy, 12);
    const cost = add(crossEntropy, l2Penalty(new Net(parameters), lambda, { examples: y.shape[0]! }));
    expect(Math.abs(cost.item() - 1.786485945159)).toBeLessThan(1e-9);
  });

  test("the gradients fall out of the sweep", () => {
    const { X, Y, lambda, parameters, cost, gradients } = course.backward_with_regularization;
    const [x, y] = [rows(X), rows(Y)];
    const { value, gradient } = valueAndGrad((net: Net) =>
      add(binaryCrossEntropyWithLogits(net.forward({ x }), y), l2Penalty(net, lambda, { examples: 5 })),
    )(new Net(parameters));
    expect(value.item()).toBeCloseTo(cost, 12);
    expectGradients(gradient, gradients);
  });
});

describe("dropout", () => {
  test("forward, with the masks of the given uniform draws", () => {
    const { X, parameters, keep_prob: keep, uniform_draws, A3 } = course.forward_with_dropout;
    const masks = [less(rows(uniform_draws.D1), keep), less(rows(uniform_draws.D2), keep)] as [Tensor, Tensor];
    const probabilities = new Net(parameters).forward({ x: rows(X), masks, keep }).sigmoid();
    expectNear(numbers(probabilities), A3.flat(), { rtol: 0, atol: 1e-12 });
  });

  test("the gradients fall out of the sweep, through the same masks", () => {
    const { X, parameters, uniform_draws, keep_prob: keep, gradients } = course.forward_with_dropout;
    const { Y } = course.backward_with_dropout;
    const masks = [less(rows(uniform_draws.D1), keep), less(rows(uniform_draws.D2), keep)] as [Tensor, Tensor];
    const { gradient } = valueAndGrad((net: Net) =>
      binaryCrossEntropyWithLogits(net.forward({ x: rows(X), masks, keep }), rows(Y)),
    )(new Net(parameters));
    expectGradients(gradient, gradients);
  });

  test("backward, from the published activations", () => {
    // They do not come from these parameters, so that layer by layer is pulled back.
    const { Y, parameters, cache, keep_prob: keep, gradients } = course.backward_with_dropout;
    const net = new Net(parameters);
    const before = (layer: Linear, mask: Tensor, at: Tensor, cotangent: Tensor): Tensor =>
      vjp((a: Tensor) => layer.forward(dropoutWithMask(a, mask, keep)) as Tensor)(at).pullBack(
        cotangent as never,
      ) as Tensor;
    const [a1, a2, a3] = [rows(cache.A1), rows(cache.A2), rows(cache.A3)];
    const dZ3 = sub(a3, rows(Y)) as Tensor;
    const dA2 = before(net.third, rows(cache.D2), a2, dZ3);
    expectNear(numbers(dA2), numbers(rows(gradients.dA2)), exactly);
    const dZ2 = mul(dA2, greater(a2, 0)) as Tensor;
    const dA1 = before(net.second, rows(cache.D1), a1, dZ2);
    expectNear(numbers(dA1), numbers(rows(gradients.dA1)), exactly);
  });
});
