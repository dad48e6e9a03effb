import type { DType } from "../dtype.ts";
import type { Arithmetic, FloatOf } from "../dtype-types.ts";
import { ArgumentError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { geluExact, sigmoid, softplus, tanh } from "../ops/activation.ts";
import { abs, add, div, mul, neg, sign, sub } from "../ops/arithmetic.ts";
import { greater, greaterEqual, lessEqual } from "../ops/comparison.ts";
import { expm1, log, log1p } from "../ops/exponential.ts";
import { where } from "../ops/where.ts";
import type { Shape } from "../shape.ts";
import type { FloatUnary, SameUnary } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { floats } from "./reducing.ts";

const anywhere = [{ args: [draw([2, 3], { low: -3, high: 3 })] }, { args: [draw([])] }, { args: [draw([0, 2])] }];
/** As `anywhere`, away from the kinks at `points`. */
const awayFrom = (...points: number[]) => [
  { args: [draw([2, 3], { low: -4, high: 4, avoid: points })] },
  { args: [draw([0, 2])] },
];

/**
 * x σ(x), also called swish (Ramachandran et al., "Searching for activation functions", 2017).
 * @example
 * silu(tensor([0])).toArray(); // [0]
 */
export const silu: FloatUnary = defineComposite<FloatUnary>({ name: "silu", samples: anywhere }, (x: AnyTensor) =>
  mul(x, sigmoid(x)),
);

/** Signature of `gelu`. */
export type Gelu = <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  options?: { readonly approximate?: "none" | "tanh" },
) => Tensor<S, FloatOf<D>>;

/**
 * x Φ(x), where Φ is the normal distribution function, or its approximation by tanh (Hendrycks and Gimpel, "Gaussian error
 * linear units", 2016).
 * @throws ArgumentError for an unknown approximation.
 * @example
 * gelu(tensor([0])).toArray(); // [0]
 */
export const gelu: Gelu = defineComposite<Gelu>(
  {
    name: "gelu",
    samples: [...anywhere, { args: [draw([2, 3]), { approximate: "tanh" }] }],
    errors: [
      { args: [draw([2]), { approximate: "sigmoid" }], error: ArgumentError, message: /gelu: "sigmoid" is no approx/ },
    ],
  },
  (x: AnyTensor, { approximate = "none" }: { readonly approximate?: string } = {}) => {
    checkTensor("gelu", x, 0);
    if (approximate === "none") return geluExact(x);
    if (approximate !== "tanh") {
      throw new ArgumentError("gelu", `"${approximate}" is no approximation`, 'use "none" or "tanh"');
    }
    const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    return mul(mul(x, 0.5), add(1, tanh(inner)));
  },
);

/** Signature of activations with one number of their own. */
export type Parametric<Options> = <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  options?: Options,
) => Tensor<S, FloatOf<D>>;

export interface AlphaOptions {
  /** How deep the function goes below 0; 1 if not given. */
  readonly alpha?: number;
}

/**
 * x above 0, α (eˣ − 1) below (Clevert et al., "Fast and accurate deep network learning by exponential linear units", 2015).
 * @example
 * elu(tensor([2, 0])).toArray(); // [2, 0]
 */
export const elu: Parametric<AlphaOptions> = defineComposite<Parametric<AlphaOptions>>(
  { name: "elu", samples: [...awayFrom(0), { args: [draw([3], { avoid: [0] }), { alpha: 0.5 }] }] },
  (x: AnyTensor, { alpha = 1 }: AlphaOptions = {}) => where(greater(x, 0), x, mul(expm1(x), alpha)),
);

/**
 * max(0, x) + min(0, α (e^(x/α) − 1)), whose slope is continuous for every α (Barron, "Continuously differentiable exponential
 * linear units", 2017).
 * @example
 * celu(tensor([2, 0])).toArray(); // [2, 0]
 */
