import { key, ones, splitKey, tensor, valueAndGrad } from "@tapegrad/core";
import {
  apply,
  BatchNorm,
  Conv2d,
  Embedding,
  GlobalAvgPool,
  Linear,
  Module,
  Relu,
  Residual,
  Sequential,
  summary,
  withUpdates,
} from "@tapegrad/nn";

const [first, second, third] = splitKey(key(0), 3);
const block = new Sequential(new Conv2d(8, 8, 3, { key: second, padding: "same" }), new BatchNorm(8), new Relu());
const model = new Sequential(
  new Conv2d(3, 8, 3, { key: first, padding: "same" }),
  new Residual(block),
  new GlobalAvgPool(),
  new Linear(8, 10, { key: third }),
);
const { output, updates } = apply(model, ones([2, 3, 6, 6]), { key: key(1) });
output.shape; // [2, 10]
Object.keys(updates); // ["layers.1.inner.layers.1.runningMean", "layers.1.inner.layers.1.runningVar"]
withUpdates(model, updates).layers[1].inner.layers[1].runningMean.shape; // [8]
summary(model, { input: [2, 3, 6, 6] }).layers[1]!.outputs; // [[2, 8, 6, 6]]

class Language extends Module {
  readonly embedding = new Embedding(50, 8, { key: key(0) });
  readonly decoder = Linear.of(this.embedding.weight); // the same tensor: tied
  override forward(x: Parameters<Embedding["forward"]>[0]) {
    return this.decoder.forward(this.embedding.forward(x));
  }
}
const { gradient } = valueAndGrad((m: Language) => m.forward(tensor([[1, 2]], { dtype: "int32" })).sum())(
  new Language(),
);
gradient.embedding.weight === gradient.decoder.weight; // true
