import {
  type AnyTensor,
  cast,
  concat,
  reshape,
  slice,
  type Tensor,
  treeAt,
  treeMap,
  zeros,
} from "@tapegrad/core/functions";
import { checkGradient } from "./check-gradient.ts";
import { parametersOf } from "./start.ts";

/** All parameters of a model in one vector, whatever their dtypes. */
export type Flat = Tensor<readonly [number], "float64">;

const asVector = (x: AnyTensor): Flat => cast(reshape(x, [x.size]), "float64") as Flat;

/** The parameters of a model as one vector, tied ones once. */
export function flatParameters(name: string, model: unknown): Flat {
  return concat(parametersOf(name, model).map(({ value }) => asVector(value as AnyTensor))) as Flat;
}

export interface FlatGradient {
  /** With zeros where there is none. */
  readonly gradient: Flat;
  /** The paths of the parameters that have one. */
  readonly paths: readonly string[];
}

/**
 * Gradients as one vector.
 * @throws ShapeError, DTypeError or GradientError for a gradient that does not fit its parameter, or is not finite.
 */
export function flatGradient(name: string, model: unknown, gradients: unknown, checkFinite: boolean): FlatGradient {
  const paths: string[] = [];
  const parts = parametersOf(name, model).map(({ path, value }) => {
    const parameter = value as AnyTensor;
    const gradient = gradientAt(gradients, path);
    if (gradient === null || gradient === undefined) return zeros([parameter.size], { dtype: "float64" });
    checkGradient(name, path, parameter, gradient, checkFinite);
    paths.push(path);
    return asVector(gradient);
  });
  return { gradient: concat(parts) as Flat, paths };
}

/** `null` may stand for a whole branch. */
function gradientAt(gradients: unknown, path: string): unknown {
  let at = gradients;
  for (const name of path === "" ? [] : path.split(".")) {
    if (at === null || at === undefined) return at;
    at = treeAt(at, name);
  }
  return at;
}

/** The model with the parameters of a vector; those at other paths than these stay. */
export function withFlat<M>(name: string, model: M, vector: Flat, paths: readonly string[]): M {
  const next = new Map<unknown, AnyTensor>();
  const changing = new Set(paths);
  let begun = 0;
  for (const { path, value } of parametersOf(name, model)) {
    const { size, shape, dtype } = value as AnyTensor;
    const part = reshape(slice(vector, [[begun, begun + size]]), shape) as AnyTensor;
    if (changing.has(path)) next.set(value, cast(part, dtype));
    begun += size;
  }
  return treeMap(model, ({ value }) => next.get(value) ?? value) as M;
}
