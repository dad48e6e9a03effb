import { type AnyTensor, type FloatDType, type Key, normal, tensor } from "@tapegrad/core";
import {
  type Context,
  evaluation,
  FeedForward,
  Gelu,
  Gru,
  GruCell,
  type Layer,
  LearnedPositions,
  Lstm,
  LstmCell,
  type LstmState,
  Module,
  MultiHeadAttention,
  type Recurred,
  Rnn,
  RnnCell,
  SinusoidalPositions,
  Tanh,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "../../src/index.ts";
import { floats, type ModuleCase } from "../module-case.ts";

/** A network that is given where sequences end, and a state to start from. */
class Padded extends Module {
  readonly inner: Lstm<3, 2, FloatDType, boolean>;
  readonly state: LstmState;
  constructor(key: Key, dtype: FloatDType) {
    super();
    this.inner = new Lstm(3, 2, { key, dtype, layers: 2, bidirectional: true, keep: 0.6 });
    const start = (): AnyTensor => normal(key, [4, 3, 2], { dtype });
    this.state = { h: start(), c: start() };
  }
  override forward(
    { x, lengths }: { x: AnyTensor; lengths: AnyTensor },
    context: Context = evaluation,
  ): Recurred<AnyTensor, LstmState> {
    return this.inner.forward(x, context, { lengths, state: this.state });
  }
}

const padded = (key: Key, dtype: FloatDType): object => ({
  x: floats([3, 3, 3])(key, dtype),
  lengths: tensor([3, 0, 2], { dtype: "int32" }),
});

/** Attention to another sequence, parts of which are padding: of the second example all. */
class Crossing extends Module {
  readonly inner: MultiHeadAttention<4, FloatDType>;
  constructor(key: Key, dtype: FloatDType) {
    super();
    this.inner = new MultiHeadAttention(4, 2, { key, dtype, keyHeads: 1, keyFeatures: 3, keep: 0.5 });
  }
  override forward(
    { x, keys, keyMask }: { x: AnyTensor; keys: AnyTensor; keyMask: AnyTensor },
    context: Context = evaluation,
  ): AnyTensor {
    return this.inner.forward(x, context, { keys, keyMask });
  }
}

/** A decoder, and the memory that it attends to. */
class Decoding extends Module {
  readonly inner: Layer & { forward(x: AnyTensor, context: Context, options: { memory: AnyTensor }): AnyTensor };
  constructor(inner: unknown) {
    super();
    this.inner = inner as Decoding["inner"];
  }
  override forward({ x, memory }: { x: AnyTensor; memory: AnyTensor }, context: Context = evaluation): AnyTensor {
    return this.inner.forward(x, context, { memory });
  }
}
const withMemory = (key: Key, dtype: FloatDType): object => ({
  x: floats([1, 2, 4])(key, dtype),
  memory: floats([1, 3, 4])(key, dtype),
});

// A softmax does not see the bias of keys, but where they turn: of a gradient that is 0 no difference tells that it is right. PyTorch's
// numbers do, in the tests of attention.
export const cases: readonly ModuleCase[] = [
  { name: "RnnCell", make: (key, dtype) => new RnnCell(3, 2, { key, dtype }), input: floats([2, 3]) },
  { name: "LstmCell", make: (key, dtype) => new LstmCell(3, 2, { key, dtype }), input: floats([2, 3]) },
  { name: "GruCell", make: (key, dtype) => new GruCell(3, 2, { key, dtype }), input: floats([2, 3]) },
  {
    name: "GruCell without biases, of one unit",
    make: (key, dtype) => new GruCell(3, 1, { key, dtype, bias: false }),
    input: floats([1, 3]),
  },
  { name: "Rnn", make: (key, dtype) => new Rnn(3, 2, { key, dtype }), input: floats([2, 3, 3]) },
  {
    name: "Rnn with relu",
    make: (key, dtype) => new Rnn(3, 2, { key, dtype, nonlinearity: "relu" }),
    input: floats([2, 2, 3]),
  },
  { name: "Lstm", make: (key, dtype) => new Lstm(3, 2, { key, dtype }), input: floats([2, 3, 3]) },
  {
    name: "Gru in both directions, with dropout between layers",
    make: (key, dtype) => new Gru(3, 2, { key, dtype, layers: 2, bidirectional: true, keep: 0.5 }),
    input: floats([2, 2, 3]),
  },
  { name: "Lstm of padded sequences", make: (key, dtype) => new Padded(key, dtype), input: padded },
  {
    name: "MultiHeadAttention",
    make: (key, dtype) => new MultiHeadAttention(4, 2, { key, dtype, rotary: true }),
    input: floats([2, 3, 4]),
  },
  {
    name: "MultiHeadAttention to a padded sequence, with dropout and shared heads",
    make: (key, dtype) => new Crossing(key, dtype),
    input: (key, dtype) => ({
      x: floats([2, 2, 4])(key, dtype),
      keys: floats([2, 3, 3])(key, dtype),
      keyMask: tensor([
        [true, true, false],
        [false, false, false],
      ]),
    }),
  },
  { name: "SinusoidalPositions", make: () => new SinusoidalPositions(4), input: floats([2, 3, 4]) },
  {
    name: "LearnedPositions",
    make: (key, dtype) => new LearnedPositions(5, 4, { key, dtype }),
    input: floats([2, 3, 4]),
  },
  {
    name: "FeedForward",
    make: (key, dtype) => new FeedForward(3, 4, { key, dtype, keep: 0.5, activation: new Tanh() }),
    input: floats([2, 3]),
  },
  {
    name: "TransformerEncoderLayer",
    make: (key, dtype) => new TransformerEncoderLayer(4, 2, { key, dtype, hidden: 3, keep: 0.6 }),
    input: floats([1, 2, 4]),
  },
  {
    name: "TransformerDecoderLayer",
    of: TransformerDecoderLayer,
    make: (key, dtype) =>
      new Decoding(new TransformerDecoderLayer(4, 2, { key, dtype, hidden: 3, keep: 0.6, bias: false })),
    input: withMemory,
  },
  {
    name: "TransformerEncoder",
    make: (key, dtype) =>
      new TransformerEncoder(4, 2, {
        key,
        dtype,
        hidden: 3,
        layers: 2,
        normFirst: false,
        activation: new Gelu(),
        rotary: true,
      }),
    input: floats([1, 2, 4]),
  },
  {
    name: "TransformerEncoder with checkpoints",
    make: (key, dtype) =>
      new TransformerEncoder(4, 2, { key, dtype, hidden: 2, layers: 2, checkpoint: true, keep: 0.6, keyHeads: 1 }),
    input: floats([1, 2, 4]),
  },
  {
    name: "TransformerDecoder",
    of: TransformerDecoder,
    make: (key, dtype) => new Decoding(new TransformerDecoder(4, 2, { key, dtype, hidden: 3, layers: 1, bias: false })),
    input: withMemory,
  },
];
