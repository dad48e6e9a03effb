import { type AnyTensor, add, gelu, layerNorm, permute, reshape, scaledDotProductAttention } from "@tapegrad/core";
import { Linear, Module, meanSquaredError } from "@tapegrad/nn";
import { sgd } from "@tapegrad/optim";
import type { Data } from "../../race/data.ts";
import { type Floats, floats } from "./tensors.ts";
import type { Training } from "./training.ts";

class LayerNorm extends Module {
  readonly weight: Floats;
  readonly bias: Floats;
  readonly eps: number;

  constructor(weight: Floats, bias: Floats, eps: number) {
    super();
    this.weight = weight;
    this.bias = bias;
    this.eps = eps;
  }

  override forward(x: AnyTensor): AnyTensor {
    return layerNorm(x, this.weight.shape, { weight: this.weight, bias: this.bias, eps: this.eps });
  }
}

class Block extends Module {
  readonly norm1: LayerNorm;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly norm2: LayerNorm;
  readonly expand: Linear;
  readonly contract: Linear;
  readonly heads: number;

  constructor(data: Data) {
    super();
    const layer = (suffix: string): Linear => Linear.of(floats(data, `w${suffix}`), floats(data, `b${suffix}`));
    const norm = (suffix: string): LayerNorm =>
      new LayerNorm(floats(data, `scale${suffix}`), floats(data, `shift${suffix}`), data.setting("epsilon"));
    this.norm1 = norm("1");
    this.query = layer("q");
    this.key = layer("k");
    this.value = layer("v");
    this.output = layer("o");
    this.norm2 = norm("2");
    this.expand = layer("1");
    this.contract = layer("2");
    this.heads = data.setting("heads");
  }

  override forward(x: AnyTensor): AnyTensor {
    const attended = add(x, this.attend(this.norm1.forward(x)));
    const hidden = gelu(this.expand.forward(this.norm2.forward(attended)), { approximate: "tanh" });
    return add(attended, this.contract.forward(hidden));
  }

  private attend(x: AnyTensor): AnyTensor {
    const [batch, length, width] = x.shape as readonly [number, number, number];
    /** [batch, length, width] to [batch, heads, length, width / heads]. */
    const apart = (y: AnyTensor): AnyTensor =>
      permute(reshape(y, [batch, length, this.heads, width / this.heads]), [0, 2, 1, 3]);
    const [q, k, v] = [this.query, this.key, this.value].map((layer) => apart(layer.forward(x)));
    const mixed = permute(scaledDotProductAttention(q!, k!, v!), [0, 2, 1, 3]);
    return this.output.forward(reshape(mixed, [batch, length, width]));
  }
}

export function transformer(data: Data): Training<Block, [x: AnyTensor, y: AnyTensor]> {
  return {
    model: new Block(data),
    cost: (model, x, y) => meanSquaredError(model.forward(x), y),
    inputs: [floats(data, "x"), floats(data, "y")],
    optimizer: sgd({ learningRate: data.setting("rate") }),
  };
}
