import { type AnyTensor, adopt, cast, foldIn, jvp, type Key, uniform, vjp } from "@tapegrad/core";

/** A function of several tensors with several results, all of floats. */
export type Multivariate = (xs: readonly AnyTensor[]) => readonly AnyTensor[];

/** The pull-back as a function of the arguments and of the cotangents. */
export function pulledBack(f: Multivariate, count: number): Multivariate {
  return (all) => {
    const { pullBack } = vjp(f)(all.slice(0, count));
    return pullBack(all.slice(count) as never) as readonly AnyTensor[];
  };
}

/** One of the tensors that differentiation gives. */
export interface Derivative {
  /** `result 0`, `gradient 1`, `tangent 0`, `gradient 0 of the pull-back`, ... */
  readonly name: string;
  readonly tensor: AnyTensor;
}

/**
 * The results of a function, its gradients and its tangents in one random direction, and at order 2 and above those of
 * its pull-back: the same ones for the same key, up to rounding, whatever the dtypes of the arguments.
 */
export function derivativesOf(f: Multivariate, xs: readonly AnyTensor[], key: Key, order: number): Derivative[] {
  const named = (kind: string, tensors: readonly AnyTensor[]): Derivative[] =>
    tensors.map((tensor, i) => ({ name: `${kind} ${i}`, tensor }));
  const { value, pullBack } = vjp(f)(xs);
  const cotangents = value.map((output, i) => randomLike(output, foldIn(key, i)));
  const tangents = xs.map((x, i) => randomLike(x, foldIn(key, 1000 + i)));
  const gradients = pullBack(cotangents as never) as readonly AnyTensor[];
  const { tangent } = jvp(f)(xs, tangents as never) as { tangent: readonly AnyTensor[] };
  const own = [...named("result", value), ...named("gradient", gradients), ...named("tangent", tangent)];
  if (order <= 1) return own;
  const above = derivativesOf(pulledBack(f, xs.length), [...xs, ...cotangents], foldIn(key, 2000), order - 1);
  return [...own, ...above.map(({ name, tensor }) => ({ name: `${name} of the pull-back`, tensor }))];
}

/** Numbers of both signs whose sizes differ, so that swapped elements show. */
function randomLike(x: AnyTensor, key: Key): AnyTensor {
  const size = uniform(foldIn(key, 0), x.shape, { low: 0.5, high: 1.5, dtype: "float64" }).data();
  const side = uniform(foldIn(key, 1), x.shape, { dtype: "float64" }).data();
  const values = Float64Array.from(size, (value, i) => (side[i]! < 0.5 ? -value : value));
  return cast(adopt(values, x.shape) as AnyTensor, x.dtype);
}
