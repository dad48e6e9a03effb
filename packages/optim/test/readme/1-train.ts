import { key, normal, valueAndGrad } from "@tapegrad/core";
import { binaryCrossEntropyWithLogits, Linear, Relu, Sequential } from "@tapegrad/nn";
import { adam, cosine } from "@tapegrad/optim";

const x = normal(key(0), [200, 2]);
const [a, b] = [x.slice([null, [0, 1]]), x.slice([null, [1, 2]])];
const y = a.mul(b).greater(0); // exclusive or

const step = valueAndGrad((m: typeof model) => binaryCrossEntropyWithLogits(m.forward(x), y));
const optimizer = adam({ learningRate: cosine(0.1, { total: 100, warmup: 10 }) });

let model = new Sequential(new Linear(2, 16, { key: key(1) }), new Relu(), new Linear(16, 1, { key: key(2) }));
let state = optimizer.init(model);
for (let i = 0; i < 100; i++) {
  const { gradient } = step(model);
  ({ model, state } = optimizer.update(model, gradient, state));
}
state.step; // 100
step(model).value.item() < 0.1; // true
