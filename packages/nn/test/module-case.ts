import {
  type AnyTensor,
  add,
  type FloatDType,
  isFloat,
  isTensor,
  type Key,
  key,
  mul,
  type Shape,
  sum,
  type Tensor,
  tensor,
  treeLeaves,
  uniform,
} from "@tapegrad/core";
import { expect } from "vitest";
import { type ApplyOptions, apply, type Module, type Updates } from "../src/index.ts";

/**
 * A module in a setting, to be put to every test of `every-module.test.ts`. Each file of `module-cases` exports a list of
 * them as `cases`. Shapes are small: each case is differentiated, compiled and mapped several times.
 */
export interface ModuleCase {
  /** The class, and what is special. */
  readonly name: string;
  readonly make: (key: Key, dtype: FloatDType) => Module;
  /** What `forward` takes: a tensor, or a tree of several. */
  readonly input: (key: Key, dtype: FloatDType) => unknown;
  /** The class that is proven, where `make` gives a module around one that takes more than one input. */
  readonly of?: unknown;
}

/** What a module gives for an input, in evaluation if there is no key. */
export function run(model: Module, input: unknown, options: ApplyOptions): { output: unknown; updates: Updates } {
  return apply(model, input as never, options) as { output: unknown; updates: Updates };
}

/** The sum of all floats in a tree by fixed weights, so that no gradient vanishes by symmetry. */
export function weightedSum(tree: unknown): Tensor<readonly []> {
  const floats = treeLeaves(tree).flatMap(({ value }) => (isTensor(value) && isFloat(value.dtype) ? [value] : []));
  const sums = floats.map((x) => {
    const weights = Array.from({ length: x.size }, (_, i) => Math.sin(i + 1));
    return sum(mul(x, tensor(weights, { shape: x.shape, dtype: x.dtype }) as AnyTensor));
  });
  return sums.reduce(add) as Tensor<readonly []>;
}

/** The largest difference that rounding may make, by the largest number that stands beside it. */
const rounding: Readonly<Record<string, number>> = { float32: 1e-5, float64: 1e-12 };

/** The same places, shapes and dtypes in two trees, and the same values within rounding. */
export function expectSame(actual: unknown, expected: unknown): void {
  const describe = (tree: unknown): string[] =>
    treeLeaves(tree).map(({ path, value }) => `${path} ${isTensor(value) ? `${value.dtype} [${value.shape}]` : "key"}`);
  expect(describe(actual)).toEqual(describe(expected));
  const values = treeLeaves(expected).map(({ value }) => value);
  treeLeaves(actual).forEach(({ path, value }, i) => {
    const [a, b] = [value, values[i]!].map((leaf) => Array.from(isTensor(leaf) ? leaf.data() : leaf.bits.data()));
    const size = Math.max(1, ...b!.map(Math.abs));
    const difference = Math.max(0, ...a!.map((x, j) => Math.abs(x - b![j]!)));
    const bound = isTensor(value) ? (rounding[value.dtype] ?? 0) * size : 0;
    expect(difference <= bound, `${path}: ${a} for ${b}, ${difference} apart`).toBe(true);
  });
}

/** Floats between −1.5 and 1.5. */
export const floats =
  (shape: Shape) =>
  (from: Key, dtype: FloatDType): AnyTensor =>
    uniform(from, shape, { low: -1.5, high: 1.5, dtype }) as AnyTensor;

/** The key of training runs. */
export const trainingKey = key(7);
