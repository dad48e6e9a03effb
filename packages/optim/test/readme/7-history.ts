import { foldIn, key, square, sub, sum, type Tensor, tensor } from "@tapegrad/core";
import { adam, compare, edit, fork, history, recall, remember, rewind, trainingStep, undo } from "@tapegrad/optim";

const optimizer = adam({ learningRate: 0.1 });
const step = trainingStep((m: { w: Tensor }, x: Tensor) => sum(square(sub(m.w, x))), optimizer);

const model: { w: Tensor } = { w: tensor([0, 0]) };
let at = { model, state: optimizer.init(model), key: key(0), cursor: 0 };
let past = history(at, { keep: 5 }); // tensors of every fifth step, 16 times at most
for (let i = 0; i < 10; i++) {
  const { model, state } = step(at.model, at.state, tensor([1, 2]));
  at = { model, state, key: foldIn(at.key, i), cursor: at.cursor + 32 };
  past = remember(past, at);
}
const first = String(at.model.w);

// Back to step 5, and on from there: the same bits.
at = recall(rewind(past, 5));
for (let i = 0; i < 5; i++) at = { ...at, ...step(at.model, at.state, tensor([1, 2])) };
String(at.model.w) === first; // true

// Another future from step 5, with another learning rate.
const there = recall(rewind(past, 5));
const slower = edit(there, (draft) => {
  draft.state.hyper.learningRate = 0.01;
});
const other = remember(fork(past, 5), slower, "slower");
compare(other, 5, 6).values; // [{ path: "state.hyper.learningRate", from: 0.1, to: 0.01 }]
compare(past, 5, 10).tensors!.map(({ path }) => path); // ["model.w", "state.slots.m.w", "state.slots.v.w"]
compare(past, 2, 4).values.find(({ path }) => path === "cursor"); // { path: "cursor", from: 64, to: 128 }
undo(other).step; // 5
