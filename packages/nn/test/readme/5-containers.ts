import { key, ones, type Tensor } from "@tapegrad/core";
import { apply, type Context, Dropout, evaluation, type Layer, Linear, Module, Relu } from "@tapegrad/nn";

class Summed extends Module {
  readonly branches: readonly Layer[];
  constructor(...branches: readonly Layer[]) {
    super();
    this.branches = branches;
  }
  override forward(x: Tensor, context: Context = evaluation): Tensor {
    let sum: Tensor = x;
    for (const branch of this.branches) sum = sum.add(branch.forward(x, context));
    return sum;
  }
}

const model = new Summed(new Linear(3, 3, { key: key(0) }), new Dropout(0.5), new Summed(new Relu()));
apply(model, ones([2, 3]), { key: key(1) }).output.shape; // [2, 3]
