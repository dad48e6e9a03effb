import type { AnyTensor } from "@tapegrad/core";
import { binaryCrossEntropyWithLogits, Linear, Relu, Sequential } from "@tapegrad/nn";
import { sgd } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { floats } from "./tensors.ts";
import { training } from "./training.ts";

export function circles(data: Data): Task {
  const [x, y] = [floats(data, "x"), floats(data, "y")];
  const network = new Sequential(
    Linear.of(floats(data, "w1"), floats(data, "b1")),
    new Relu(),
    Linear.of(floats(data, "w2"), floats(data, "b2")),
    new Relu(),
    Linear.of(floats(data, "w3"), floats(data, "b3")),
  );
  const loss = (model: typeof network): AnyTensor => binaryCrossEntropyWithLogits(model.forward(x), y);
  return training(network, loss, sgd({ learningRate: data.setting("rate") }));
}
