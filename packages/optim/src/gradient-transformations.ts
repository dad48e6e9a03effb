import {
  type AnyTensor,
  ArgumentError,
  add,
  checkOptions,
  foldIn,
  Key,
  mean,
  mul,
  neg,
  normal,
  sub,
} from "@tapegrad/core/functions";
import { decayed } from "./decayed.ts";
import { checkSize } from "./options.ts";
import { checked, mapTensors, type Transformation } from "./transformation.ts";

/**
 * Gradients turned round, so that the optimizer climbs.
 * @example
 * const optimizer = chain(maximize(), sgd({ learningRate: 1 }));
 * const model = { w: tensor([1]) };
 * optimizer.update(model, { w: tensor([2]) }, optimizer.init(model)).model.w.toArray(); // [3]
 */
export function maximize(): Transformation {
  return { name: "maximize", hyper: {}, before: (gradients) => ({ tensors: mapTensors(gradients, (g) => neg(g)) }) };
}

/**
 * Gradients with weightDecay times the parameter added: what a penalty weightDecay/2 · ‖p‖² would add. Behind
 * clipping the penalty is not clipped.
 * @throws ArgumentError for a number that is negative or not finite.
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), addDecayedWeights(0.01), sgd({ learningRate: 0.1 }));
 */
export function addDecayedWeights(weightDecay: number): Transformation<{ readonly weightDecay: number }> {
  return checked({
    name: "addDecayedWeights",
    hyper: { weightDecay },
    check: ({ weightDecay }) => checkSize("addDecayedWeights", { weightDecay }),
    before: (gradients, { hyper, parameters }) => ({
      tensors: mapTensors(gradients, (g, path) => decayed(g, parameters[path]!, hyper.weightDecay)),
    }),
  });
}

/**
 * Gradients of matrices [out, ...] less their mean over all axes but the first, so that the sum of what goes into an output stays;
 * vectors stay. (Yong et al., "Gradient centralization", 2020.)
 * @example
 * const optimizer = chain(centralize(), sgd({ learningRate: 1 }));
 * const model = { w: tensor([[0, 0]]) };
 * optimizer.update(model, { w: tensor([[1, 3]]) }, optimizer.init(model)).model.w.toArray(); // [[1, -1]]
 */
export function centralize(): Transformation {
  const centered = (g: AnyTensor): AnyTensor =>
    g.rank < 2
      ? g
      : sub(
          g,
          mean(
            g,
            Array.from({ length: g.rank - 1 }, (_, i) => i + 1),
            { keepdims: true },
          ),
        );
  return { name: "centralize", hyper: {}, before: (gradients) => ({ tensors: mapTensors(gradients, centered) }) };
}

export interface NoiseOptions {
  /** The draws of a step follow from it and the number of the update. */
  readonly key: Key;
  /** The variance of the first update is about that. */
  readonly variance: number;
  /** How fast the noise goes away, 0.55 if not given. */
  readonly annealing?: number;
}

/**
 * Gradients with Gaussian noise of variance / (1 + t)^annealing at the t-th update, t from 0; other draws at every
 * update, the same for the same key. (Neelakantan et al., "Adding gradient noise improves learning for very deep networks", 2015.)
 * @throws ArgumentError for what is no key, or numbers out of range.
 * @example
 * const optimizer = chain(addNoise({ key: key(0), variance: 0.01 }), adam({ learningRate: 0.001 }));
 */
export function addNoise(options: NoiseOptions): Transformation<Required<NoiseOptions>> {
  checkOptions("addNoise", options, "key", "variance", "annealing");
  const { key, variance, annealing = 0.55 } = options;
  return checked({
    name: "addNoise",
    hyper: { key, variance, annealing },
    check: ({ key, variance, annealing }) => {
      if (!(key instanceof Key)) throw new ArgumentError("addNoise", "there is no key", "give one, as in key(0)");
      checkSize("addNoise", { variance, annealing });
    },
    scalars: ({ key, variance, annealing }, updates) => ({
      key: foldIn(key, updates),
      deviation: Math.sqrt(variance / updates ** annealing),
    }),
    before: (gradients, { scalars }) => {
      const paths = Object.keys(gradients);
      return {
        tensors: mapTensors(gradients, (g, path) => {
          const { key, deviation } = scalars(path) as { key: Key; deviation: number };
          const own = foldIn(key, paths.indexOf(path));
          const draws = normal(own, g.shape, { dtype: g.dtype as "float32" | "float64" });
          return add(g, mul(draws, deviation));
        }),
      };
    },
  });
}
