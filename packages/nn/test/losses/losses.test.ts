import { add, grad, relu, type Shape, sum, type Tensor, valueAndGrad } from "@tapegrad/core";
import { describe, test } from "vitest";
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  Linear,
  l2Penalty,
  meanSquaredError,
  type Reduction,
  softmaxCrossEntropy,
} from "../../src/index.ts";
import { expectClose, fixture, tensorOf, type Values } from "../fixtures.ts";

interface Case {
  readonly id: string;
  readonly op: string;
  readonly attrs: { readonly reduction: Reduction; readonly lambda: number };
  readonly inputs: readonly Values[];
  readonly outputs: readonly [Values];
  readonly cotangents: readonly [Values];
  readonly grads: readonly (Values | null)[];
  readonly tangents?: readonly Values[];
  readonly hvp?: readonly (Values | null)[];
  readonly tol: { rtol: number; atol: number };
}

const all = fixture<Case[]>("losses");
const byName: Readonly<Record<string, (x: Tensor, y: Tensor, options: { reduction: Reduction }) => Tensor>> = {
  mse: meanSquaredError,
  bce: binaryCrossEntropy,
  bce_with_logits: binaryCrossEntropyWithLogits,
  cross_entropy: softmaxCrossEntropy as never,
  cross_entropy_probs: softmaxCrossEntropy as never,
};

describe("the numbers of PyTorch: values, gradients, second derivatives", () => {
  test.each(all.filter(({ op }) => op in byName))(
    "$id",
    ({ op, attrs, inputs, outputs, cotangents, grads, tangents, hvp, tol }) => {
      const [x, y] = inputs.map(tensorOf) as [Tensor, Tensor];
      const loss = (at: Tensor): Tensor => byName[op]!(at, y, { reduction: attrs.reduction });
      expectClose(loss(x), outputs[0], tol);
      const weighted = (at: Tensor): Tensor => sum(loss(at).mul(tensorOf(cotangents[0])));
      expectClose(grad(weighted)(x), grads[0]!, tol);
      // The tangents are those of all inputs; where the targets have one, only the first derivative is comparable.
      if (hvp === undefined || tangents === undefined || grads[1] !== null) return;
      const along = tensorOf(tangents[0]!);
      expectClose(grad((at: Tensor) => sum(grad(weighted)(at).mul(along)))(x), hvp[0]!, tol);
    },
  );

  test.each(all.filter(({ op }) => op === "course_l2_regularised_mlp"))(
    "$id",
    ({ attrs, inputs, outputs, cotangents, grads, tol }) => {
      type Float64 = Tensor<Shape, "float64">;
      const [x, y, w1, b1, w2, b2] = inputs.map(tensorOf) as [Float64, Float64, Float64, Float64, Float64, Float64];
      const { value, gradient } = valueAndGrad((model: { a: Linear; b: Linear }) =>
        add(
          binaryCrossEntropyWithLogits(model.b.forward(relu(model.a.forward(x))), y),
          l2Penalty(model, attrs.lambda, { examples: x.shape[0]! }),
        ),
      )({ a: Linear.of(w1, b1) as Linear, b: Linear.of(w2, b2) as Linear });
      expectClose(value, outputs[0], tol);
      [gradient.a.weight, gradient.a.bias!, gradient.b.weight, gradient.b.bias!].forEach((g, i) => {
        expectClose(g.mul(tensorOf(cotangents[0])), grads[i + 2]!, tol);
      });
    },
  );
});
