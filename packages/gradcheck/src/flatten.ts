import {
  type AnyTensor,
  adopt,
  cast,
  type FloatDType,
  type Gradient,
  isTensor,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  TreeError,
  treeLeaves,
  treeMap,
} from "@tapegrad/core";

/** Where the elements of one parameter stand in a flat vector. */
export interface Segment {
  /** `layers.0.weight` */
  readonly path: string;
  readonly shape: Shape;
  readonly dtype: FloatDType;
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
 * The parameters of a tree as one vector, and the way back. A tensor that stands at several places counts once; in a
 * gradient that means nothing, so flatten it beside its tree, with `flattenGradient`.
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
    segments.push({ path, shape: value.shape, dtype: value.dtype as FloatDType, start: length, size: value.size });
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
  return cast(adopt(vector.slice(start, start + like.size), like.shape) as AnyTensor, like.dtype);
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
 * A gradient in the order of `flattenParameters(tree)`, whichever tensors of it are one object. `null` in place of a
 * parameter counts as zeros, unless another place of a tied parameter has a gradient.
 * @throws TreeError when the gradient lacks a place of the tree, or has no tensor there; ShapeError when one has another
 * shape than its parameter.
 * @example
 * flattenGradient({ w: tensor([1, 2]), b: tensor(3) }, { w: tensor([5, 6]), b: null }); // Float64Array [5, 6, 0]
 */
export function flattenGradient<T>(tree: T, gradient: Gradient<T>): Float64Array {
  const gradients = new Map<AnyTensor, AnyTensor | null>();
  treeMap(
    tree,
    ({ path, kind, value }, beside) => {
      if (kind !== "parameter" || !isTensor(value)) return value;
      gradients.set(value, gradients.get(value) ?? checked(path, value, beside));
      return value;
    },
    gradient,
  );
  const parts = Array.from(gradients, ([parameter, own]) => own?.data() ?? new Float64Array(parameter.size));
  return join(
    parts,
    parts.reduce((length, part) => length + part.length, 0),
  );
}

function checked(path: string, parameter: AnyTensor, gradient: unknown): AnyTensor | null {
  if (gradient === null || gradient === undefined) return null;
  const name = path === "" ? "the gradient" : `the gradient of ${path}`;
  if (!isTensor(gradient)) throw new TreeError("flattenGradient", `${name} is no tensor`, "give a tensor or null");
  if (!sameShape(gradient.shape, parameter.shape)) {
    throw new ShapeError(
      "flattenGradient",
      `${name} is ${showShape(gradient.shape)}, but the parameter is ${showShape(parameter.shape)}`,
      "give it the shape of the parameter",
    );
  }
  return gradient;
}
