import { type Key, key, ones, type Tensor } from "@tapegrad/core";
import { apply, BatchNorm, Linear, Sequential, withUpdates } from "@tapegrad/nn";
import { adam, trainingStep } from "@tapegrad/optim";

const optimizer = adam({ learningRate: 0.1 });
const step = trainingStep((m: typeof model, x: Tensor<readonly [5, 3]>, dropout: Key) => {
  const { output, updates } = apply(m, x, { key: dropout });
  return [output.square().mean(), updates];
}, optimizer);

let model = new Sequential(new Linear(3, 4, { key: key(0) }), new BatchNorm(4, { momentum: 0.5 }));
let state = optimizer.init(model);
for (let i = 0; i < 3; i++) {
  const trained = step(model, state, ones([5, 3]), key(i));
  model = withUpdates(trained.model, trained.aux);
  state = trained.state;
}
step.traces; // ["the first call"]
model.layers[1].runningVar.toArray(); // [0.125, 0.125, 0.125, 0.125]
