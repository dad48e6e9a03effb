import { ArgumentError, checkOptions, normal, type Shape, uniform } from "@tapegrad/core/functions";
import { fans } from "./fans.ts";
import { gain, type Nonlinearity } from "./gain.ts";
import type { TypedInitializer } from "./initializer.ts";

export interface HeOptions {
  /** Which fan keeps its variance: that of the activations going forward (the default) or of the gradients. */
  readonly mode?: "fanIn" | "fanOut";
  /** What follows the layer, relu if not given. */
  readonly nonlinearity?: Nonlinearity;
  /** Of leakyRelu below 0. */
  readonly slope?: number;
}

const names = ["mode", "nonlinearity", "slope"] as const;

/**
 * gain / √fan: for relu √(2 / fan-in).
 * @throws ShapeError for less than two axes.
 * @example
 * heStd([20, 2]); // 1
 */
export function heStd(shape: Shape, options: HeOptions = {}): number {
  checkOptions("heStd", options, ...names);
  const { mode = "fanIn", nonlinearity = "relu", slope } = options;
  if (mode !== "fanIn" && mode !== "fanOut") {
    throw new ArgumentError("heStd", `"${mode}" is no mode`, "use fanIn or fanOut");
  }
  return gain(nonlinearity, slope) / Math.sqrt(fans(shape)[mode]);
}

/**
 * √3 · `heStd`: the bound of a uniform distribution with that standard deviation.
 * @throws ShapeError for less than two axes.
 * @example
 * heBound([20, 2]); // 1.7320508075688772
 */
export function heBound(shape: Shape, options?: HeOptions): number {
  return Math.sqrt(3) * heStd(shape, options);
}

/**
 * Normal draws of standard deviation √(2 / fan-in), for layers before a relu.
 * (He et al., "Delving deep into rectifiers", 2015.)
 * @throws ShapeError for less than two axes.
 * @example
 * const weight = heNormal(key(0), [20, 2]);
 */
export const heNormal: TypedInitializer<HeOptions> = (key, shape, given = {}) => {
  checkOptions("heNormal", given, ...names, "dtype");
  const { dtype, ...options } = given;
  return normal(key, shape, { ...(dtype && { dtype }), std: heStd(shape, options) });
};

/**
 * Uniform draws within ±√(6 / fan-in), for layers before a relu.
 * (He et al., "Delving deep into rectifiers", 2015.)
 * @throws ShapeError for less than two axes.
 * @example
 * const weight = heUniform(key(0), [20, 2]);
 */
export const heUniform: TypedInitializer<HeOptions> = (key, shape, given = {}) => {
  checkOptions("heUniform", given, ...names, "dtype");
  const { dtype, ...options } = given;
  const bound = heBound(shape, options);
  return uniform(key, shape, { ...(dtype && { dtype }), low: -bound, high: bound });
};
