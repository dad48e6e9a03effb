import { type AnyTensor, type FloatDType, type Key, normal, tensor } from "@tapegrad/core";
import {
  type Context,
  evaluation,
  Gru,
  GruCell,
  Lstm,
  LstmCell,
  type LstmState,
  Module,
  type Recurred,
  Rnn,
  RnnCell,
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
];
