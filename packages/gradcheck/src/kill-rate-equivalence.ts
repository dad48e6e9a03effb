import { type AnyTensor, adopt, cast, Draw, isFloat, jvp, key as keyOf, type OpDef, vjp } from "@tapegrad/core";
import { type Call, functionOf, tensorsIn } from "./check-sample.ts";
import { type Multivariate, pulledBack } from "./derivative-checks.ts";
import type { Mutation } from "./mutate-rule.ts";
import { drawArguments, leavesOf, replaceIn } from "./sample-arguments.ts";

/**
 * What comparing a mutated rule with the original one on many inputs came to. `not compared`: the operation refuses the input, or nothing of
 * its derivatives is a number; or that was so for too many.
 */
export type Agreement = "same numbers" | "up to rounding" | "different" | "throws" | "not compared";

/** Differences that rounding makes, relative to the largest number. */
const ROUNDING = 1e-12;
/** Parts of the elements that lie on an edge: an end of the range, a kink, 0, or 1. */
const EDGES = 0.25;
/** How many inputs are drawn at most, for each that is to be compared. */
const DRAWS = 4;

export interface AgreementOptions {
  /** How many inputs must be compared. */
  readonly inputs: number;
  readonly seed: number;
}

/**
 * Compares the derivatives of an operation with those of a mutated copy: gradients, tangents, or at order 2 the gradients of gradients; at random
 * arguments of its samples, a quarter of whose elements lie on edges, where kinks and ties are.
 */
export function agreement(
  run: Call,
  mutant: Call,
  definition: OpDef,
  mutation: Mutation,
  { inputs, seed }: AgreementOptions,
): Agreement {
  const random = generator(seed + mutation.input);
  let result: Agreement = "same numbers";
  let left = inputs;
  const { samples } = definition;
  for (let i = 0; i < DRAWS * inputs && left > 0; i++) {
    const args = argumentsWithEdges(samples[i % samples.length]!.args, random, i < samples.length);
    const compared = compare(run, mutant, args, mutation, random);
    if (compared === "different" || compared === "throws") return compared;
    if (compared === "not compared") continue;
    left--;
    if (compared === "up to rounding") result = compared;
  }
  return left === 0 ? result : "not compared";
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
    return "not compared";
  }
  const smooth = results.map(({ dtype }) => dtype === "float64");
  if (floats.length === 0 || !smooth.includes(true)) return "not compared";
  const cotangents = results.filter((_, i) => smooth[i]).map((result) => randomLike(result, random));
  const tangents = floats.map((x) => randomLike(x, random));
  const of = (copy: Call): Float64Array[] => {
    const f = functionOf(copy, args, floats, (i) => smooth[i]!);
    return (mutation.order === 2 ? secondDerivatives : firstDerivatives)(f, floats, cotangents, tangents, mutation);
  };
  const expected = of(run);
  try {
    const compared = alike(expected, of(mutant));
    // NaN everywhere is like any other NaN.
    const isKnown = expected.some((values) => values.some(Number.isFinite));
    return isKnown || compared === "different" ? compared : "not compared";
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
  const { pullBack } = vjp(pulledBack(f, xs.length))([...xs, ...cotangents]);
  return (pullBack(tangents as never) as readonly AnyTensor[]).map((x) => Float64Array.from(x.data()));
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

/**
 * The arguments of a sample with random tensors, some of whose elements lie on edges unless the draw is `plain`. Matrices that must be
 * definite or regular have none.
 */
function argumentsWithEdges(args: readonly unknown[], random: () => number, plain: boolean): readonly unknown[] {
  const seed = keyOf(Math.floor(random() * 2 ** 31));
  const draws = plain ? [] : [...new Set(leavesOf(args).filter((leaf) => leaf instanceof Draw))];
  const free = draws.filter(({ definite, regular }) => !definite && !regular);
  const withEdges = free.map((draw) => [draw, drawWithEdges(draw, random)] as const);
  return drawArguments(replaceIn(args, new Map<unknown, unknown>(withEdges)), seed).args;
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
