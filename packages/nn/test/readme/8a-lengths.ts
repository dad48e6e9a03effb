import { type Key, key, normal, splitKey, type Tensor, tensor } from "@tapegrad/core";
import { apply, type Context, evaluation, Gru, Linear, Module } from "@tapegrad/nn";

interface Padded {
  readonly x: Tensor; // [batch, time, 3]
  readonly lengths: Tensor;
}

class Tagger extends Module {
  readonly gru: Gru<3, 4, "float32", true>; // true: both directions
  readonly head: Linear<number, 2>;
  constructor(k: Key) {
    super();
    const [a, b] = splitKey(k);
    this.gru = new Gru(3, 4, { key: a, bidirectional: true });
    this.head = new Linear(8, 2, { key: b });
  }
  override forward({ x, lengths }: Padded, context: Context = evaluation) {
    return this.head.forward(this.gru.forward(x, context, { lengths }).output, context);
  }
}

const padded = { x: normal(key(0), [2, 5, 3]), lengths: tensor([5, 2], { dtype: "int32" }) };
apply(new Tagger(key(1)), padded, { key: key(2) }).output.shape; // [2, 5, 2]
