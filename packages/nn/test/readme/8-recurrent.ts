import { key, normal, tensor } from "@tapegrad/core";
import { evaluation, Gru, Lstm, LstmCell } from "@tapegrad/nn";

const x = normal(key(0), [2, 5, 3]); // [batch, time, features]
const lstm = new Lstm(3, 4, { key: key(1), layers: 2, bidirectional: true, keep: 0.9 });

// The second sequence ends after two steps: what follows is padding.
const lengths = tensor([5, 2], { dtype: "int32" });
const { output, state } = lstm.forward(x, evaluation, { lengths });
output.shape; // [2, 5, 8]
output.slice([1, 2]).toArray(); // [0, 0, 0, 0, 0, 0, 0, 0]
state.h.shape; // [4, 2, 4]

// The state goes on where a sequence was left.
const gru = new Gru(3, 4, { key: key(2) });
const first = gru.forward(x.slice([null, [0, 3]]));
const second = gru.forward(x.slice([null, [3, 5]]), evaluation, { state: first.state });
second.state.sub(gru.forward(x).state).abs().max().item() < 1e-6; // true

// A cell is one step.
const cell = new LstmCell(3, 4, { key: key(3) });
let at = cell.forward(x.slice([null, 0]));
at = cell.forward(x.slice([null, 1]), evaluation, at);
at.c.shape; // [2, 4]
