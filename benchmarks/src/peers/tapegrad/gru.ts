import { type AnyTensor, add, linear, mul, scan, sigmoid, split, sub, tanh, zeros } from "@tapegrad/core";
import { softmaxCrossEntropy } from "@tapegrad/nn";
import { sgd } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import { floats, labels } from "./tensors.ts";
import type { Training } from "./training.ts";

/** Weights of the input, of what goes round, and of the classes; rows of gates in the order reset, update, candidate. */
type Gru = Readonly<Record<"wx" | "bx" | "wh" | "bh" | "wo" | "bo", AnyTensor>>;

/** The output of the last step, for an input of [length, batch, width] (Cho et al. 2014, with the reset after the product as in cuDNN). */
function lastOutput({ wx, bx, wh, bh }: Gru, x: AnyTensor): AnyTensor {
  const cell = (h: AnyTensor, projected: AnyTensor): [AnyTensor, null] => {
    const [xr, xz, xn] = split(projected, 3, 1) as readonly AnyTensor[];
    const [hr, hz, hn] = split(linear(h, wh, bh) as AnyTensor, 3, 1) as readonly AnyTensor[];
    const [r, z] = [sigmoid(add(xr!, hr!)), sigmoid(add(xz!, hz!))];
    const n = tanh(add(xn!, mul(r, hn!)));
    return [add(n, mul(z, sub(h, n))) as AnyTensor, null];
  };
  const start = zeros([x.shape[1]!, wh.shape[1]!]) as AnyTensor;
  const [h] = scan(cell, start, linear(x, wx, bx) as AnyTensor);
  return h as AnyTensor;
}

export function gru(data: Data): Training<Gru, [x: AnyTensor, y: AnyTensor]> {
  return {
    model: Object.fromEntries(data.parameters.map((name) => [name, floats(data, name)])) as unknown as Gru,
    cost: (model, x, y) => softmaxCrossEntropy(linear(lastOutput(model, x), model.wo, model.bo) as AnyTensor, y),
    inputs: [floats(data, "x"), labels(data, "y")],
    optimizer: sgd({ learningRate: data.setting("rate") }),
  };
}
