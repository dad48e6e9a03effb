import {
  type AnyTensor,
  abs,
  add,
  cast,
  checkOptions,
  type DType,
  div,
  GradientError,
  isTensor,
  max,
  maximum,
  minimum,
  mul,
  type Operand,
  power,
  sqrt,
  square,
  sum,
  type Tensor,
  treeLeaves,
  treeMap,
} from "@tapegrad/core/functions";
import { checkAbove0 } from "./options.ts";

export interface Clipped<G> {
  readonly gradients: G;
  /** The norm before, a scalar. */
  readonly norm: Tensor<readonly []>;
}

export interface ClipOptions {
  /** (Σ |g|^p)^(1/p) is the norm: 2 if not given, Infinity for the largest size. */
  readonly p?: number;
}

/**
 * Gradients scaled together so that their norm, over all elements of all of them, is at most `maxNorm`: by
 * min(1, maxNorm / (norm + 1e-6)), as PyTorch has it. No value is read, so that it can be compiled; where the norm is
 * infinite or NaN, so is what becomes of the gradients.
 * (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.)
 * @param gradients a tree, as `grad` gives it; `null` stays.
 * @throws ArgumentError for a norm, or a p, that is not above 0; GradientError when there is no gradient.
 * @example
 * const { gradients, norm } = clipGradients({ weight: tensor([3, 4]) }, 1);
 * norm.item(); // 5
 */
export function clipGradients<G>(gradients: G, maxNorm: number, options: ClipOptions = {}): Clipped<G> {
  checkOptions("clipGradients", options, "p");
  const { p = 2 } = options;
  checkAbove0("clipGradients", { maxNorm, p });
  const tensors = new Set(treeLeaves(gradients).flatMap(({ value }) => (isTensor(value) ? [value] : [])));
  if (tensors.size === 0) {
    throw new GradientError("clipGradients", "there is no gradient", "give what grad or valueAndGrad returned");
  }
  const norm = jointNorm([...tensors], p);
  const scaled = treeMap(gradients, ({ value }) => (isTensor(value) ? shortened(value, norm, maxNorm) : value));
  return { gradients: scaled as unknown as G, norm };
}

/** The norm of all elements of all tensors; float64 if one of them is. */
export function jointNorm(tensors: readonly AnyTensor[], p: number): Tensor<readonly []> {
  const dtype = tensors.some((tensor) => tensor.dtype === "float64") ? "float64" : tensors[0]!.dtype;
  const powers = tensors.map((x) => inDType(powersOf(x, p), dtype));
  const total = powers.reduce((a, b) => (p === Infinity ? maximum(a, b) : add(a, b)));
  return (p === 1 || p === Infinity ? total : p === 2 ? sqrt(total) : power(total, 1 / p)) as Tensor<readonly []>;
}

const inDType = (x: AnyTensor, dtype: DType): AnyTensor => (x.dtype === dtype ? x : cast(x, dtype));

function powersOf(x: AnyTensor, p: number): AnyTensor {
  if (p === 2) return sum(square(x));
  // The largest of no elements is none.
  if (p === Infinity) return x.size === 0 ? sum(x) : max(abs(x));
  return sum(p === 1 ? abs(x) : power(abs(x), p));
}

/** A gradient of a norm, by the factor that brings the norm to at most `maxNorm`. */
export function shortened(gradient: AnyTensor, norm: AnyTensor, maxNorm: Operand): AnyTensor {
  const limit = isTensor(maxNorm) ? inDType(maxNorm, norm.dtype) : maxNorm;
  const scale: AnyTensor = minimum(div(limit, add(norm, 1e-6)), 1);
  return mul(gradient, inDType(scale, gradient.dtype));
}
