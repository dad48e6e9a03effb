import type { FloatDType, Key, Shape, Tensor } from "@tapegrad/core";

export interface InitializerOptions<D extends FloatDType = FloatDType> {
  /** float32 if not given. */
  readonly dtype?: D;
}

/**
 * Draws the initial values of a parameter of shape [out, in, ...kernel]. Core's `normal`, `uniform` and
 * `truncatedNormal` are initializers, too.
 */
export type Initializer = (key: Key, shape: Shape, options?: InitializerOptions) => Tensor<Shape, FloatDType>;

/** An initializer that keeps the shape and the dtype in its result. */
export type TypedInitializer<Options = object> = <const S extends Shape, D extends FloatDType = "float32">(
  key: Key,
  shape: S,
  options?: Options & InitializerOptions<D>,
) => Tensor<S, D>;
