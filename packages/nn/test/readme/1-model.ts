import { key, ones } from "@tapegrad/core";
import { apply, Dropout, Linear, Relu, Sequential, summary } from "@tapegrad/nn";

const model = new Sequential(
  new Linear(2, 20, { key: key(0) }), // He's initialization, for the relu that follows
  new Relu(),
  new Dropout(0.8), // keep probability
  new Linear(20, 1, { key: key(1) }),
);
const x = ones([5, 2]);

model.forward(x).shape; // [5, 1]
apply(model, x, { key: key(2) }).output.shape; // [5, 1]
summary(model).parameters; // 81
