import { type Tensor, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { lion } from "../src/index.ts";

test("the paper's algorithm on plain numbers", () => {
  const share = fc.double({ min: 0, max: 0.99, noNaN: true });
  const history = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(history, share, share, fc.constantFrom(0, 0.1), (gradients, beta1, beta2, weightDecay) => {
      const optimizer = lion({ learningRate: 0.1, beta1, beta2, weightDecay });
      let model = tensor([2], { dtype: "float64" }) as Tensor;
      let state = optimizer.init(model);
      let [p, m] = [2, 0];
      for (const g of gradients) {
        ({ model, state } = optimizer.update(model, tensor([g], { dtype: "float64" }), state));
        p = (1 - 0.1 * weightDecay) * p - 0.1 * Math.sign(m * beta1 + g * (1 - beta1));
        m = beta2 * m + (1 - beta2) * g;
        expect(model.toArray()).toEqual([expect.closeTo(p, 10)]);
      }
    }),
  );
});
