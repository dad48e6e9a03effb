import { type AnyTensor, customGradient, key, mul, tensor } from "@tapegrad/core";
import { Context, type Mode } from "../../src/engine/context.ts";
import { pullBackAll } from "../../src/engine/protocol.ts";
import { Reverse } from "../../src/engine/references.ts";
import { Runs } from "../../src/engine/runs.ts";
import { subjectOf } from "../../src/engine/subject.ts";

export const f64 = { dtype: "float64" } as const;

export const double = (values: number | number[] | number[][]): AnyTensor => tensor(values as number[], f64);

/** A function with a gradient that is off by a factor. */
export const wrongBy = (factor: number | AnyTensor): ((x: AnyTensor) => AnyTensor) =>
  customGradient((x: AnyTensor) => ({ value: x, pullBack: (g) => mul(g, factor) }));

interface Options {
  readonly modes?: readonly Mode[];
  readonly budget?: number;
  /** Of the results, flat; 1 for each element if not given. */
  readonly weights?: readonly number[];
}

/** An examination that is about to begin: with cotangents and gradients, and nothing sampled. */
export function contextFor<T>(f: (at: T) => unknown, at: T, options: Options = {}): Context {
  const { modes = ["numeric", "forward", "reverse"], budget = 1000 } = options;
  const runs = new Runs(subjectOf(f, at));
  const context = new Context(runs, new Set(modes), budget, key(1));
  context.cotangents = [Float64Array.from(options.weights ?? runs.values.map(() => 1))];
  pullBackAll(context, new Reverse(runs));
  return context;
}
