import { type AnyTensor, add, linear, mul, scan, sigmoid, split, tanh, zeros } from "@tapegrad/core";
import { softmaxCrossEntropy } from "@tapegrad/nn";
import { sgd } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import { floats, labels } from "./tensors.ts";
import type { Training } from "./training.ts";

/** Weights of the input, of what goes round, and of the classes; rows of gates in the order input, forget, cell, output. */
type Lstm = Readonly<Record<"wx" | "bx" | "wh" | "wo" | "bo", AnyTensor>>;

/** What is carried: output and cell, [batch, hidden] each. */
interface Carry {
  readonly h: AnyTensor;
  readonly c: AnyTensor;
}

/** The output of the last step, for an input of [length, batch, width] (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000). */
function lastOutput({ wx, bx, wh }: Lstm, x: AnyTensor): AnyTensor {
  const cell = ({ h, c }: Carry, projected: AnyTensor): [Carry, null] => {
    const [i, f, g, o] = split(add(projected, linear(h, wh)), 4, 1) as readonly AnyTensor[];
    const next = add(mul(sigmoid(f!), c), mul(sigmoid(i!), tanh(g!)));
    return [{ h: mul(sigmoid(o!), tanh(next)), c: next }, null];
  };
  const start = zeros([x.shape[1]!, wh.shape[1]!]) as AnyTensor;
  // Inputs of all steps are known before the first: one product of matrices, outside the loop.
  const [{ h }] = scan(cell, { h: start, c: start }, linear(x, wx, bx) as AnyTensor);
  return h as AnyTensor;
}

export function lstm(data: Data): Training<Lstm, [x: AnyTensor, y: AnyTensor]> {
  return {
    model: Object.fromEntries(data.parameters.map((name) => [name, floats(data, name)])) as unknown as Lstm,
    cost: (model, x, y) => softmaxCrossEntropy(linear(lastOutput(model, x), model.wo, model.bo) as AnyTensor, y),
    inputs: [floats(data, "x"), labels(data, "y")],
    optimizer: sgd({ learningRate: data.setting("rate") }),
  };
}