export const celu: Parametric<AlphaOptions> = defineComposite<Parametric<AlphaOptions>>(
  { name: "celu", samples: [...awayFrom(0), { args: [draw([3], { avoid: [0] }), { alpha: 0.5 }] }] },
  (x: AnyTensor, { alpha = 1 }: AlphaOptions = {}) => where(greater(x, 0), x, mul(expm1(div(x, alpha)), alpha)),
);

/** Klambauer et al., "Self-normalizing neural networks", 2017, equation 14. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/**
 * Scaled `elu` that keeps mean 0 and variance 1 (Klambauer et al., "Self-normalizing neural networks", 2017).
 * @example
 * selu(tensor([0])).toArray(); // [0]
 */
export const selu: FloatUnary = defineComposite<FloatUnary>({ name: "selu", samples: awayFrom(0) }, (x: AnyTensor) =>
  mul(elu(x, { alpha: SELU_ALPHA }), SELU_SCALE),
);

export interface LeakyOptions {
  /** Slope below 0, 0.01 if not given. */
  readonly slope?: number;
}

/** Signature of `leakyRelu`. */
export type LeakyRelu = <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  options?: LeakyOptions,
) => Tensor<S, Arithmetic<D>>;

/**
 * x above 0, a fraction of x below and at 0 (Maas et al., "Rectifier nonlinearities improve neural network acoustic models",
 * 2013).
 * @example
 * leakyRelu(tensor([2, -2]), { slope: 0.5 }).toArray(); // [2, -1]
 */
export const leakyRelu: LeakyRelu = defineComposite<LeakyRelu>(
  { name: "leakyRelu", samples: [...awayFrom(0), { args: [draw([3], { avoid: [0] }), { slope: 0.2 }] }] },
  (x: AnyTensor, { slope = 0.01 }: LeakyOptions = {}) => where(greater(x, 0), x, mul(x, slope)),
);

/**
 * min(max(x, 0), 6).
 * @example
 * relu6(tensor([-1, 3, 9])).toArray(); // [0, 3, 6]
 */
export const relu6: SameUnary = defineComposite<SameUnary>({ name: "relu6", samples: awayFrom(0, 6) }, (x: AnyTensor) =>
  inside(x, 0, 6),
);

/** x between the bounds, with a gradient of 0 on them, as PyTorch's hard functions have it. */
function inside(x: AnyTensor, low: number, high: number): AnyTensor {
  return where(lessEqual(x, low), low, where(greaterEqual(x, high), high, x));
}

/**
 * min(max(x, low), high), −1 to 1 if not given. Unlike `clamp`, the gradient on the bounds is 0.
 * @example
 * hardtanh(tensor([-3, 0.5, 3])).toArray(); // [-1, 0.5, 1]
 */
export const hardtanh: Hardtanh = defineComposite<Hardtanh>(
  { name: "hardtanh", samples: awayFrom(-1, 1) },
  (x: AnyTensor, low = -1, high = 1) => inside(x, low, high),
);

/** Signature of `hardtanh`. */
export type Hardtanh = <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  low?: number,
  high?: number,
) => Tensor<S, Arithmetic<D>>;

/**
 * x/6 + 1/2 between −3 and 3, 0 below and 1 above (Howard et al., "Searching for MobileNetV3", 2019).
 * @example
 * hardsigmoid(tensor([-4, 0, 4])).toArray(); // [0, 0.5, 1]
 */
export const hardsigmoid: FloatUnary = defineComposite<FloatUnary>(
  { name: "hardsigmoid", samples: awayFrom(-3, 3) },
  (x: AnyTensor) => div(inside(add(x, 3), 0, 6), 6),
);

/**
 * x · hardsigmoid(x) (Howard et al., "Searching for MobileNetV3", 2019).
 * @example
 * hardswish(tensor([-4, 0, 4])).toArray(); // [-0, 0, 4]
 */
export const hardswish: FloatUnary = defineComposite<FloatUnary>(
  { name: "hardswish", samples: awayFrom(-3, 3) },
  (x: AnyTensor) => mul(x, hardsigmoid(x)),
);

