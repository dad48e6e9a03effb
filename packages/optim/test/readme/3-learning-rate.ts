import { tensor } from "@tapegrad/core";
import { sgd } from "@tapegrad/optim";
import { produce } from "immer";

const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
const state = optimizer.init({ w: tensor([1, 2]) });

const slower = produce(state, (draft) => {
  draft.hyper.learningRate = 0.01;
  draft.hyper.momentum = 0.5;
});
optimizer.learningRate(slower); // 0.01
optimizer.learningRate(state); // 0.1
slower.slots === state.slots; // true
