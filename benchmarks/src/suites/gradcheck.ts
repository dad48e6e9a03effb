import { add, foldIn, grad, key, matmul, mean, mul, normal, relu, square, sub, type Tensor } from "@tapegrad/core";
import { checkGradients } from "@tapegrad/gradcheck";
import type { Suite, Workload } from "../suite.ts";

type Model = Readonly<Record<"w1" | "b1" | "w2" | "b2" | "w3" | "b3", Tensor>>;

/** A network with 98,880 parameters, of float64: a check of float32 is one of float64, too. */
function networkOn(batch: number): Workload {
  const draw = (i: number, shape: readonly number[], scale: number): Tensor =>
    mul(normal(foldIn(key(0), i), shape, { dtype: "float64" }), scale);
  const model: Model = {
    w1: draw(1, [64, 256], 0.15),
    b1: draw(2, [256], 0.1),
    w2: draw(3, [256, 256], 0.08),
    b2: draw(4, [256], 0.1),
    w3: draw(5, [256, 64], 0.08),
    b3: draw(6, [64], 0.1),
  };
  const [x, y] = [draw(7, [batch, 64], 1), draw(8, [batch, 64], 1)];
  const loss = ({ w1, b1, w2, b2, w3, b3 }: Model): Tensor => {
    const hidden = relu(add(matmul(relu(add(matmul(x, w1), b1)), w2), b2));
    return mean(square(sub(add(matmul(hidden, w3), b3), y)));
  };
  const { verdict } = checkGradients(loss, model);
  if (verdict !== "pass") throw new Error(`the check says ${verdict}`);
  return {
    name: `network of 98,880 parameters, ${batch} examples`,
    contestants: [
      { name: "gradient", run: () => grad(loss)(model) },
      { name: "function", run: () => loss(model) },
      { name: "check", run: () => checkGradients(loss, model) },
    ],
  };
}

export const gradientChecks: Suite = {
  name: "gradcheck",
  about: "What a check of a gradient costs, in gradients.",
  workloads: [networkOn(8), networkOn(32), networkOn(128)],
};
