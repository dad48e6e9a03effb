import { tensor } from "@tapegrad/core";
import { constrain, f1, Linear, maxNorm, rocAuc, streaming } from "@tapegrad/nn";

constrain(Linear.of(tensor([[6, 8]])), { weight: maxNorm(5) }).weight.toArray(); // [[3, 4]]

rocAuc(tensor([0.9, 0.4, 0.4]), tensor([1, 0, 1])); // 0.75
f1(tensor([2, 3, -1]), tensor([1, 0, 1])); // 0.5

const metric = streaming.rocAuc();
let state = metric.init();
state = metric.update(state, tensor([0.9, 0.4]), tensor([1, 0]));
state = metric.update(state, tensor([0.4]), tensor([1]));
metric.result(state); // 0.75
