import {
  type AnyTensor,
  add,
  adopt,
  celu,
  checkOptions,
  elu,
  gelu,
  key,
  layerNorm,
  leakyRelu,
  linear,
  logSoftmax,
  mean,
  mish,
  mul,
  normal,
  relu,
  type Shape,
  sigmoid,
  silu,
  sin,
  softplus,
  square,
  sub,
  sum,
  tanh,
} from "@tapegrad/core";
import fc from "fast-check";

/** The parameters of one layer: a weight of [out, in], a bias, and the gain of a normalization where the layer has one. */
export interface LayerParameters {
  readonly weight: AnyTensor;
  readonly bias: AnyTensor;
  readonly gain?: AnyTensor;
}

export interface ModelParameters {
  readonly layers: readonly LayerParameters[];
}

/** A small network: its loss as a function of its parameters, which are a tree. */
export interface RandomModel {
  readonly at: ModelParameters;
  /** The loss on a fixed batch: a scalar. */
  readonly f: (parameters: ModelParameters) => AnyTensor;
  /** The outputs [batch, out] on a batch of inputs [batch, in]. */
  readonly forward: (parameters: ModelParameters, x: AnyTensor) => AnyTensor;
  /** The batch of inputs. */
  readonly x: AnyTensor;
}

export interface ModelsOptions {
  /** Most layers, 3 if not given. */
  readonly maxLayers?: number;
  /** Most units of a layer, 4 if not given. */
  readonly maxWidth?: number;
  /** Whether all activations have derivatives everywhere, no if not given: relu and its like are among them. */
  readonly smooth?: boolean;
}

const SMOOTH = { tanh, sigmoid, gelu, silu, softplus, mish, sin } as const;
const KINKED = { relu, leakyRelu, elu, celu } as const;
const ACTIVATIONS: Readonly<Record<string, (x: AnyTensor) => AnyTensor>> = { ...SMOOTH, ...KINKED };
const LOSSES = ["square", "cross-entropy"] as const;

interface Draft {
  readonly batch: number;
  readonly inputs: number;
  readonly layers: readonly {
    readonly width: number;
    readonly activation: string;
    readonly isNormalized: boolean;
    readonly isResidual: boolean;
    readonly isTied: boolean;
  }[];
  readonly loss: (typeof LOSSES)[number];
  readonly digits: number;
  readonly seed: number;
}

/**
 * Small networks in float64: layers of random widths and activations, with residual connections, normalizations and tied weights
 * among them, and a loss. They shrink to fewer and narrower layers without any of these.
 * @example
 * fc.assert(gradientProperty(models({ smooth: true })), { numRuns: 10 });
 */
export function models(options: ModelsOptions = {}): fc.Arbitrary<RandomModel> {
  checkOptions("models", options, "maxLayers", "maxWidth", "smooth");
  const { maxLayers = 3, maxWidth = 4, smooth = false } = options;
  const layer = fc.record({
    width: fc.integer({ min: 1, max: maxWidth }),
    activation: fc.constantFrom(...Object.keys(smooth ? SMOOTH : ACTIVATIONS)),
    isNormalized: fc.boolean(),
    isResidual: fc.boolean(),
    isTied: fc.boolean(),
  });
  const draft = fc.record({
    batch: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: maxWidth }),
    layers: fc.array(layer, { minLength: 1, maxLength: maxLayers }),
    loss: fc.constantFrom(...LOSSES),
    digits: fc.integer({ min: 1, max: 4 }),
    seed: fc.noShrink(fc.nat()),
  });
  return fc.noBias(draft).map(build);
}

function build(draft: Draft): RandomModel {
  const { batch, inputs, layers, digits, seed } = draft;
  let draws = 0;
  const random = (shape: Shape, scale: number): AnyTensor => {
    const values = mul(normal(key(seed + draws++), shape, { dtype: "float64" }) as AnyTensor, scale);
    return adopt(
      Float64Array.from(values.data(), (x) => Number(x.toFixed(digits)) + 0),
      shape,
    ) as AnyTensor;
  };
  const parameters: LayerParameters[] = [];
  let width = inputs;
  for (const layer of layers) {
    const before = parameters.at(-1);
    // A weight that stands in two layers is one parameter, whose gradients add up.
    const weight =
      layer.isTied && before && fits(before.weight, layer.width, width)
        ? before.weight
        : random([layer.width, width], 1 / Math.sqrt(width));
    const bias = random([layer.width], 0.5);
    parameters.push(layer.isNormalized ? { weight, bias, gain: random([layer.width], 1) } : { weight, bias });
    width = layer.width;
  }
  const forward = (tree: ModelParameters, x: AnyTensor): AnyTensor =>
    tree.layers.reduce((h, own, i) => runLayer(layers[i]!, own, h), x);
  const [x, target] = [random([batch, inputs], 1), random([batch, width], 1)];
  const model = {
    at: { layers: parameters },
    forward,
    x,
    f: (tree: ModelParameters) => lossOf(draft, forward(tree, x), target),
  };
  return Object.defineProperty(model, fc.toStringMethod, { value: () => describe(draft) });
}

const fits = ({ shape }: AnyTensor, out: number, into: number): boolean => shape[0] === out && shape[1] === into;

function runLayer(layer: Draft["layers"][number], { weight, bias, gain }: LayerParameters, x: AnyTensor): AnyTensor {
  let h = linear(x, weight, bias) as AnyTensor;
  // A layer of one unit has no variance.
  if (gain !== undefined)
    h = (layer.width > 1 ? layerNorm(h, layer.width, { weight: gain, eps: 0.1 }) : mul(h, gain)) as AnyTensor;
  h = ACTIVATIONS[layer.activation]!(h);
  return layer.isResidual && x.shape[1] === layer.width ? (add(h, x) as AnyTensor) : h;
}

function lossOf({ loss }: Draft, output: AnyTensor, target: AnyTensor): AnyTensor {
  if (loss === "square") return mean(square(sub(output, target))) as AnyTensor;
  return sum(mul(logSoftmax(output), target)) as AnyTensor;
}

function describe({ batch, inputs, layers, loss, digits, seed }: Draft): string {
  const parts = layers.map(({ width, activation, isNormalized, isResidual, isTied }) =>
    [
      `${width} ${activation}`,
      ...(isNormalized ? ["normalized"] : []),
      ...(isResidual ? ["residual"] : []),
      ...(isTied ? ["tied"] : []),
    ].join(" "),
  );
  return `${batch} × ${inputs} → ${parts.join(" → ")}, ${loss} (seed ${seed}, ${digits} digits)`;
}
