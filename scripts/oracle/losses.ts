import type { AnyTensor } from "@tapegrad/core";
import * as tg from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { binaryCrossEntropy, binaryCrossEntropyWithLogits, meanSquaredError } from "@tapegrad/nn";
import {
  add,
  type Loose,
  linear,
  mean,
  mul,
  type Runner,
  type Runners,
  relu,
  softplus,
  square,
  sub,
  sum,
  t,
} from "./runner.ts";

type Loss = (x: AnyTensor, y: AnyTensor, options: { reduction?: "mean" | "sum" | "none" }) => AnyTensor;
const loss =
  (f: Loss): Runner =>
  ([x, y], { reduction = "mean" }) =>
    f(x!, y!, { reduction });

const losses = nn as unknown as Record<string, Loose>;

/** A loss whose attributes are our options. */
const lossOf =
  (name: string): Runner =>
  (inputs, attrs) =>
    losses[name]!(...inputs, attrs);

/** A loss of classes, which the reference has on axis 1. */
const classLoss =
  (name: string): Runner =>
  ([x, y], { weight, ignore_index, label_smoothing, reduction }) => {
    const classesLast = (z: AnyTensor): AnyTensor =>
      z.rank > 2 ? tg.permute(z, [0, ...z.shape.slice(2).map((_, i) => i + 2), 1]) : z;
    return losses[name]!(classesLast(x!), tg.isFloat(y!.dtype) ? classesLast(y!) : y, {
      reduction,
      ...(weight && { weights: tg.tensor(weight, { dtype: x!.dtype }) }),
      ...(ignore_index !== undefined && { ignoreIndex: ignore_index }),
      ...(label_smoothing !== undefined && { labelSmoothing: label_smoothing }),
    });
  };

/** One line for each loss. */
export const ofLosses: Runners = {
  "loss/mse": loss(meanSquaredError as Loss),
  "loss/bce": loss(binaryCrossEntropy as Loss),
  "loss/bce_with_logits": loss(binaryCrossEntropyWithLogits as Loss),
  "loss/l1": lossOf("absoluteError"),
  "loss/huber": lossOf("huber"),
  "loss/smooth_l1": lossOf("smoothAbsoluteError"),
  "loss/nll": classLoss("negativeLogLikelihood"),
  "loss/cross_entropy": classLoss("softmaxCrossEntropy"),
  "loss/cross_entropy_probs": classLoss("softmaxCrossEntropy"),
  "loss/kl_div": ([x, y], { log_target, reduction }) =>
    losses.klDivergence!(x, y, {
      logTarget: log_target,
      reduction: reduction === "batchmean" ? "batchMean" : reduction,
    }),
  "loss/hinge_embedding": lossOf("hingeEmbedding"),
  "loss/gaussian_nll": ([x, y, v], options) =>
    losses.gaussianNegativeLogLikelihood!(x, y, v!.rank < x!.rank ? t.expandDims!(v, -1) : v, options),
  "loss/triplet_margin": lossOf("tripletMargin"),
  "loss/course_l2_regularised_mlp": ([x, y, w1, b1, w2, b2], { lambda }) => {
    const z = linear(relu!(linear(x!, w1!, b1)), w2!, b2);
    const penalty = mul(add(sum!(square(w1!)), sum!(square(w2!))), lambda / (2 * x!.shape[0]!));
    return add(mean!(sub(softplus!(z), mul(y!, z))), penalty);
  },
  "loss/cosine_similarity": ([a, b], { axis = 1, eps = 1e-8 }) => t.cosineSimilarity!(a, b, axis, { eps }),
};
