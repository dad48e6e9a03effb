import { foldIn, type Key, key, normal, permutation, splitKey, type Tensor, take, valueAndGrad } from "@tapegrad/core";
import { apply, Dropout, Linear, meanSquaredError, Relu, Sequential } from "@tapegrad/nn";
import { adam } from "@tapegrad/optim";

const [dataKey, firstKey, secondKey, orderKey, dropoutKey] = splitKey(key(0), 5);
const x = normal(dataKey, [50, 2]);
const y = x.slice([null, [0, 1]]).mul(2); // column 0, as [50, 1]

/** Rows of x and y in a random order, `size` at a time; the last batch may be smaller. */
function* batches(size: number, by: Key): Generator<{ x: Tensor; y: Tensor }> {
  const order = permutation(by, x.shape[0]);
  for (let start = 0; start < order.size; start += size) {
    const rows = order.slice([[start, start + size]]);
    yield { x: take(x, rows), y: take(y, rows) };
  }
}

const first = new Linear(2, 16, { key: firstKey });
let model = new Sequential(first, new Relu(), new Dropout(0.9), new Linear(16, 1, { key: secondKey }));
const optimizer = adam({ learningRate: 0.01 });
let state = optimizer.init(model);
const cost = valueAndGrad((m: typeof model, batch: { x: Tensor; y: Tensor }, dropout: Key) =>
  meanSquaredError(apply(m, batch.x, { key: dropout }).output, batch.y),
);

for (let epoch = 0; epoch < 20; epoch++) {
  for (const batch of batches(16, foldIn(orderKey, epoch))) {
    const { gradient } = cost(model, batch, foldIn(dropoutKey, state.step));
    ({ model, state } = optimizer.update(model, gradient, state));
  }
}
state.step; // 80
meanSquaredError(model.forward(x), y).item() < 0.5; // true

x.slice([[0, 2]]).shape; // [2, 2]
x.slice([0, 1]).shape; // []
