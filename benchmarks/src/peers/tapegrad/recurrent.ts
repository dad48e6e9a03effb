import { type AnyTensor, permute, reshape } from "@tapegrad/core";
import {
  type Context,
  evaluation,
  Gru,
  GruCell,
  Linear,
  Lstm,
  LstmCell,
  Module,
  softmaxCrossEntropy,
} from "@tapegrad/nn";
import { sgd } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import { floats, labels } from "./tensors.ts";
import type { Training } from "./training.ts";

/** Classes from the state after the last step. */
class Classifier extends Module {
  readonly sequence: Lstm<number, number, "float32"> | Gru<number, number, "float32">;
  readonly output: Linear;

  constructor(sequence: Classifier["sequence"], output: Linear) {
    super();
    this.sequence = sequence;
    this.output = output;
  }

  override forward(x: AnyTensor, context: Context = evaluation): AnyTensor {
    const { state } = this.sequence.forward(x, context) as { state: AnyTensor | { readonly h: AnyTensor } };
    const h = "h" in state ? state.h : state;
    // Of the only layer.
    const [, batch, hidden] = h.shape as [number, number, number];
    return this.output.forward(reshape(h, [batch, hidden]) as AnyTensor, context);
  }
}

function recurrent(data: Data, kind: typeof Lstm | typeof Gru): Training<Classifier, [x: AnyTensor, y: AnyTensor]> {
  const optional = (name: string): AnyTensor | null => (data.parameters.includes(name) ? floats(data, name) : null);
  const weights = {
    weightIh: floats(data, "wx"),
    weightHh: floats(data, "wh"),
    biasIh: floats(data, "bx"),
    biasHh: optional("bh"),
  };
  const layer =
    kind === Lstm
      ? Lstm.of([{ forward: LstmCell.of(weights), backward: null }])
      : Gru.of([{ forward: GruCell.of(weights), backward: null }]);
  return {
    model: new Classifier(layer as Classifier["sequence"], Linear.of(floats(data, "wo"), floats(data, "bo"))),
    cost: (model, x, y) => softmaxCrossEntropy(model.forward(x), y),
    // Batch first, which is how layers take sequences; the data have steps first.
    inputs: [permute(floats(data, "x"), [1, 0, 2]) as AnyTensor, labels(data, "y")],
    optimizer: sgd({ learningRate: data.setting("rate") }),
  };
}

export const lstm = (data: Data): ReturnType<typeof recurrent> => recurrent(data, Lstm);
export const gru = (data: Data): ReturnType<typeof recurrent> => recurrent(data, Gru);
