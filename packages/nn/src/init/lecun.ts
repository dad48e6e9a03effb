import { checkOptions, normal, type Shape } from "@tapegrad/core/functions";
import { fans } from "./fans.ts";
import type { TypedInitializer } from "./initializer.ts";

/**
 * √(1 / fan-in).
 * @throws ShapeError for less than two axes.
 * @example
 * lecunStd([20, 4]); // 0.5
 */
export function lecunStd(shape: Shape): number {
  return 1 / Math.sqrt(fans(shape).fanIn);
}

/**
 * Normal draws of standard deviation √(1 / fan-in), for layers before selu. (LeCun et al., "Efficient backprop", 1998.)
 * @throws ShapeError for less than two axes.
 * @example
 * const weight = lecunNormal(key(0), [20, 2]);
 */
export const lecunNormal: TypedInitializer = (key, shape, options = {}) => {
  checkOptions("lecunNormal", options, "dtype");
  return normal(key, shape, { ...options, std: lecunStd(shape) });
};
