import { type Key, ones, type Shape, type Tensor } from "@tapegrad/core";
import {
  apply,
  Gru,
  Linear,
  Lstm,
  LstmCell,
  type LstmState,
  MultiHeadAttention,
  Relu,
  RnnCell,
  Sequential,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "@tapegrad/nn";

// Checked by the compiler, never run.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function assertType<T extends true>(): T;
declare const k: Key;
declare const x: Tensor<readonly [5, 7, 3], "float32">;
declare const anyRank: Tensor<Shape, "float32">;

const lstm = new Lstm(3, 4, { key: k });
const { output, state } = lstm.forward(x);
assertType<Same<typeof output, Tensor<readonly [5, 7, 4], "float32">>>();
assertType<Same<typeof state, LstmState<Tensor<readonly [number, 5, 4], "float32">>>>();
const applied = apply(lstm, x, { key: k }).output;
assertType<Same<typeof applied.output, Tensor<readonly [5, 7, 4], "float32">>>();
lstm.forward(anyRank);
// @ts-expect-error - "forward: the layer takes 3 features, [5, 7, 4] has 4"
lstm.forward(ones([5, 7, 4]));
// @ts-expect-error - "apply: the layer takes 3 features, [5, 7, 4] has 4"
apply(lstm, ones([5, 7, 4]));
// @ts-expect-error - a key is needed
new Lstm(3, 4, {});
// @ts-expect-error - there is no such option
new Lstm(3, 4, { key: k, dropout: 0.1 });

const both = new Gru(3, 4, { key: k, bidirectional: true, dtype: "float64" }).forward(
  ones([5, 7, 3], { dtype: "float64" }),
);
assertType<Same<typeof both.output, Tensor<readonly [5, 7, number], "float64">>>();
assertType<Same<typeof both.state, Tensor<readonly [number, 5, 4], "float64">>>();

const step = new LstmCell(3, 4, { key: k }).forward(ones([5, 3]));
assertType<Same<typeof step.c, Tensor<readonly [5, 4], "float32">>>();
const plain = new RnnCell(3, 4, { key: k }).forward(ones([5, 3]));
assertType<Same<typeof plain, Tensor<readonly [5, 4], "float32">>>();

const attention = new MultiHeadAttention(4, 2, { key: k });
const attended = attention.forward(output);
assertType<Same<typeof attended, Tensor<readonly [5, 7, 4], "float32">>>();
// @ts-expect-error - "forward: the layer takes 4 features, [5, 7, 3] has 3"
attention.forward(x);

// Layers of attention stand in sequences.
const model = new Sequential(
  new Linear(3, 4, { key: k }),
  new TransformerEncoderLayer(4, 2, { key: k, activation: new Relu() }),
  new TransformerEncoder(4, 2, { key: k, layers: 2 }),
  new Linear(4, 1, { key: k }),
);
const scores = model.forward(x);
assertType<Same<typeof scores, Tensor<readonly [5, 7, 1], "float32">>>();
// @ts-expect-error - "Sequential: layer 0 gives 5 features, layer 1 takes 4"
new Sequential(new Linear(3, 5, { key: k }), new MultiHeadAttention(4, 2, { key: k }));
