import { mul, square, sub, sum, type Tensor, tensor } from "@tapegrad/core";
import { adam, trainingStep } from "@tapegrad/optim";

const optimizer = adam({ learningRate: 0.1 });
const step = trainingStep((m: { w: Tensor }, x: Tensor) => sum(square(sub(mul(m.w, x), 1))), optimizer);

let model: { w: Tensor } = { w: tensor([0, 0]) };
let state = optimizer.init(model);
for (let i = 0; i < 10; i++) ({ model, state } = step(model, state, tensor([1, 2])));
state.step; // 10
