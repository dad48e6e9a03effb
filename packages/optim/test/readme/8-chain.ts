import { key, mul, square, sub, sum, type Tensor, tensor } from "@tapegrad/core";
import {
  accumulate,
  adam,
  addNoise,
  averaged,
  chain,
  clipByGlobalNorm,
  edit,
  ema,
  trainingStep,
  warmup,
} from "@tapegrad/optim";

const optimizer = chain(
  accumulate(2), // two batches for one update
  clipByGlobalNorm(1),
  addNoise({ key: key(0), variance: 1e-4 }),
  ema(0.9),
  adam({ learningRate: warmup(() => 0.1, 5) }),
);
const step = trainingStep((m: { w: Tensor }, x: Tensor) => sum(square(sub(mul(m.w, x), 1))), optimizer);

let model: { w: Tensor } = { w: tensor([0, 0]) };
let state = optimizer.init(model);
state.chain[1]; // { name: "clipByGlobalNorm", maxNorm: 1, p: 2 }
state = edit(state, (draft) => {
  draft.chain[1]!.maxNorm = 5;
});
for (let i = 0; i < 21; i++) ({ model, state } = step(model, state, tensor([1, 2])));
[state.step, state.pending]; // [10, 1]
step.traces.length; // 2
averaged(model, state).w.shape; // [2]
