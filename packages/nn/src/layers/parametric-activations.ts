import {
  type AlphaOptions,
  type AnyTensor,
  ArgumentError,
  celu,
  checkOptions,
  elu,
  type FloatDType,
  full,
  gelu,
  glu,
  hardshrink,
  hardtanh,
  isTensor,
  type LeakyOptions,
  leakyRelu,
  logSoftmax,
  type OperandDType,
  prelu,
  type Shape,
  type ShrinkOptions,
  softmax,
  softshrink,
  type Tensor,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import type { ElementwiseRule, FloatOf, LayerRule, RuleOutput } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";
import { FloatActivation, SameActivation } from "./activations.ts";
import { checkFloat } from "./check-input.ts";
import { checkAxis, checkFinite, checkSizes } from "./check-options.ts";

/** Options that are numbers. @throws ArgumentError for an unknown one, or what is no finite number. */
function numbers<Options extends object>(layer: string, options: Options, ...known: readonly string[]): Options {
  checkOptions(layer, options, ...known);
  checkFinite(layer, options);
  return options;
}

export interface GeluOptions {
  /** "none" if not given. */
  readonly approximate?: "none" | "tanh";
}

/**
 * x above 0, α (eˣ − 1) below, elementwise.
 * @throws ArgumentError for an unknown option, or a number that is not finite.
 * @example
 * new Elu({ alpha: 0.5 }).forward(tensor([2, 0])).toArray(); // [2, 0]
 */
export class Elu extends FloatActivation {
  readonly options: AlphaOptions;

  constructor(options: AlphaOptions = {}) {
    super();
    this.options = numbers("Elu", options, "alpha");
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return elu(x, this.options);
  }
}

/**
 * max(0, x) + min(0, α (e^(x/α) − 1)), elementwise.
 * @throws ArgumentError for an unknown option, or a number that is not finite.
 * @example
 * new Celu({ alpha: 0.5 }).forward(tensor([2, 0])).toArray(); // [2, 0]
 */
export class Celu extends FloatActivation {
  readonly options: AlphaOptions;

  constructor(options: AlphaOptions = {}) {
    super();
    this.options = numbers("Celu", options, "alpha");
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return celu(x, this.options);
  }
}

/**
 * x above 0, a fraction of x below, elementwise.
 * @throws ArgumentError for an unknown option, or a number that is not finite.
 * @example
 * new LeakyRelu({ slope: 0.5 }).forward(tensor([2, -2])).toArray(); // [2, -1]
 */
export class LeakyRelu extends SameActivation {
  readonly options: LeakyOptions;

  constructor(options: LeakyOptions = {}) {
    super();
    this.options = numbers("LeakyRelu", options, "slope");
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return leakyRelu(x, this.options);
  }
}

/**
 * x Φ(x), where Φ is the normal distribution function, or its approximation by tanh, elementwise.
 * @throws ArgumentError for an unknown option or approximation.
 * @example
 * new Gelu({ approximate: "tanh" }).forward(tensor([0])).toArray(); // [0]
 */
export class Gelu extends FloatActivation {
  readonly options: GeluOptions;

  constructor(options: GeluOptions = {}) {
    super();
    checkOptions("Gelu", options, "approximate");
    const { approximate = "none" } = options;
    if (approximate !== "none" && approximate !== "tanh") {
      throw new ArgumentError("Gelu", `approximate is ${String(approximate)}`, 'use "none" or "tanh"');
    }
    this.options = options;
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return gelu(x, this.options);
  }
}

/**
 * x where |x| > threshold, else 0, elementwise.
 * @throws ArgumentError for an unknown option, or a number that is not finite.
 * @example
 * new Hardshrink().forward(tensor([-2, 0.25])).toArray(); // [-2, 0]
 */
export class Hardshrink extends FloatActivation {
  readonly options: ShrinkOptions;

  constructor(options: ShrinkOptions = {}) {
    super();
    this.options = numbers("Hardshrink", options, "threshold");
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return hardshrink(x, this.options);
  }
}

/**
 * x drawn towards 0 by the threshold, and 0 where |x| is below it, elementwise.
 * @throws ArgumentError for an unknown option, or a number that is not finite.
 * @example
 * new Softshrink().forward(tensor([-2, 0.25])).toArray(); // [-1.5, 0]
 */
export class Softshrink extends FloatActivation {
  readonly options: ShrinkOptions;

  constructor(options: ShrinkOptions = {}) {
    super();
    this.options = numbers("Softshrink", options, "threshold");
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return softshrink(x, this.options);
  }
}

export interface HardtanhOptions {
  /** −1 if not given. */
  readonly low?: number;
  /** 1 if not given. */
  readonly high?: number;
}

/**
 * min(max(x, low), high), elementwise; the gradient on the bounds is 0.
 * @throws ArgumentError for an unknown option, or bounds that are not finite or in the wrong order.
 * @example
 * new Hardtanh({ low: 0 }).forward(tensor([-3, 0.5, 3])).toArray(); // [0, 0.5, 1]
 */
export class Hardtanh extends SameActivation {
  readonly low: number;
  readonly high: number;

  constructor(options: HardtanhOptions = {}) {
    super();
    const { low = -1, high = 1 } = numbers("Hardtanh", options, "low", "high");
    if (low >= high) throw new ArgumentError("Hardtanh", `low is ${low}, high ${high}`, "give low < high");
    this.low = low;
    this.high = high;
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return hardtanh(x, this.low, this.high);
  }
}

/**
 * eˣ / Σ eˣ along an axis, the last if not given. For a loss on classes, leave it out: `softmaxCrossEntropy` takes logits.
 * @throws ArgumentError for an axis that is no whole number; ShapeError in `forward` where x has no such axis.
 * @example
 * new Softmax().forward(tensor([0, 0])).toArray(); // [0.5, 0.5]
 */
export class Softmax extends FloatActivation {
  readonly axis: number;

  constructor(axis = -1) {
    super();
    checkAxis("Softmax", axis);
    this.axis = axis;
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return softmax(x, this.axis);
  }
}

/**
 * x − log Σ eˣ along an axis, the last if not given: what `negativeLogLikelihood` takes.
 * @throws as `Softmax`.
 * @example
 * new LogSoftmax().forward(tensor([0, -1000])).toArray(); // [0, -1000]
 */
export class LogSoftmax extends FloatActivation {
  readonly axis: number;

  constructor(axis = -1) {
    super();
    checkAxis("LogSoftmax", axis);
    this.axis = axis;
  }

  protected override compute(x: AnyTensor): AnyTensor {
    return logSoftmax(x, this.axis);
  }
}

/** The rule of `Glu`: one axis is half as long. */
export interface GluRule extends LayerRule {
  readonly output: Tensor<Shape, FloatOf<OperandDType<this["input"]>>>;
}

/**
 * The first half of an axis times `sigmoid` of the second; the last axis if not given.
 * @throws ArgumentError for an axis that is no whole number; ShapeError in `forward` for one of odd length.
 * @example
 * new Glu().forward(tensor([[2, 4, 0, 1000]])).toArray(); // [[1, 4]]
 */
export class Glu extends Module {
  declare readonly "~rule": GluRule;
  readonly axis: number;

  constructor(axis = -1) {
    super();
    checkAxis("Glu", axis);
    this.axis = axis;
  }

  override forward<X extends AnyTensor>(x: X): RuleOutput<GluRule, X> {
    return glu(x as AnyTensor, this.axis) as AnyTensor as RuleOutput<GluRule, X>;
  }
}

export interface PreluOptions<D extends FloatDType = FloatDType> {
  /** One slope for each channel of x, [batch, channels, ...], or 1 for all, which it is if not given. */
  readonly channels?: number;
  /** Where slopes begin, 0.25 if not given. */
  readonly slope?: number;
  /** float32 if not given. */
  readonly dtype?: D;
}

/**
 * x above 0, a learned fraction of x below: see `prelu`.
 * @throws ArgumentError for channels that are no positive whole number; in `forward` ShapeError for other channels, DTypeError
 * for the other float.
 * @example
 * new Prelu().forward(tensor([2, -2])).toArray(); // [2, -0.5]
 */
export class Prelu<D extends FloatDType = "float32"> extends Module {
  declare readonly "~rule": ElementwiseRule;
  /** [channels] */
  readonly slope: Tensor<readonly [number], D>;

  constructor(options: PreluOptions<D> = {}) {
    super();
    checkOptions("Prelu", options, "channels", "slope", "dtype");
    const { channels = 1, slope = 0.25, dtype = "float32" as D } = options;
    checkSizes("Prelu", "channels", channels);
    checkFinite("Prelu", { slope });
    this.slope = full([channels] as const, slope, { dtype });
  }

  override get lastAxis(): LastAxis {
    return { takes: null, gives: "same" };
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ElementwiseRule, X> {
    checkContext(this, context);
    if (isTensor(x)) checkFloat(this, context, x, this.slope);
    return prelu(x as AnyTensor, this.slope) as AnyTensor as RuleOutput<ElementwiseRule, X>;
  }
}
