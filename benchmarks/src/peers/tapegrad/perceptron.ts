import type { AnyTensor } from "@tapegrad/core";
import { binaryCrossEntropyWithLogits, Linear, type Module, Relu, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam, sgd } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import { floats, labels } from "./tensors.ts";
import type { Training } from "./training.ts";

/** Dense layers with relu between them: w1, b1, w2, b2, and so on, however many the data have. */
function perceptron(data: Data): Sequential {
  const layers = data.parameters
    .filter((name) => name.startsWith("w"))
    .map((name) => Linear.of(floats(data, name), floats(data, name.replace("w", "b"))));
  return new Sequential(...layers.flatMap((layer, i): Module[] => (i === 0 ? [layer] : [new Relu(), layer])));
}

type Perceptron = Training<Sequential, [x: AnyTensor, y: AnyTensor]>;

export const circles = (data: Data): Perceptron => ({
  model: perceptron(data),
  cost: (model, x, y) => binaryCrossEntropyWithLogits(model.forward(x) as AnyTensor, y),
  inputs: [floats(data, "x"), floats(data, "y")],
  optimizer: sgd({ learningRate: data.setting("rate") }),
});

export const mlp = (data: Data): Perceptron => ({
  model: perceptron(data),
  cost: (model, x, y) => softmaxCrossEntropy(model.forward(x) as AnyTensor, y),
  inputs: [floats(data, "x"), labels(data, "y")],
  optimizer: adam({ learningRate: data.setting("rate") }),
});
