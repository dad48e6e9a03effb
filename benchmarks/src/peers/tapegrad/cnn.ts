import { type AnyTensor, conv2d, maxPool2d, relu } from "@tapegrad/core";
import { Flatten, Linear, Module, Relu, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { type Floats, floats, labels } from "./tensors.ts";
import { training } from "./training.ts";

/** A convolution, a weight and bias of its own, then relu. */
class Convolution extends Module {
  readonly weight: Floats;
  readonly bias: Floats;

  constructor(weight: Floats, bias: Floats) {
    super();
    this.weight = weight;
    this.bias = bias;
  }

  override forward(x: AnyTensor): AnyTensor {
    return relu(conv2d(x, this.weight, this.bias));
  }
}

class MaxPool extends Module {
  override forward(x: AnyTensor): AnyTensor {
    return maxPool2d(x, 2);
  }
}

export function cnn(data: Data): Task {
  const [x, y] = [floats(data, "x"), labels(data, "y")];
  const network = new Sequential(
    new Convolution(floats(data, "w1"), floats(data, "b1")),
    new Convolution(floats(data, "w2"), floats(data, "b2")),
    new MaxPool(),
    new Flatten(),
    Linear.of(floats(data, "w3"), floats(data, "b3")),
    new Relu(),
    Linear.of(floats(data, "w4"), floats(data, "b4")),
  );
  const loss = (model: typeof network): AnyTensor => softmaxCrossEntropy(model.forward(x), y);
  return training(network, loss, adam({ learningRate: data.setting("rate") }));
}
