import {
  ArgumentError,
  type FloatDType,
  isTensor,
  type Key,
  type Shape,
  ShapeError,
  type Tensor,
} from "@tapegrad/core/functions";

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

/**
 * Draws a parameter of a layer, and checks what came.
 * @throws ShapeError when an initializer gives another shape or dtype than it was asked for; ArgumentError for what is no
 * initializer, or gives no tensor.
 */
export function drawParameter<S extends Shape, D extends FloatDType>(
  layer: string,
  initializer: Initializer,
  key: Key,
  shape: S,
  dtype: D,
): Tensor<S, D> {
  if (typeof initializer !== "function") {
    const found = typeof initializer === "string" ? JSON.stringify(initializer) : String(initializer);
    throw new ArgumentError(layer, `the initializer is ${found}`, "give a function, such as heNormal or glorotUniform");
  }
  const drawn = initializer(key, shape, { dtype });
  if (!isTensor(drawn)) {
    throw new ArgumentError(
      layer,
      "the initializer gave no tensor",
      "return one, as heNormal(key, shape, options) does",
    );
  }
  const show = (what: { readonly dtype: string; readonly shape: Shape }): string =>
    `${what.dtype} [${what.shape.join(", ")}]`;
  if (show(drawn) !== show({ dtype, shape })) {
    const problem = `the initializer gave ${show(drawn)} where ${show({ dtype, shape })} was asked for`;
    throw new ShapeError(layer, problem, "use the shape and the dtype that it is given");
  }
  return drawn as Tensor<Shape, FloatDType> as Tensor<S, D>;
}
