import { tensor } from "@tapegrad/core";
import { cosine, edit, type Schedule, sgd, stepDecay } from "@tapegrad/optim";

stepDecay(0.1, 30, 0.5)(60); // 0.025
const warm: Schedule = cosine(0.1, { total: 100, warmup: 10, floor: 0.001 });
[warm(0), warm(10), warm(100)]; // [0.01, 0.1, 0.001]

// Your own is a function of the step; this one halves the rate of another after step 50.
const mine: Schedule = (step) => (step < 50 ? 1 : 0.5) * warm(step);
const optimizer = sgd({ learningRate: mine });
const state = optimizer.init({ w: tensor([1, 2]) });
state.hyper.learningRate; // "scheduled"
optimizer.learningRate(state); // 0.01

const fixed = edit(state, (draft) => {
  draft.hyper.learningRate = 0.5;
});
optimizer.learningRate(fixed); // 0.5
