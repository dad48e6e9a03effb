import { type Key, key, ones, splitKey, type Tensor } from "@tapegrad/core";
import { Linear, Module } from "@tapegrad/nn";
import { adam, edit } from "@tapegrad/optim";

class Classifier extends Module {
  readonly body: Linear;
  readonly head: Linear;
  constructor(k: Key) {
    super();
    const [a, b] = splitKey(k) as [Key, Key];
    this.body = new Linear(4, 8, { key: a });
    this.head = new Linear(8, 10, { key: b });
  }
  override forward(x: Tensor): Tensor {
    return this.head.forward(this.body.forward(x).relu());
  }
}

const optimizer = adam({ learningRate: 0.01 });
const model = new Classifier(key(0));
const state = optimizer.init(model);

const other = edit(model, (draft) => {
  draft.head = new Linear(8, 3, { key: key(1) });
});
other.forward(ones([5, 4])).shape; // [5, 3]
other.body === model.body; // true

const adapted = optimizer.adapt(other, state);
adapted.slots.m!["body.weight"] === state.slots.m!["body.weight"]; // true
adapted.slots.m!["head.weight"]!.shape; // [3, 8]
