import {
  type AnyTensor,
  relu,
  type Shape,
  sigmoid,
  softmax,
  softplus,
  type Tensor,
  tanh,
} from "@tapegrad/core/functions";
import type { ElementwiseRule, IdentityRule } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";

const same: LastAxis = Object.freeze({ takes: null, gives: "same" });
type Floats<X extends AnyTensor> = (ElementwiseRule & { readonly input: X })["output"];

/** A layer that computes each element from one: the shape stays. */
abstract class Activation extends Module {
  override get lastAxis(): LastAxis {
    return same;
  }
}

/**
 * max(x, 0), elementwise.
 * @example
 * new Relu().forward(tensor([-1, 2])).toArray(); // [0, 2]
 */
export class Relu extends Activation {
  declare readonly "~rule": IdentityRule;

  override forward<X extends AnyTensor>(x: X): X {
    return relu(x) as AnyTensor as X;
  }
}

/**
 * Hyperbolic tangent, elementwise.
 * @example
 * new Tanh().forward(tensor([0])).toArray(); // [0]
 */
export class Tanh extends Activation {
  declare readonly "~rule": ElementwiseRule;

  override forward<X extends AnyTensor>(x: X): Floats<X> {
    return tanh(x) as AnyTensor as Floats<X>;
  }
}

/**
 * 1 / (1 + e⁻ˣ), elementwise. For a loss on probabilities, leave it out and take a loss from logits.
 * @example
 * new Sigmoid().forward(tensor([0])).toArray(); // [0.5]
 */
export class Sigmoid extends Activation {
  declare readonly "~rule": ElementwiseRule;

  override forward<X extends AnyTensor>(x: X): Floats<X> {
    return sigmoid(x) as AnyTensor as Floats<X>;
  }
}

/**
 * log(1 + eˣ), elementwise.
 * @example
 * new Softplus().forward(tensor([1000])).toArray(); // [1000]
 */
export class Softplus extends Activation {
  declare readonly "~rule": ElementwiseRule;

  override forward<X extends AnyTensor>(x: X): Floats<X> {
    return softplus(x) as AnyTensor as Floats<X>;
  }
}

/**
 * eˣ / Σ eˣ along an axis, the last if not given. For a loss on classes, leave it out: `softmaxCrossEntropy` takes logits.
 * @example
 * new Softmax().forward(tensor([0, 0])).toArray(); // [0.5, 0.5]
 */
export class Softmax extends Activation {
  declare readonly "~rule": ElementwiseRule;
  readonly axis: number;

  constructor(axis = -1) {
    super();
    this.axis = axis;
  }

  override forward<X extends AnyTensor>(x: X): Floats<X> {
    return softmax(x as Tensor<Shape>, this.axis) as AnyTensor as Floats<X>;
  }
}
