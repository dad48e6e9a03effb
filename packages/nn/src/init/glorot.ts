import { checkOptions, normal, type Shape, uniform } from "@tapegrad/core/functions";
import { fans } from "./fans.ts";
import { gain, type Nonlinearity } from "./gain.ts";
import type { TypedInitializer } from "./initializer.ts";

export interface GlorotOptions {
  /** What follows the layer, linear if not given. */
  readonly nonlinearity?: Nonlinearity;
  /** Of leakyRelu below 0. */
  readonly slope?: number;
}

const names = ["nonlinearity", "slope"] as const;

/**
 * gain · √(2 / (fan-in + fan-out)).
 * @throws ShapeError for less than two axes.
 * @example
 * glorotStd([3, 5]); // 0.5
 */
export function glorotStd(shape: Shape, options: GlorotOptions = {}): number {
  checkOptions("glorotStd", options, ...names);
  const { nonlinearity = "linear", slope } = options;
  const { fanIn, fanOut } = fans(shape);
  return gain(nonlinearity, slope) * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * √3 · `glorotStd`: the bound of a uniform distribution with that standard deviation.
 * @throws ShapeError for less than two axes.
 * @example
 * glorotBound([3, 5]); // 0.8660254037844386
 */
export function glorotBound(shape: Shape, options?: GlorotOptions): number {
  return Math.sqrt(3) * glorotStd(shape, options);
}

/**
 * Normal draws of standard deviation √(2 / (fan-in + fan-out)), for layers before tanh or nothing.
 * (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.)
 * @throws ShapeError for less than two axes.
 * @example
 * const weight = glorotNormal(key(0), [20, 2], { nonlinearity: "tanh" });
 */
export const glorotNormal: TypedInitializer<GlorotOptions> = (key, shape, given = {}) => {
  checkOptions("glorotNormal", given, ...names, "dtype");
  const { dtype, ...options } = given;
  return normal(key, shape, { ...(dtype && { dtype }), std: glorotStd(shape, options) });
};

/**
 * Uniform draws within ±√(6 / (fan-in + fan-out)), for layers before tanh or nothing.
 * (Glorot and Bengio, 2010.)
 * @throws ShapeError for less than two axes.
 * @example
 * const weight = glorotUniform(key(0), [20, 2]);
 */
export const glorotUniform: TypedInitializer<GlorotOptions> = (key, shape, given = {}) => {
  checkOptions("glorotUniform", given, ...names, "dtype");
  const { dtype, ...options } = given;
  const bound = glorotBound(shape, options);
  return uniform(key, shape, { ...(dtype && { dtype }), low: -bound, high: bound });
};
