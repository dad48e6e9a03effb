import type { AnyTensor } from "@tapegrad/core";
import { Linear, Relu, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { floats, labels } from "./tensors.ts";
import { training } from "./training.ts";

export function mlp(data: Data): Task {
  const [x, y] = [floats(data, "x"), labels(data, "y")];
  const network = new Sequential(
    Linear.of(floats(data, "w1"), floats(data, "b1")),
    new Relu(),
    Linear.of(floats(data, "w2"), floats(data, "b2")),
    new Relu(),
    Linear.of(floats(data, "w3"), floats(data, "b3")),
  );
  const loss = (model: typeof network): AnyTensor => softmaxCrossEntropy(model.forward(x), y);
  return training(network, loss, adam({ learningRate: data.setting("rate") }));
}
