import { checkOptions, clamp } from "@tapegrad/core/functions";
import { type ClipOptions, jointNorm, shortened } from "./clip.ts";
import { checkAbove0 } from "./options.ts";
import { checked, mapTensors, type Transformation } from "./transformation.ts";

/**
 * Gradients with each element brought into [−limit, limit].
 * @throws ArgumentError for a limit that is not above 0.
 * @example
 * const optimizer = chain(clipByValue(0.5), sgd({ learningRate: 1 }));
 * const model = { w: tensor([0, 0]) };
 * optimizer.update(model, { w: tensor([3, -0.25]) }, optimizer.init(model)).model.w.toArray(); // [-0.5, 0.25]
 */
export function clipByValue(limit: number): Transformation<{ readonly limit: number }> {
  return checked({
    name: "clipByValue",
    hyper: { limit },
    check: ({ limit }) => checkAbove0("clipByValue", { limit }),
    before: (gradients, { hyper }) => ({ tensors: mapTensors(gradients, (g) => clamp(g, -hyper.limit, hyper.limit)) }),
  });
}

/**
 * Gradients with each tensor scaled for itself so that its norm is at most `maxNorm`, by min(1, maxNorm / (norm + 1e-6)).
 * @param options p of the norm, 2 if not given.
 * @throws ArgumentError for a norm, or a p, that is not above 0.
 * @example
 * const optimizer = chain(clipByNorm(1), sgd({ learningRate: 1 }));
 */
export function clipByNorm(
  maxNorm: number,
  options: ClipOptions = {},
): Transformation<{ readonly maxNorm: number; readonly p: number }> {
  return checked({
    name: "clipByNorm",
    hyper: normOf("clipByNorm", maxNorm, options),
    check: ({ maxNorm, p }) => checkAbove0("clipByNorm", { maxNorm, p }),
    scalars: ({ maxNorm }) => ({ maxNorm }),
    before: (gradients, { hyper, scalars }) => ({
      tensors: mapTensors(gradients, (g, path) =>
        shortened(g, jointNorm([g], hyper.p), scalars(path).maxNorm as number),
      ),
    }),
  });
}

/**
 * Gradients scaled together so that the norm of all of them is at most `maxNorm`, as `clipGradients` does it. A norm that is
 * not finite makes gradients that are not, and parameters too where an optimizer does not check gradients.
 * @param options p of the norm, 2 if not given.
 * @throws ArgumentError for a norm, or a p, that is not above 0.
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 0.001 }));
 */
export function clipByGlobalNorm(
  maxNorm: number,
  options: ClipOptions = {},
): Transformation<{ readonly maxNorm: number; readonly p: number }> {
  return checked({
    name: "clipByGlobalNorm",
    hyper: normOf("clipByGlobalNorm", maxNorm, options),
    check: ({ maxNorm, p }) => checkAbove0("clipByGlobalNorm", { maxNorm, p }),
    scalars: ({ maxNorm }) => ({ maxNorm }),
    before: (gradients, { hyper, scalars }) => {
      const tensors = Object.values(gradients);
      if (tensors.length === 0) return { tensors: gradients };
      const norm = jointNorm(tensors, hyper.p);
      return { tensors: mapTensors(gradients, (g, path) => shortened(g, norm, scalars(path).maxNorm as number)) };
    },
  });
}

function normOf(name: string, maxNorm: number, options: ClipOptions): { maxNorm: number; p: number } {
  checkOptions(name, options, "p");
  const { p = 2 } = options;
  return { maxNorm, p };
}
