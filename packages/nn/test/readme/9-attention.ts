import { compile, key, normal, ones, type Tensor, tensor } from "@tapegrad/core";
import { evaluation, MultiHeadAttention, type StackCache, TransformerDecoder, TransformerEncoder } from "@tapegrad/nn";

const x = normal(key(0), [2, 5, 8]); // [batch, length, features]
const attention = new MultiHeadAttention(8, 4, { key: key(1), keyHeads: 2, rotary: true });
attention.forward(x, evaluation, { causal: true }).shape; // [2, 5, 8]

// Masks say what may be seen. A query that may see nothing gets zeros, with a gradient of 0.
const keyMask = tensor([
  [true, true, true, true, true],
  [true, true, false, false, false],
]);
const { weights } = attention.attend(x, evaluation, { keyMask });
weights.shape; // [2, 4, 5, 5]
weights.slice([1, 0, 0, [2, 5]]).toArray(); // [0, 0, 0]

const encoder = new TransformerEncoder(8, 2, { key: key(2), layers: 2, keep: 0.9 });
const decoder = new TransformerDecoder(8, 2, { key: key(3), layers: 2, checkpoint: true });
const memory = encoder.forward(x, evaluation, { keyMask });
decoder.forward(ones([2, 3, 8]), evaluation, { memory, memoryKeyMask: keyMask }).shape; // [2, 3, 8]

// Step by step: the cache has room for all steps, so that one compiled program serves for each.
const step = compile((model: typeof encoder, at: Tensor<readonly [2, 1, 8]>, cache: StackCache) =>
  model.step(at, evaluation, { cache }),
);
let cache = encoder.emptyCache(2, 5);
let last = x.slice([null, [0, 1]]);
for (let i = 0; i < 5; i++) {
  const made = step(encoder, x.slice([null, [i, i + 1]]) as Tensor<readonly [2, 1, 8]>, cache);
  [last, cache] = [made.output, made.cache!];
}
const all = encoder.forward(x, evaluation, { causal: true });
last
  .sub(all.slice([null, [4, 5]]))
  .abs()
  .max()
  .item() < 1e-5; // true
