import { type AnyTensor, add, adopt, cast, foldIn, jvp, type Key, mul, uniform, vjp } from "@tapegrad/core";

/** A function of several tensors with several results, all of floats. */
export type Multivariate = (xs: readonly AnyTensor[]) => readonly AnyTensor[];

/** Two numbers that should agree. */
export interface Comparison {
  /** Which rule disagrees: `reverse`, `forward`, `reverse of reverse`, ... */
  readonly mode: string;
  readonly argument: number;
  readonly expected: number;
  readonly actual: number;
  /** |expected − actual|. */
  readonly error: number;
  /** What rounding and truncation allow, from the size of the terms that were summed. */
  readonly tolerance: number;
}

/** Step of the extrapolated difference: where its truncation and its rounding error meet, at about 1e-12. */
const STEP = 1e-3;
/** Error allowed between a difference quotient and a derivative, relative to the terms and absolute. */
const NUMERIC_TOLERANCE = [1e-8, 1e-11] as const;
/** Error allowed between two derivatives, likewise. */
const EXACT_TOLERANCE = [1e-11, 1e-14] as const;

export interface CompareOptions {
  /** Whether to compare with difference quotients too, yes if not given: at a kink they tell nothing. */
  readonly numeric?: boolean;
  /** The size of what the function computes with, 1 if not given: its results may cancel to 0 but for rounding. */
  readonly scale?: number;
}

/**
 * Compares reverse mode, forward mode and difference quotients in a random direction for each argument. At order 2 and
 * above the pull-back is checked in the same way, as a function of the arguments and of the cotangents: with fixed
 * cotangents a bilinear operation would be checked as 0 = 0.
 */
export function compareDerivatives(
  f: Multivariate,
  xs: readonly AnyTensor[],
  key: Key,
  order: number,
  { numeric = true, scale = 1 }: CompareOptions = {},
): Comparison[] {
  const outputs = f(xs);
  const cotangents = outputs.map((output, i) => randomLike(output, foldIn(key, i)));
  const { pullBack } = vjp(f)(xs);
  const pulled = pullBack(cotangents as never) as readonly AnyTensor[];
  const comparisons: Comparison[] = [];
  let largest = scale;
  xs.forEach((x, argument) => {
    if (x.size === 0) return;
    const direction = randomLike(x, foldIn(key, 1000 + argument));
    const tangents = xs.map((_, i) => (i === argument ? direction : null));
    const { tangent } = jvp(f)(xs, tangents as never) as { tangent: readonly AnyTensor[] };
    const [reverse, reverseSize] = product([direction], [pulled[argument]!]);
    const [forward, forwardSize] = product(cotangents, tangent);
    const size = Math.max(reverseSize, forwardSize);
    if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
    const compare = (
      mode: string,
      expected: number,
      actual: number,
      [relative, absolute]: readonly [number, number],
    ) => {
      const error = Math.abs(expected - actual);
      comparisons.push({ mode, argument, expected, actual, error, tolerance: relative * size + absolute * scale });
    };
    if (numeric) {
      const along = (h: number) => f(xs.with(argument, add(x, mul(direction, h)) as AnyTensor));
      compare("reverse", difference(along, cotangents), reverse, NUMERIC_TOLERANCE);
    }
    compare("forward", reverse, forward, EXACT_TOLERANCE);
  });
  if (order <= 1) return comparisons;
  const next = pullBackOf(f, xs.length);
  const options = { numeric, scale: largest };
  const above = compareDerivatives(next, [...xs, ...cotangents], foldIn(key, 2000), order - 1, options);
  return [
    ...comparisons,
    ...above.map((comparison) => ({ ...comparison, mode: `${comparison.mode} of the pull-back` })),
  ];
}

/** The pull-back as a function of the arguments and of the cotangents. */
function pullBackOf(f: Multivariate, count: number): Multivariate {
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
  const above = derivativesOf(pullBackOf(f, xs.length), [...xs, ...cotangents], foldIn(key, 2000), order - 1);
  return [...own, ...above.map(({ name, tensor }) => ({ name: `${name} of the pull-back`, tensor }))];
}

/** Numbers of both signs whose sizes differ, so that swapped elements show. */
function randomLike(x: AnyTensor, key: Key): AnyTensor {
  const size = uniform(foldIn(key, 0), x.shape, { low: 0.5, high: 1.5, dtype: "float64" }).data();
  const side = uniform(foldIn(key, 1), x.shape, { dtype: "float64" }).data();
  const values = Float64Array.from(size, (value, i) => (side[i]! < 0.5 ? -value : value));
  return cast(adopt(values, x.shape) as AnyTensor, x.dtype);
}

/** Σ a·b over several tensors, and Σ |a·b|. */
function product(as: readonly AnyTensor[], bs: readonly AnyTensor[]): [value: number, size: number] {
  let [value, size] = [0, 0];
  as.forEach((a, i) => {
    const terms = mul(a, bs[i]!).data();
    for (const term of terms) {
      value += term;
      size += Math.abs(term);
    }
  });
  return [value, size];
}

/** d/dh Σ w·f(h) at 0, by central differences at h and h/2, extrapolated (Richardson, 1911). */
function difference(f: (h: number) => readonly AnyTensor[], weights: readonly AnyTensor[]): number {
  const central = (h: number): number => {
    const [after, before] = [f(h), f(-h)];
    let total = 0;
    weights.forEach((weight, i) => {
      const [w, y, z] = [weight.data(), after[i]!.data(), before[i]!.data()];
      for (let j = 0; j < w.length; j++) total += w[j]! * (y[j]! - z[j]!);
    });
    return total / (2 * h);
  };
  return (64 * central(STEP / 4) - 20 * central(STEP / 2) + central(STEP)) / 45;
}
