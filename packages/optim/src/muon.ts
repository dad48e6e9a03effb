import { type AnyTensor, add, div, matmul, mul, norm, reshape, sqrt, sub, transpose } from "@tapegrad/core/functions";
import { movingAverage } from "./moving-average.ts";
import { defineOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkCount, checkFlag, checkOptimizerOptions, checkShare, checkSize } from "./options.ts";
import type { Rule } from "./rule.ts";
import type { Hyper } from "./state.ts";

export interface MuonHyper extends Hyper {
  /** Share of the mean of gradients that is kept, 0.95 if not given. */
  readonly momentum: number;
  /** Look ahead along the momentum, which is the default. */
  readonly nesterov: boolean;
  /** How often the Newton-Schulz iteration is taken, 5 if not given. */
  readonly iterations: number;
  /** Decoupled, 0 if not given. */
  readonly weightDecay: number;
  /** Whether matrices are orthogonalized, which is the default. Set it to false in a group of embeddings and of the last layer. */
  readonly orthogonalize: boolean;
  /**
   * Whether steps are scaled to the root mean square of Adam's (the default), so that one learning rate serves all, by
   * 0.2 √max(n, m); by √max(1, n/m) otherwise.
   */
  readonly matchAdam: boolean;
  /** For AdamW, 0.9 if not given. */
  readonly beta1: number;
  /** For AdamW, 0.95 if not given. */
  readonly beta2: number;
  /** For AdamW, 1e-8 if not given. */
  readonly epsilon: number;
}

export interface MuonOptions extends OptimizerOptions<MuonHyper>, Partial<Omit<MuonHyper, "learningRate">> {}

type Slots = "momentum" | "m" | "v";

/** Coefficients of x ↦ a x + b x³ + c x⁵, which brings singular values from (0, 1] to about 0.7 to 1.2 in few steps. */
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;
/** So that the norm of a gradient of zeros can be divided by. */
const TINY = 1e-7;

/** U Vᵀ of a matrix U Σ Vᵀ [n, m], roughly: what is to be orthogonal has singular values about 1. */
function orthogonalized(matrix: AnyTensor, iterations: number): AnyTensor {
  const [rows, columns] = matrix.shape as unknown as readonly [number, number];
  // The smaller of the two Gram matrices.
  if (rows > columns) return transpose(orthogonalized(transpose(matrix), iterations));
  let x: AnyTensor = div(matrix, add(norm(matrix), TINY));
  for (let i = 0; i < iterations; i++) {
    const gram: AnyTensor = matmul(x, transpose(x));
    const polynomial: AnyTensor = add(mul(gram, B), mul(matmul(gram, gram), C));
    x = add(mul(x, A), matmul(polynomial, x));
  }
  return x;
}

const isMatrix = (rank: number, { orthogonalize }: Pick<MuonHyper, "orthogonalize">): boolean =>
  orthogonalize && rank >= 2;

const rule: Rule<MuonHyper, Slots> = {
  name: "muon",
  check: (name, { momentum, beta1, beta2, iterations, weightDecay, epsilon, nesterov, orthogonalize, matchAdam }) => {
    checkShare(name, { momentum, beta1, beta2 });
    checkCount(name, { iterations });
    checkSize(name, { weightDecay, epsilon });
    checkFlag(name, { nesterov, orthogonalize, matchAdam });
  },
  slots: () => ["momentum", "m", "v"],
  shapeOf: (slot, shape, hyper) => (isMatrix(shape.length, hyper) === (slot === "momentum") ? shape : undefined),
  scalars: ({ learningRate, weightDecay, beta1, beta2, epsilon }, updates) => {
    const rootOfCorrection = Math.sqrt(1 - beta2 ** updates);
    return {
      learningRate,
      shrink: 1 - learningRate * weightDecay,
      adamRate: (learningRate * rootOfCorrection) / (1 - beta1 ** updates),
      epsilon: epsilon * rootOfCorrection,
    };
  },
  update: (parameter, gradient, slots, { learningRate, shrink, adamRate, epsilon }, hyper) => {
    const { momentum: share, nesterov, iterations, weightDecay, matchAdam, beta1, beta2 } = hyper;
    const from: AnyTensor = weightDecay === 0 ? parameter : mul(parameter, shrink!);
    if (!isMatrix(parameter.rank, hyper)) {
      const m = movingAverage(slots.m, gradient, beta1);
      const v = movingAverage(slots.v, mul(gradient, gradient), beta2);
      return { parameter: sub(from, mul(div(m, add(sqrt(v), epsilon!)), adamRate!)), slots: { m, v } };
    }
    const momentum = movingAverage(slots.momentum, gradient, share);
    const direction = nesterov ? movingAverage(momentum, gradient, share) : momentum;
    // The kernel of a convolution, [out, in, ...], is the matrix of its outputs by all that they see.
    const rows = parameter.shape[0]!;
    const columns = parameter.size / Math.max(rows, 1);
    const step: AnyTensor = reshape(orthogonalized(reshape(direction, [rows, columns]), iterations), parameter.shape);
    const scale = matchAdam ? 0.2 * Math.sqrt(Math.max(rows, columns)) : Math.sqrt(Math.max(1, rows / columns));
    return { parameter: sub(from, mul(mul(step, scale), learningRate!)), slots: { momentum } };
  },
};

/**
 * Steps of matrices along the nearest (semi-)orthogonal matrix to their momentum, found by five Newton-Schulz iterations:
 * all directions move alike. Vectors, and groups with `orthogonalize: false`, take AdamW's.
 * (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; the scale is that of Liu et al., "Muon is
 * scalable for LLM training", 2025.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = muon({ learningRate: 1e-3, groups: [{ match: "head", orthogonalize: false }] });
 */
export function muon(options: MuonOptions): Optimizer<MuonHyper> {
  checkOptimizerOptions(
    "muon",
    options,
    "momentum",
    "nesterov",
    "iterations",
    "weightDecay",
    "orthogonalize",
    "matchAdam",
    "beta1",
    "beta2",
    "epsilon",
  );
  const { momentum = 0.95, nesterov = true, iterations = 5, weightDecay = 0, orthogonalize = true } = options;
  const { matchAdam = true, beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8 } = options;
  return defineOptimizer(
    rule,
    { momentum, nesterov, iterations, weightDecay, orthogonalize, matchAdam, beta1, beta2, epsilon },
    options,
  );
}
