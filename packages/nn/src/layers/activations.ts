import {
  type AnyTensor,
  hardsigmoid,
  hardswish,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  tanh,
  tanhshrink,
} from "@tapegrad/core/functions";
import type { ElementwiseRule, IdentityRule, RuleOutput } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";

// The formulas and their sources stand beside core's functions of the same names.

/** A layer that keeps the shape. */
export abstract class Activation extends Module {
  override get lastAxis(): LastAxis {
    return { takes: null, gives: "same" };
  }

  protected abstract compute(x: AnyTensor): AnyTensor;
}

/** An activation that keeps the dtype, too. */
export abstract class SameActivation extends Activation {
  declare readonly "~rule": IdentityRule;

  override forward<X extends AnyTensor>(x: X): X {
    return this.compute(x) as X;
  }
}

/** An activation that of integers makes floats. */
export abstract class FloatActivation extends Activation {
  declare readonly "~rule": ElementwiseRule;

  override forward<X extends AnyTensor>(x: X): RuleOutput<ElementwiseRule, X> {
    return this.compute(x) as RuleOutput<ElementwiseRule, X>;
  }
}

/**
 * max(x, 0), elementwise.
 * @example
 * new Relu().forward(tensor([-1, 2])).toArray(); // [0, 2]
 */
export class Relu extends SameActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return relu(x);
  }
}

/**
 * min(max(x, 0), 6), elementwise.
 * @example
 * new Relu6().forward(tensor([-1, 3, 9])).toArray(); // [0, 3, 6]
 */
export class Relu6 extends SameActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return relu6(x);
  }
}

/**
 * Hyperbolic tangent, elementwise.
 * @example
 * new Tanh().forward(tensor([0])).toArray(); // [0]
 */
export class Tanh extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return tanh(x);
  }
}

/**
 * 1 / (1 + e⁻ˣ), elementwise. For a loss on probabilities, leave it out and take a loss from logits.
 * @example
 * new Sigmoid().forward(tensor([0])).toArray(); // [0.5]
 */
export class Sigmoid extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return sigmoid(x);
  }
}

/**
 * log σ(x), elementwise, exact where σ(x) itself would be 0.
 * @example
 * new LogSigmoid().forward(tensor([-1000])).toArray(); // [-1000]
 */
export class LogSigmoid extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return logSigmoid(x);
  }
}

/**
 * log(1 + eˣ), elementwise.
 * @example
 * new Softplus().forward(tensor([1000])).toArray(); // [1000]
 */
export class Softplus extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return softplus(x);
  }
}

/**
 * x / (1 + |x|), elementwise.
 * @example
 * new Softsign().forward(tensor([1, -3])).toArray(); // [0.5, -0.75]
 */
export class Softsign extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return softsign(x);
  }
}

/**
 * x σ(x), elementwise, also called swish.
 * @example
 * new Silu().forward(tensor([0])).toArray(); // [0]
 */
export class Silu extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return silu(x);
  }
}

/**
 * x tanh(softplus(x)), elementwise.
 * @example
 * new Mish().forward(tensor([0])).toArray(); // [0]
 */
export class Mish extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return mish(x);
  }
}

/**
 * Scaled `Elu` that keeps mean 0 and variance 1, elementwise.
 * @example
 * new Selu().forward(tensor([0])).toArray(); // [0]
 */
export class Selu extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return selu(x);
  }
}

/**
 * x/6 + 1/2 between −3 and 3, 0 below and 1 above, elementwise.
 * @example
 * new Hardsigmoid().forward(tensor([-4, 0, 4])).toArray(); // [0, 0.5, 1]
 */
export class Hardsigmoid extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return hardsigmoid(x);
  }
}

/**
 * x · hardsigmoid(x), elementwise.
 * @example
 * new Hardswish().forward(tensor([0, 4])).toArray(); // [0, 4]
 */
export class Hardswish extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return hardswish(x);
  }
}

/**
 * x − tanh x, elementwise.
 * @example
 * new Tanhshrink().forward(tensor([0])).toArray(); // [0]
 */
export class Tanhshrink extends FloatActivation {
  protected override compute(x: AnyTensor): AnyTensor {
    return tanhshrink(x);
  }
}
