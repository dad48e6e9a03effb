import {
  type AnyTensor,
  ArgumentError,
  adopt,
  cast,
  type FloatDType,
  GradientError,
  isFloat,
  isTensor,
  type Leaf,
  type Shape,
  sizeOf,
  treeLeaves,
  treeMap,
} from "@tapegrad/core";

/** One tensor among several whose elements stand one after another in a flat vector. */
export interface Block {
  /** `layers.0.weight`; empty where a tree is a single tensor. */
  readonly path: string;
  readonly shape: Shape;
  readonly dtype: FloatDType;
  readonly start: number;
  readonly size: number;
}

/** A function from tensors to tensors, and the point at which its derivatives are to be checked. */
export interface Subject {
  readonly inputs: readonly Block[];
  readonly at: readonly AnyTensor[];
  /** The results of float dtype, in the order of the tree that the function returns. Takes one tensor per input. */
  readonly run: (xs: readonly AnyTensor[]) => readonly AnyTensor[];
  /** Paths of the results, known once the function has run. */
  readonly outputPaths: () => readonly string[];
  /** How large results are at least taken to be, flat: those of which nothing but rounding is left would look like noise. */
  readonly sizes?: Float64Array;
}

/** Blocks for tensors of floats, in the order given. */
export function blocksOf(tensors: readonly AnyTensor[], paths: readonly string[]): Block[] {
  let start = 0;
  return tensors.map(({ shape, dtype }, i) => {
    const block = { path: paths[i] ?? "", shape, dtype: dtype as FloatDType, start, size: sizeOf(shape) };
    start += block.size;
    return block;
  });
}

export const lengthOf = (blocks: readonly Block[]): number => blocks.reduce((sum, { size }) => sum + size, 0);

/** The elements of several tensors, one after another. */
export function flatten(tensors: readonly AnyTensor[]): Float64Array {
  const parts = tensors.map((tensor) => tensor.data());
  const flat = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    flat.set(part, start);
    start += part.length;
  }
  return flat;
}

/** The tensor of one block of a flat vector. */
export function tensorOf(flat: Float64Array, { start, size, shape, dtype }: Block): AnyTensor {
  return cast(adopt(flat.slice(start, start + size), shape) as AnyTensor, dtype);
}

export const unflatten = (flat: Float64Array, blocks: readonly Block[]): AnyTensor[] =>
  blocks.map((block) => tensorOf(flat, block));

/**
 * A function of a tree as one of the parameters in it, each tensor once. Parameters below a path of `frozen` stay constants.
 * @throws ArgumentError when there is nothing to check.
 */
export function subjectOf<T>(f: (at: T) => unknown, at: T, frozen: readonly string[] = []): Subject {
  const leaves = treeLeaves(at);
  const isFrozen = ({ path }: Leaf): boolean =>
    frozen.some((prefix) => path === prefix || path.startsWith(`${prefix}.`));
  const lost = frozen.find(
    (prefix) => !leaves.some((leaf) => leaf.path === prefix || leaf.path.startsWith(`${prefix}.`)),
  );
  if (lost !== undefined) {
    throw new ArgumentError(
      "checkGradients",
      `there is no "${lost}" to freeze`,
      `name one of ${leaves.map(({ path }) => path).join(", ")}`,
    );
  }
  const parameters = new Map<AnyTensor, string>();
  for (const leaf of leaves) {
    if (leaf.kind !== "parameter" || isFrozen(leaf)) continue;
    const before = parameters.get(leaf.value as AnyTensor);
    parameters.set(leaf.value as AnyTensor, before === undefined ? leaf.path : before);
  }
  const tensors = [...parameters.keys()];
  refuseNothing(leaves, tensors);
  let outputPaths: readonly string[] = [];
  return {
    inputs: blocksOf(tensors, [...parameters.values()]),
    at: tensors,
    run: (xs) => {
      const replaced = new Map(tensors.map((tensor, i) => [tensor, xs[i]!]));
      const value = f(treeMap(at, (leaf) => (isTensor(leaf.value) && replaced.get(leaf.value)) || leaf.value) as T);
      const floats = floatsOf(value);
      outputPaths = floats.map(({ path }) => path);
      return floats.map((leaf) => leaf.value as AnyTensor);
    },
    outputPaths: () => outputPaths,
  };
}

/** @throws GradientError unless a result is a tree with tensors of floats. */
function floatsOf(value: unknown): Leaf[] {
  const isPromise = typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
  const leaves = isPromise ? [] : treeLeaves(value);
  const floats = leaves.filter((leaf) => isTensor(leaf.value) && isFloat(leaf.value.dtype));
  if (floats.length > 0) return floats;
  const found = isPromise ? "a promise" : leaves.length > 0 ? "no floats" : "no tensor";
  throw new GradientError(
    "checkGradients",
    `the function returned ${found}`,
    "return a tensor of floats, or a tree of them",
  );
}

function refuseNothing(leaves: readonly Leaf[], parameters: readonly AnyTensor[]): void {
  if (parameters.some(({ shape }) => sizeOf(shape) > 0)) return;
  const found = leaves
    .slice(0, 4)
    .map(
      ({ path, kind, value }) =>
        `${path || "the argument"} (${isTensor(value) ? `${value.dtype} [${value.shape}]` : kind})`,
    );
  throw new ArgumentError(
    "checkGradients",
    `there is no parameter to check, but ${found.join(", ") || "no tensor at all"}`,
    "parameters are tensors of floats with elements, and not frozen",
  );
}
