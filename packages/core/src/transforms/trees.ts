import type { FloatDType } from "../dtype.ts";
import { ArgumentError, GradientError } from "../errors.ts";
import type { Key } from "../key.ts";
import { alias } from "../ops/cast.ts";
import { type AnyTensor, isTensor, type Tensor } from "../tensor.ts";
import { type Leaf, treeAt, treeLeaves, treeMap, treeVisit } from "../tree.ts";

/** The tree of gradients: a tensor for each parameter, `null` for integers, bools, buffers and keys. */
export type Gradient<T> =
  T extends Tensor<infer S, infer D>
    ? [Extract<D, FloatDType>] extends [never]
      ? null
      : Tensor<S, Extract<D, FloatDType>>
    : T extends Key
      ? null
      : T extends ((...args: never[]) => unknown) | string | number | boolean | null | undefined | symbol | bigint
        ? T
        : { [K in keyof T]: Gradient<T[K]> };

/** A tree of tangents: as gradients, and also with tensors whose dtype is not known to be one of floats; `null` counts as zeros. */
export type Tangent<T> =
  T extends Tensor<infer S, infer D>
    ? ([Extract<D, FloatDType>] extends [never] ? null : Tensor<S, D>) | null
    : T extends Key
      ? null
      : T extends ((...args: never[]) => unknown) | string | number | boolean | null | undefined | symbol | bigint
        ? T
        : { [K in keyof T]: Tangent<T[K]> } | null;

/**
 * Which parameters of a tree to differentiate by: all, if nothing is given. A tensor that stands at several places (tied
 * weights) is selected at all of them when it is at one.
 */
export interface Selection<Path extends string | undefined = string | undefined> {
  /** Only those below a path, such as `layers.0` or `layers.0.weight`. */
  readonly wrt?: Path;
  /** Only those that a predicate picks. */
  readonly select?: (leaf: Leaf) => boolean;
}

/** A tree whose selected parameters are under a fresh identity, so that transforms inside one another do not mix. */
export interface Entered<T> {
  readonly tree: T;
  /** One for each selected tensor, however often it stands in the tree. */
  readonly inputs: readonly AnyTensor[];
  /** The tree with each selected parameter replaced by `f` of its fresh identity, and `null` for other leaves. */
  map(
    f: (input: AnyTensor, leaf: Leaf, ...others: readonly unknown[]) => unknown,
    ...others: readonly unknown[]
  ): unknown;
}

/** @throws TreeError for a path that leads nowhere; GradientError when there is no parameter. */
export function enter<T>(transform: string, tree: T, selection: Selection = {}): Entered<T> {
  const selected = selector(tree, selection);
  const fresh = new Map<unknown, AnyTensor>();
  treeVisit(tree, (leaf) => {
    if (leaf.kind === "parameter" && selected(leaf) && !fresh.has(leaf.value))
      fresh.set(leaf.value, alias(leaf.value as AnyTensor));
  });
  const inner = treeMap(tree, ({ value }) => fresh.get(value) ?? value) as T;
  if (fresh.size === 0) {
    const kinds = treeLeaves(tree).map(
      ({ path, kind, value }) => `${path || "the value"} (${isTensor(value) ? value.dtype : kind})`,
    );
    const found = kinds.length === 0 ? "no tensor at all" : kinds.slice(0, 4).join(", ");
    throw new GradientError(
      transform,
      `there is no parameter to differentiate by, but ${found}`,
      "parameters are tensors of floats; wrap numbers with tensor(...)",
    );
  }
  return {
    tree: inner,
    inputs: [...fresh.values()],
    map: (f, ...others) =>
      treeMap(
        tree,
        (leaf, ...beside) => {
          const input = fresh.get(leaf.value);
          return input === undefined ? null : f(input, leaf, ...beside);
        },
        ...others,
      ),
  };
}

function selector(tree: unknown, { wrt, select = () => true }: Selection): (leaf: Leaf) => boolean {
  if (wrt === undefined || wrt === "") return select;
  if (typeof wrt !== "string") {
    throw new ArgumentError(
      "wrt",
      `${JSON.stringify(wrt)} is no path`,
      'give one path, as in "layers.0", or use select for several leaves',
    );
  }
  treeAt(tree, wrt);
  return (leaf) => (leaf.path === wrt || leaf.path.startsWith(`${wrt}.`)) && select(leaf);
}

/** The tensors of what a function returned. */
export function outputsOf(transform: string, value: unknown): AnyTensor[] {
  refusePromise(transform, value);
  const tensors = treeLeaves(value).flatMap((leaf) => (isTensor(leaf.value) ? [leaf.value] : []));
  if (tensors.length === 0) {
    throw new GradientError(
      transform,
      `the function returned ${describe(value)}`,
      "return a tensor, or a tree of tensors",
    );
  }
  return tensors;
}

/** @throws GradientError for a promise: a tape records synchronously, and would miss what happens after an await. */
export function refusePromise(transform: string, value: unknown): void {
  if (typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function") {
    throw new GradientError(
      transform,
      "the function returned a promise",
      "await data before, and transform a synchronous function",
    );
  }
}

export function describe(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (Array.isArray(value)) return "an array without tensors";
  return typeof value === "object" ? "an object without tensors" : `a ${typeof value}`;
}
