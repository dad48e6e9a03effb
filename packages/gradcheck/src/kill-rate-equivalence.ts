import { type AnyTensor, adopt, cast, Draw, isFloat, jvp, key as keyOf, type OpDef, vjp } from "@tapegrad/core";
import { type Call, functionOf, tensorsIn } from "./check-sample.ts";
import type { Multivariate } from "./derivative-checks.ts";
import type { Mutation } from "./mutate-rule.ts";
import { drawArguments, leavesOf, replaceIn } from "./sample-arguments.ts";

/** What comparing a mutated rule with the original one on many inputs came to. */
export type Agreement = "same numbers" | "up to rounding" | "different" | "throws";

/** Differences that rounding makes, relative to the largest number. */
const ROUNDING = 1e-12;
/** Parts of the elements that lie on an edge: an end of the range, a kink, 0, or 1. */
const EDGES = 0.25;

/**
 * Compares the derivatives of an operation with those of a mutated copy: gradients, tangents, or at order 2 the gradients of gradients; at random
 * arguments of its samples, a quarter of whose elements lie on edges, where kinks and ties are.
 */
export function agreement(run: Call, mutant: Call, definition: OpDef, mutation: Mutation, inputs: number): Agreement {
  const random = generator(mutation.input + 1);
  let result: Agreement = "same numbers";
  const { samples } = definition;
  for (let i = 0; i < inputs; i++) {
    const args = argumentsWithEdges(samples[i % samples.length]!.args, random, i < samples.length);
    const compared = compare(run, mutant, args, mutation, random);
    if (compared === "different" || compared === "throws") return compared;
    if (compared === "up to rounding") result = compared;
  }
  return result;
}

/** Compares the derivatives for one call. */
export function compare(
  run: Call,
  mutant: Call,
  args: readonly unknown[],
  mutation: Mutation,
  random: () => number,
): Agreement {
  const floats = [...new Set(tensorsIn(args))].filter(({ dtype }) => dtype === "float64");
  let results: AnyTensor[];
  try {
    results = tensorsIn(run(...args));
  } catch {
    // An edge that the operation refuses.
    return "same numbers";
  }
  const smooth = results.map(({ dtype }) => dtype === "float64");
  if (floats.length === 0 || !smooth.includes(true)) return "same numbers";
  const cotangents = results.filter((_, i) => smooth[i]).map((result) => randomLike(result, random));
  const tangents = floats.map((x) => randomLike(x, random));
  const of = (copy: Call): Float64Array[] => {
    const f = functionOf(copy, args, floats, (i) => smooth[i]!);
    return (mutation.order === 2 ? secondDerivatives : firstDerivatives)(f, floats, cotangents, tangents, mutation);
  };
  const expected = of(run);
  try {
    return alike(expected, of(mutant));
  } catch {
    // Gradients of the wrong shape are refused by the sweep.
    return "throws";
  }
}

type Derivatives = (
  f: Multivariate,
  xs: readonly AnyTensor[],
  cotangents: readonly AnyTensor[],
  tangents: readonly AnyTensor[],
  mutation: Mutation,
) => Float64Array[];

const firstDerivatives: Derivatives = (f, xs, cotangents, tangents, { mode }) => {
  const reverse = mode === "forward" ? [] : (vjp(f)(xs).pullBack(cotangents as never) as readonly AnyTensor[]);
  const forward = mode === "reverse" ? [] : (jvp(f)(xs, tangents as never).tangent as unknown as readonly AnyTensor[]);
  return [...reverse, ...forward].map((x) => Float64Array.from(x.data()));
};

/** The gradient of the gradient along the tangents, by the arguments and by the cotangents. */
const secondDerivatives: Derivatives = (f, xs, cotangents, tangents) => {
  const pulled: Multivariate = (all) =>
    vjp(f)(all.slice(0, xs.length)).pullBack(all.slice(xs.length) as never) as readonly AnyTensor[];
  const second = vjp(pulled)([...xs, ...cotangents]).pullBack(tangents as never) as readonly AnyTensor[];
  return second.map((x) => Float64Array.from(x.data()));
};

function alike(a: readonly Float64Array[], b: readonly Float64Array[]): Agreement {
  let isSame = true;
  for (const [i, expected] of a.entries()) {
    const actual = b[i]!;
    const largest = expected.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
    for (let j = 0; j < expected.length; j++) {
      const [x, y] = [expected[j]!, actual[j]!];
      if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
      if (!(Math.abs(x - y) <= ROUNDING * largest)) return "different";
      isSame = false;
    }
  }
  return isSame ? "same numbers" : "up to rounding";
}

/** The arguments of a sample with random tensors, some of whose elements lie on edges unless the draw is `plain`. */
function argumentsWithEdges(args: readonly unknown[], random: () => number, plain: boolean): readonly unknown[] {
  const draws = [...new Set(leavesOf(args).filter((leaf) => leaf instanceof Draw))];
  const seed = Math.floor(random() * 2 ** 31);
  if (plain || draws.some(({ definite, regular }) => definite || regular)) return drawArguments(args, keyOf(seed)).args;
  const tensors = draws.map((draw) => [draw, drawWithEdges(draw, random)] as const);
  return replaceIn(args, new Map<unknown, unknown>(tensors));
}

function drawWithEdges({ shape, dtype, low, high, avoid }: Draw, random: () => number): AnyTensor {
  const edges = [low, high, ...avoid, 0, 1].filter((edge) => edge >= low && edge <= high);
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float64Array.from({ length: size }, () => {
    if (!isFloat(dtype)) return Math.floor(low + random() * (high - low + 1));
    return random() < EDGES ? edges[Math.floor(random() * edges.length)]! : low + random() * (high - low);
  });
  return cast(adopt(values, shape) as AnyTensor, dtype);
}

function randomLike({ shape, size }: AnyTensor, random: () => number): AnyTensor {
  return adopt(
    Float64Array.from({ length: size }, () => 2 * random() - 1),
    shape,
  ) as AnyTensor;
}

/** Numbers in [0, 1) of a small generator (Steele and Vigna's splitmix, 32 bits): ten thousand inputs need many. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let x = state ^ (state >>> 16);
    x = Math.imul(x, 0x21f0aaad);
    x ^= x >>> 15;
    x = Math.imul(x, 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}
