import { type Key, key, ones, splitKey, type Tensor } from "@tapegrad/core";
import { apply, type Context, Dropout, evaluation, Linear, Module, summary } from "@tapegrad/nn";

class Residual extends Module {
  readonly inner: Linear;
  readonly outer: Linear;
  readonly dropout = new Dropout(0.9);
  constructor(size: number, k: Key) {
    super();
    const [a, b] = splitKey(k) as [Key, Key];
    this.inner = new Linear(size, 4 * size, { key: a });
    this.outer = new Linear(4 * size, size, { key: b });
  }
  override forward(x: Tensor, context: Context = evaluation): Tensor {
    const hidden = this.inner.forward(x, context).relu();
    return this.dropout.forward(this.outer.forward(hidden, context), context).add(x);
  }
}

const model = new Residual(8, key(0));
apply(model, ones([2, 8]), { key: key(1) }).output.shape; // [2, 8]
summary(model).rows.map(({ path }) => path); // ["inner.weight", "inner.bias", "outer.weight", "outer.bias"]
