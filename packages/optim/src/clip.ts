import {
  type AnyTensor,
  ArgumentError,
  add,
  div,
  GradientError,
  isTensor,
  minimum,
  mul,
  sqrt,
  square,
  sum,
  type Tensor,
  treeLeaves,
  treeMap,
} from "@tapegrad/core/functions";

export interface Clipped<G> {
  readonly gradients: G;
  /** The norm before, a scalar. */
  readonly norm: Tensor<readonly []>;
}

/**
 * Gradients scaled together so that their norm, over all elements of all of them, is at most `maxNorm`: by
 * min(1, maxNorm / (norm + 1e-6)), as PyTorch has it. No value is read, so that it can be compiled.
 * (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.)
 * @param gradients a tree, as `grad` gives it; `null` stays.
 * @throws ArgumentError for a norm that is not above 0; GradientError when there is no gradient.
 * @example
 * const { gradients, norm } = clipGradients({ weight: tensor([3, 4]) }, 1);
 * norm.item(); // 5
 */
export function clipGradients<G>(gradients: G, maxNorm: number): Clipped<G> {
  if (!(maxNorm > 0)) throw new ArgumentError("clipGradients", `the largest norm is ${maxNorm}`, "give one above 0");
  const tensors = new Set(treeLeaves(gradients).flatMap(({ value }) => (isTensor(value) ? [value] : [])));
  let squares: AnyTensor | undefined;
  for (const gradient of tensors) {
    const term = sum(square(gradient));
    squares = squares === undefined ? term : add(squares, term);
  }
  if (squares === undefined) {
    throw new GradientError("clipGradients", "there is no gradient", "give what grad or valueAndGrad returned");
  }
  const norm: AnyTensor = sqrt(squares);
  const scale = minimum(div(maxNorm, add(norm, 1e-6)), 1);
  const scaled = treeMap(gradients, ({ value }) => (isTensor(value) ? mul(value, scale) : value));
  return { gradients: scaled as unknown as G, norm: norm as Tensor<readonly []> };
}
