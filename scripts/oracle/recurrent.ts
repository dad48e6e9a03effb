import { type AnyTensor, permute } from "@tapegrad/core";
import {
  type CellWeights,
  evaluation,
  Gru,
  GruCell,
  Lstm,
  LstmCell,
  type LstmState,
  type Recurred,
  RnnCell,
} from "@tapegrad/nn";
import type { Runner } from "./runner.ts";

/** Splits the inputs of a case into those before the weights, and the weights of each cell; a bias is a vector. */
function parted(inputs: readonly AnyTensor[]): { given: readonly AnyTensor[]; cells: CellWeights[] } {
  const hasBias = inputs.at(-1)!.rank === 1;
  const perCell = hasBias ? 4 : 2;
  const first = inputs.findIndex(({ rank }, i) => i > 0 && rank === 2);
  // x and the states of a cell are matrices, too: there, the last inputs are its weights.
  const start = inputs[0]!.rank === 3 ? first : inputs.length - perCell;
  const weights = inputs.slice(start);
  const cells = Array.from({ length: weights.length / perCell }, (_, i): CellWeights => {
    const [weightIh, weightHh, biasIh = null, biasHh = null] = weights.slice(i * perCell, (i + 1) * perCell);
    return { weightIh: weightIh!, weightHh: weightHh!, biasIh, biasHh };
  });
  return { given: inputs.slice(0, start), cells };
}

const cell =
  (of: (weights: CellWeights, nonlinearity?: "tanh" | "relu") => GruCell | LstmCell | RnnCell): Runner =>
  (inputs, { nonlinearity }) => {
    const { given, cells } = parted(inputs);
    const [x, h, c] = given;
    const forward = of(cells[0]!, nonlinearity) as LstmCell;
    const state = c === undefined ? h : { h, c };
    return Object.values(wrapped(forward.forward(x as never, evaluation, state as never)));
  };

/** A state as an object of its tensors. */
const wrapped = (state: AnyTensor | { readonly h: AnyTensor; readonly c: AnyTensor }): Record<string, AnyTensor> =>
  "h" in state ? { h: state.h, c: state.c } : { h: state };

const layers =
  (of: (weights: CellWeights) => GruCell | LstmCell, stack: typeof Lstm.of | typeof Gru.of): Runner =>
  (inputs, { bidirectional = false, batch_first = false, layout = batch_first ? "[batch" : "[time" }) => {
    const { given, cells } = parted(inputs);
    const [x, h, c] = given as readonly [AnyTensor, AnyTensor?, AnyTensor?];
    const made = cells.map((weights) => of(weights) as LstmCell);
    const per = bidirectional ? 2 : 1;
    const model = (stack as typeof Lstm.of)(
      Array.from({ length: made.length / per }, (_, i) => {
        const [forward, backward = null] = made.slice(i * per, (i + 1) * per);
        return { forward: forward as never, backward: backward as never };
      }),
    );
    const isBatchFirst = layout.startsWith("[batch");
    const turned = (z: AnyTensor): AnyTensor => (isBatchFirst ? z : (permute(z, [1, 0, 2]) as AnyTensor));
    const state = h === undefined ? {} : { state: (c === undefined ? h : { h, c }) as never };
    const { output, state: end } = model.forward(turned(x), evaluation, state) as Recurred<AnyTensor, LstmState>;
    return [turned(output), ...Object.values(wrapped(end))];
  };

/** Recurrent layers and cells of the schema. */
export const recurrent: Readonly<Record<string, Runner>> = {
  "recurrent/rnn_tanh_cell": cell(RnnCell.of as never),
  "recurrent/lstm_cell": cell(LstmCell.of as never),
  "recurrent/gru_cell": cell(GruCell.of as never),
  "recurrent/lstm": layers(LstmCell.of as never, Lstm.of),
  "recurrent/gru": layers(GruCell.of as never, Gru.of),
};
