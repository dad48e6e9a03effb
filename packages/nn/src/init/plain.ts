import {
  normal as drawNormal,
  truncatedNormal as drawTruncatedNormal,
  uniform as drawUniform,
  type FloatDType,
  full,
  type NormalOptions,
  type TruncatedNormalOptions,
  type UniformOptions,
} from "@tapegrad/core/functions";
import type { TypedInitializer } from "./initializer.ts";

type Without<Options> = Omit<Options, "dtype">;

/**
 * All 0; the key is not used.
 * @example
 * new Linear(2, 1, { key: key(0), initializer: init.zeros }).weight.toArray(); // [[0, 0]]
 */
export const zeros: TypedInitializer = (_, shape, options) => full(shape, 0, options);

/**
 * One value everywhere; the key is not used.
 * @example
 * new Linear(2, 3, { key: key(0), bias: init.constant(0.1) });
 */
export const constant =
  (value: number): TypedInitializer =>
  (_, shape, options) =>
    full(shape, value, options);

/**
 * Normal draws of a given mean (0) and standard deviation (1).
 * @example
 * new Linear(2, 3, { key: key(0), initializer: init.normal({ std: 0.01 }) });
 */
export const normal =
  (options: Without<NormalOptions<FloatDType>> = {}): TypedInitializer =>
  (key, shape, { dtype } = {}) =>
    drawNormal(key, shape, { ...options, ...(dtype && { dtype }) });

/**
 * Uniform draws on [low, high), by default [0, 1).
 * @example
 * new Linear(2, 3, { key: key(0), initializer: init.uniform({ low: -0.1, high: 0.1 }) });
 */
export const uniform =
  (options: Without<UniformOptions<FloatDType>> = {}): TypedInitializer =>
  (key, shape, { dtype } = {}) =>
    drawUniform(key, shape, { ...options, ...(dtype && { dtype }) });

/**
 * Normal draws that keep within bounds, given in standard deviations, by default 2 on either side.
 * @example
 * new Linear(2, 3, { key: key(0), initializer: init.truncatedNormal({ std: 0.02 }) });
 */
export const truncatedNormal =
  (options: Without<TruncatedNormalOptions<FloatDType>> = {}): TypedInitializer =>
  (key, shape, { dtype } = {}) =>
    drawTruncatedNormal(key, shape, { ...options, ...(dtype && { dtype }) });