/**
 * x / (1 + |x|) (Turian et al., "Quadratic features and deep architectures for chunking", 2009).
 * @example
 * softsign(tensor([1, -3])).toArray(); // [0.5, -0.75]
 */
export const softsign: FloatUnary = defineComposite<FloatUnary>(
  { name: "softsign", samples: awayFrom(0) },
  (x: AnyTensor) => div(x, add(1, abs(x))),
);

/**
 * x − tanh x.
 * @example
 * tanhshrink(tensor([0])).toArray(); // [0]
 */
export const tanhshrink: FloatUnary = defineComposite<FloatUnary>(
  { name: "tanhshrink", samples: anywhere },
  (x: AnyTensor) => sub(x, tanh(x)),
);

/**
 * x tanh(softplus(x)) (Misra, "Mish: a self regularized non-monotonic activation function", 2019).
 * @example
 * mish(tensor([0])).toArray(); // [0]
 */
export const mish: FloatUnary = defineComposite<FloatUnary>({ name: "mish", samples: anywhere }, (x: AnyTensor) =>
  mul(x, tanh(softplus(x))),
);

/**
 * log σ(x) as −softplus(−x), exact where σ(x) itself would be 0.
 * @example
 * logSigmoid(tensor([-1000, 1000])).toArray(); // [-1000, -0]
 */
export const logSigmoid: FloatUnary = defineComposite<FloatUnary>(
  { name: "logSigmoid", samples: anywhere },
  (x: AnyTensor) => neg(softplus(neg(x))),
);

/**
 * Inverse of `sigmoid`, log(p / (1 − p)).
 * @example
 * logit(tensor([0.5, 1])).toArray(); // [0, Infinity]
 */
export const logit: FloatUnary = defineComposite<FloatUnary>(
  { name: "logit", samples: [{ args: [draw([2, 3], { low: 0.1, high: 0.9 })] }] },
  (p: AnyTensor) => sub(log(p), log1p(neg(p))),
);

export interface ShrinkOptions {
  /** Up to which distance from 0 x becomes 0; 0.5 if not given. */
  readonly threshold?: number;
}

/**
 * x where |x| > threshold, else 0: what remains of a coefficient that costs as much as its size (Donoho and Johnstone, "Ideal
 * spatial adaptation by wavelet shrinkage", 1994).
 * @example
 * hardshrink(tensor([-2, 0.25, 1])).toArray(); // [-2, 0, 1]
 */
export const hardshrink: Parametric<ShrinkOptions> = defineComposite<Parametric<ShrinkOptions>>(
  {
    name: "hardshrink",
    samples: [...awayFrom(-0.5, 0.5), { args: [draw([3], { avoid: [-1, 1] }), { threshold: 1 }] }],
  },
  (x: AnyTensor, { threshold = 0.5 }: ShrinkOptions = {}) => {
    const value = floats("hardshrink", x, null);
    return where(greater(abs(value), threshold), value, 0);
  },
);

/**
 * x drawn towards 0 by the threshold, and 0 where |x| is below it (Donoho and Johnstone, "Ideal spatial adaptation by wavelet
 * shrinkage", 1994).
 * @example
 * softshrink(tensor([-2, 0.25, 1])).toArray(); // [-1.5, 0, 0.5]
 */
export const softshrink: Parametric<ShrinkOptions> = defineComposite<Parametric<ShrinkOptions>>(
  {
    name: "softshrink",
    samples: [...awayFrom(-0.5, 0.5), { args: [draw([3], { avoid: [-1, 1] }), { threshold: 1 }] }],
  },
  (x: AnyTensor, { threshold = 0.5 }: ShrinkOptions = {}) => {
    const value = floats("softshrink", x, null);
    return where(greater(abs(value), threshold), sub(value, mul(sign(value), threshold)), 0);
  },
);
