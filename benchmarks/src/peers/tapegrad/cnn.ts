import { type AnyTensor, conv2d, maxPool2d, relu } from "@tapegrad/core";
import { Flatten, Linear, Module, Relu, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import { type Floats, floats, labels } from "./tensors.ts";
import type { Training } from "./training.ts";

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

export function cnn(data: Data): Training<Sequential, [x: AnyTensor, y: AnyTensor]> {
  return {
    model: new Sequential(
      new Convolution(floats(data, "w1"), floats(data, "b1")),
      new Convolution(floats(data, "w2"), floats(data, "b2")),
      new MaxPool(),
      new Flatten(),
      Linear.of(floats(data, "w3"), floats(data, "b3")),
      new Relu(),
      Linear.of(floats(data, "w4"), floats(data, "b4")),
    ),
    cost: (model, x, y) => softmaxCrossEntropy(model.forward(x) as AnyTensor, y),
    inputs: [floats(data, "x"), labels(data, "y")],
    optimizer: adam({ learningRate: data.setting("rate") }),
  };
}
