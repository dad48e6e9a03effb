import {
  type AnyTensor,
  adopt,
  cast,
  type Gradient,
  isTensor,
  type Leaf,
  reshape,
  TreeError,
  treeLeaves,
  treeMap,
} from "@tapegrad/core";

/** Where the elements of one parameter stand in a flat vector. */
export interface Segment {
  /** `layers.0.weight` */
  readonly path: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly size: number;
}

export interface Flattened<T> {
  /** All parameters, one after another in the order of the tree, row-major. */
  readonly vector: Float64Array;
  readonly segments: readonly Segment[];
  /** The tree with its parameters taken from a vector; they keep their shapes and dtypes. */
  readonly unflatten: (vector: Float64Array) => T;
}

/**
 * The parameters of a tree as one vector, and the way back. A tensor that stands at several places counts once.
 * @throws TreeError when a vector of another length is put back.
 * @example
 * const { vector, unflatten } = flattenParameters({ w: tensor([1, 2]), b: tensor(3) });
 * vector; // Float64Array [1, 2, 3]
 */
export function flattenParameters<T>(tree: T): Flattened<T> {
  const segments: Segment[] = [];
  const starts = new Map<unknown, number>();
  const parts: ArrayLike<number>[] = [];
  let length = 0;
  for (const { path, kind, value } of treeLeaves(tree)) {
    if (kind !== "parameter" || !isTensor(value) || starts.has(value)) continue;
    starts.set(value, length);
    segments.push({ path, shape: value.shape, start: length, size: value.size });
    parts.push(value.data());
    length += value.size;
  }
  const unflatten = (vector: Float64Array): T => {
    if (vector.length !== length) {
      throw new TreeError(
        "flattenParameters",
        `a vector of ${vector.length} does not fill ${length} parameters`,
        "give one element each",
      );
    }
    return treeMap(tree, ({ value }) => {
      const start = starts.get(value);
      return start === undefined || !isTensor(value) ? value : partOf(vector, start, value);
    }) as T;
  };
  return { vector: join(parts, length), segments, unflatten };
}

function partOf(vector: Float64Array, start: number, like: AnyTensor): AnyTensor {
  const part = reshape(adopt(vector.slice(start, start + like.size)), like.shape) as AnyTensor;
  return cast(part, like.dtype);
}

function join(parts: readonly ArrayLike<number>[], length: number): Float64Array {
  const vector = new Float64Array(length);
  let start = 0;
  for (const part of parts) {
    vector.set(part, start);
    start += part.length;
  }
  return vector;
}

/**
 * A gradient in the order of `flattenParameters(tree)`. `null` in place of a parameter counts as zeros.
 * @throws TreeError when the gradient lacks a place of the tree.
 */
export function flattenGradient<T>(tree: T, gradient: Gradient<T>): Float64Array {
  const seen = new Set<unknown>();
  const parts: ArrayLike<number>[] = [];
  let length = 0;
  treeMap(
    tree,
    ({ kind, value }: Leaf, beside) => {
      if (kind !== "parameter" || !isTensor(value) || seen.has(value)) return value;
      seen.add(value);
      parts.push(isTensor(beside) ? beside.data() : new Float64Array(value.size));
      length += value.size;
      return value;
    },
    gradient,
  );
  return join(parts, length);
}
