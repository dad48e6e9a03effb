import { onesLike } from "../create.ts";
import { isFloat } from "../dtype.ts";
import { GradientError } from "../errors.ts";
import { showShape } from "../shape.ts";
import { type AnyTensor, isTensor } from "../tensor.ts";
import { describe, refusePromise } from "./trees.ts";
import { type DifferentiateOptions, differentiate, type GradientOf } from "./vjp.ts";

export interface ValueAndGradient<T, Value, W = undefined> {
  /** The scalar that was differentiated. */
  readonly value: Value;
  /** In the structure of the first argument: a tensor for each parameter, `null` for other leaves. */
  readonly gradient: GradientOf<T, W>;
}

export interface AuxOption {
  /** The function returns `[loss, aux]`, and `aux`, whatever it is, is handed on. */
  readonly aux: true;
}

/**
 * The value and the gradient of a function whose result is a scalar, by its first argument, a tree. Further arguments
 * are constants.
 * @throws GradientError when the function returns no scalar of floats, or a promise, or the tree has no parameter.
 * @example
 * const loss = (w: Tensor, x: Tensor) => sum(square(mul(w, x)));
 * const { value, gradient } = valueAndGrad(loss)(tensor([1, 2]), tensor([3, 4]));
 * value.item(); // 73
 * gradient.toArray(); // [18, 64]
 */
export function valueAndGrad<
  T,
  Rest extends unknown[],
  Value extends AnyTensor,
  Aux,
  const W extends string | undefined = undefined,
>(
  f: (at: T, ...rest: Rest) => readonly [Value, Aux],
  options: DifferentiateOptions<W> & AuxOption,
): (at: T, ...rest: Rest) => ValueAndGradient<T, Value, W> & { readonly aux: Aux };
export function valueAndGrad<
  T,
  Rest extends unknown[],
  Value extends AnyTensor,
  const W extends string | undefined = undefined,
>(
  f: (at: T, ...rest: Rest) => Value,
  options?: DifferentiateOptions<W>,
): (at: T, ...rest: Rest) => ValueAndGradient<T, Value, W>;
export function valueAndGrad<T, Rest extends unknown[]>(
  f: (at: T, ...rest: Rest) => unknown,
  options: DifferentiateOptions & Partial<AuxOption> = {},
): (at: T, ...rest: Rest) => ValueAndGradient<T, AnyTensor, string | undefined> & { readonly aux?: unknown } {
  return (at, ...rest) => scalarGradient("valueAndGrad", f, options, at, rest);
}

/**
 * The gradient of a function whose result is a scalar, by its first argument, a tree. Further arguments are constants.
 * Gradients can be differentiated again.
 * @throws as `valueAndGrad`.
 * @example
 * grad((x: Tensor) => power(x, 3))(tensor(2)).item(); // 12
 * grad(grad((x: Tensor) => power(x, 3)))(tensor(2)).item(); // 12
 */
export function grad<T, Rest extends unknown[], const W extends string | undefined = undefined>(
  f: (at: T, ...rest: Rest) => AnyTensor,
  options: DifferentiateOptions<W> = {},
): (at: T, ...rest: Rest) => GradientOf<T, W> {
  return (at, ...rest) => scalarGradient("grad", f, options, at, rest).gradient as GradientOf<T, W>;
}

function scalarGradient<T, Rest extends unknown[]>(
  transform: string,
  f: (at: T, ...rest: Rest) => unknown,
  { aux: hasAux, ...options }: DifferentiateOptions & Partial<AuxOption>,
  at: T,
  rest: Rest,
): ValueAndGradient<T, AnyTensor, string | undefined> & { readonly aux?: unknown } {
  let aux: unknown;
  const loss = (tree: T): AnyTensor => {
    const result = f(tree, ...rest);
    refusePromise(transform, result);
    if (hasAux && !Array.isArray(result)) {
      throw new GradientError(transform, `with aux, the function returned ${describe(result)}`, "return [loss, aux]");
    }
    const value = hasAux ? (result as readonly unknown[])[0] : result;
    aux = hasAux ? (result as readonly unknown[])[1] : undefined;
    assertScalar(transform, value);
    return value;
  };
  const { value, pullBack } = differentiate(transform, loss, options, at, []);
  const gradient = pullBack(onesLike(value) as never);
  return hasAux ? { value, gradient, aux } : { value, gradient };
}

function assertScalar(transform: string, value: unknown): asserts value is AnyTensor {
  if (!isTensor(value)) {
    throw new GradientError(
      transform,
      `the function returned ${describe(value)}`,
      "return a scalar tensor, such as a mean of losses",
    );
  }
  if (value.rank !== 0) {
    throw new GradientError(
      transform,
      `the function returned a tensor of shape ${showShape(value.shape)}, not a scalar`,
      "reduce it with mean or sum, or use vjp or jacobian",
    );
  }
  if (!isFloat(value.dtype)) {
    throw new GradientError(
      transform,
      `the function returned a scalar of ${value.dtype}`,
      'use floats, as in cast(x, "float32")',
    );
  }
}
