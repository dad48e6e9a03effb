import { type AnyTensor, key } from "@tapegrad/core";
import { Conv2d, Flatten, Linear, MaxPool2d, Relu, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam, edit } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import { floats, labels } from "./tensors.ts";
import type { Training } from "./training.ts";

/** A layer with the weights of the data. */
function convolution(data: Data, name: string): Conv2d {
  const [out, channels, ...kernel] = data.shape(`w${name}`) as [number, number, number, number];
  return edit<Conv2d>(new Conv2d(channels, out, kernel, { key: key(0) }), (layer) => {
    layer.weight = floats(data, `w${name}`);
    layer.bias = floats(data, `b${name}`) as NonNullable<Conv2d["bias"]>;
  });
}

export function cnn(data: Data): Training<Sequential, [x: AnyTensor, y: AnyTensor]> {
  return {
    model: new Sequential(
      convolution(data, "1"),
      new Relu(),
      convolution(data, "2"),
      new Relu(),
      new MaxPool2d(2),
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
