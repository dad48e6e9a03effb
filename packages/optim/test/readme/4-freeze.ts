import { key, ones, valueAndGrad } from "@tapegrad/core";
import { Linear, Relu, Sequential } from "@tapegrad/nn";
import { adam, freeze, unfreeze } from "@tapegrad/optim";

const model = new Sequential(new Linear(2, 8, { key: key(0) }), new Relu(), new Linear(8, 1, { key: key(1) }));
const optimizer = adam({ learningRate: 0.01 });
const { gradient } = valueAndGrad((m: typeof model) => m.forward(ones([4, 2])).sum())(model);

const frozen = freeze(optimizer.init(model), "layers.0", "layers.*.bias");
const next = optimizer.update(model, gradient, frozen);
next.model.layers[0] === model.layers[0]; // true
next.model.layers[2].bias === model.layers[2].bias; // true
next.model.layers[2].weight === model.layers[2].weight; // false
unfreeze(next.state, "layers.0").frozen; // ["layers.*.bias"]
