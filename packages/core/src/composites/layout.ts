import { arange } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, checkTensors, defineComposite, draw, type ErrorSample } from "../op.ts";
import { add } from "../ops/arithmetic.ts";
import { greaterEqual, lessEqual } from "../ops/comparison.ts";
import { broadcastTo, concat, permute, reshape, split } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { embed, slice } from "../ops/slice.ts";
import { where } from "../ops/where.ts";
import { type Axes, checkShape, normalizeAxes, normalizeAxis, type Shape, sameShape, showShape } from "../shape.ts";
import type { Stack } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { expandDims, squeeze } from "./movement.ts";

type OnTensor<Rest extends unknown[]> = (x: AnyTensor, ...rest: Rest) => AnyTensor;

const noAxis = (name: string): ErrorSample => ({
  args: [draw([2]), 1, 1],
  error: ShapeError,
  message: RegExp(`${name}: \\[2\\] has no axis 1`),
});

/** Ranges that keep every axis but one. */
function only<R>(axis: number, range: R): (R | null)[] {
  return [...Array<null>(axis).fill(null), range];
}

/**
 * Tensors of one shape joined along a new axis.
 * @throws ShapeError when shapes differ; ArgumentError for no tensors.
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])], 1).toArray(); // [[1, 3], [2, 4]]
 */
export const stack: Stack = defineComposite<Stack>(
  {
    name: "stack",
    samples: [{ args: [[draw([2, 3]), draw([2, 3])]] }, { args: [[draw([2]), draw([2]), draw([2])], -1] }],
    errors: [
      { args: [[draw([2]), draw([3])]], error: ShapeError, message: /stack: \[2\] and \[3\] differ/ },
      { args: [[]], error: ArgumentError, message: /stack: there is nothing to join/ },
    ],
  },
  (tensors: readonly AnyTensor[], axis = 0) => {
    checkTensors("stack", tensors);
    const [first] = tensors;
    if (first === undefined) throw new ArgumentError("stack", "there is nothing to join", "give at least one tensor");
    const other = tensors.find((tensor) => !sameShape(tensor.shape, first.shape));
    if (other)
      throw new ShapeError(
        "stack",
        `${showShape(first.shape)} and ${showShape(other.shape)} differ`,
        "give tensors of one shape",
      );
    const at = normalizeAxis("stack", axis, [...first.shape, 1]);
    return concat(tensors.map((tensor) => expandDims(tensor, at)) as AnyTensor[], at);
  },
);

/**
 * The tensors along an axis (the first if not given), which goes: the inverse of `stack`.
 * @throws ShapeError for an unknown axis.
 * @example
 * unbind(tensor([[1, 2], [3, 4]])).map((part) => part.toArray()); // [[1, 2], [3, 4]]
 */
export const unbind: (x: AnyTensor, axis?: number) => readonly AnyTensor[] = defineComposite<
  (x: AnyTensor, axis?: number) => readonly AnyTensor[]
>(
  { name: "unbind", samples: [{ args: [draw([3, 2])] }, { args: [draw([2, 3]), -1] }], errors: [noAxis("unbind")] },
  (x: AnyTensor, axis = 0) => {
    checkTensor("unbind", x, 0);
    const at = normalizeAxis("unbind", axis, x.shape);
    const parts = split(x, Array<number>(x.shape[at]!).fill(1), at) as readonly AnyTensor[];
    return parts.map((part) => squeeze(part, at) as AnyTensor);
  },
);

/**
 * Order reversed along axes, all of them if none are given.
 * @throws ShapeError for an unknown axis.
 * @example
 * flip(tensor([[1, 2], [3, 4]]), 0).toArray(); // [[3, 4], [1, 2]]
 */
export const flip: OnTensor<[axis?: Axes]> = defineComposite<OnTensor<[axis?: Axes]>>(
  {
    name: "flip",
    samples: [{ args: [draw([2, 3])] }, { args: [draw([2, 3]), -1] }, { args: [draw([])] }],
    errors: [noAxis("flip")],
  },
  (x: AnyTensor, axis?: Axes) => {
    checkTensor("flip", x, 0);
    const axes = normalizeAxes("flip", axis, x.shape);
    return slice(
      x,
      x.shape.map((_, i) => (axes.includes(i) ? ([null, null, -1] as const) : null)),
    );
  },
);

/**
 * Elements moved along an axis (through the flattened tensor if none is given); what falls off the end comes in at the start.
 * @throws ShapeError for an unknown axis.
 * @example
 * roll(tensor([1, 2, 3]), 1).toArray(); // [3, 1, 2]
 */
export const roll: OnTensor<[shift: number, axis?: number | null]> = defineComposite<
  OnTensor<[shift: number, axis?: number | null]>
>(
  {
    name: "roll",
    samples: [
      { args: [draw([5]), 2] },
      { args: [draw([2, 3]), -1, 1] },
      { args: [draw([2, 3]), 2] },
      { args: [draw([0]), 1] },
    ],
    errors: [noAxis("roll")],
  },
  (x: AnyTensor, shift: number, axis: number | null = null) => {
    checkTensor("roll", x, 0);
    if (axis === null) {
      const flat = roll(reshape(x, [x.size]) as AnyTensor, shift, 0);
      return reshape(flat, x.shape);
    }
    const at = normalizeAxis("roll", axis, x.shape);
    const length = x.shape[at]!;
    const start = length === 0 ? 0 : ((-shift % length) + length) % length;
    return concat(
      [slice(x, only(at, [start, length] as const)), slice(x, only(at, [0, start] as const))] as AnyTensor[],
      at,
    );
  },
);

/**
 * The tensor repeated as a whole along each axis; axes are added in front where there are more repeats than axes.
 * @throws ShapeError for repeats that are no whole numbers.
 * @example
 * tile(tensor([1, 2]), [2, 2]).toArray(); // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export const tile: OnTensor<[repeats: readonly number[]]> = defineComposite<OnTensor<[repeats: readonly number[]]>>(
  {
    name: "tile",
    samples: [
      { args: [draw([2, 3]), [2, 1]] },
      { args: [draw([2]), [3, 2]] },
      { args: [draw([2, 2]), [3]] },
      { args: [draw([]), [2]] },
    ],
    errors: [{ args: [draw([2]), [-1]], error: ShapeError, message: /tile: \[-1\] is no shape/ }],
  },
  (x: AnyTensor, repeats: readonly number[]) => {
    checkTensor("tile", x, 0);
    checkShape("tile", repeats);
    const rank = Math.max(x.rank, repeats.length);
    const shape = [...Array<number>(rank - x.rank).fill(1), ...x.shape];
    const counts = [...Array<number>(rank - repeats.length).fill(1), ...repeats];
    const between = reshape(
      x,
      shape.flatMap((size) => [1, size]),
    );
    const stretched = broadcastTo(
      between as AnyTensor,
      shape.flatMap((size, i) => [counts[i]!, size]),
    );
    return reshape(
      stretched,
      shape.map((size, i) => size * counts[i]!),
    );
  },
);

/**
 * Each element repeated along an axis (the first if not given), beside itself.
 * @throws ShapeError for an unknown axis, or a count that is no whole number.
 * @example
 * repeat(tensor([1, 2]), 2).toArray(); // [1, 1, 2, 2]
 */
export const repeat: OnTensor<[count: number, axis?: number]> = defineComposite<
  OnTensor<[count: number, axis?: number]>
>(
  {
    name: "repeat",
    samples: [{ args: [draw([2, 3]), 2] }, { args: [draw([2, 3]), 3, -1] }],
    errors: [noAxis("repeat")],
  },
  (x: AnyTensor, count: number, axis = 0) => {
    checkTensor("repeat", x, 0);
    checkShape("repeat", [count]);
    const at = normalizeAxis("repeat", axis, x.shape);
    const wide = broadcastTo(expandDims(x, at + 1) as AnyTensor, x.shape.toSpliced(at + 1, 0, count));
    return reshape(wide, x.shape.with(at, x.shape[at]! * count));
  },
);

/** Where column − row compares with k, as a matrix of bool that broadcasts to x. */
function band(name: string, x: AnyTensor, k: number, compare: typeof lessEqual): Tensor<Shape, "bool"> {
  checkTensor(name, x, 0);
  if (x.rank < 2) throw new ShapeError(name, `${showShape(x.shape)} is no matrix`, "give two axes or more");
  const [rows, columns] = [x.shape.at(-2)!, x.shape.at(-1)!];
  const row = reshape(arange(rows, undefined, 1, { dtype: "int32" }), [rows, 1]) as AnyTensor;
  const column = arange(columns, undefined, 1, { dtype: "int32" }) as AnyTensor;
  return (compare as (a: AnyTensor, b: AnyTensor) => AnyTensor)(column, add(row, k)) as Tensor<Shape, "bool">;
}

const triangles = [{ args: [draw([3, 4])] }, { args: [draw([2, 3, 3]), -1] }, { args: [draw([3, 2]), 1] }];
const noMatrix = (name: string): ErrorSample => ({
  args: [draw([2])],
  error: ShapeError,
  message: RegExp(`${name}: \\[2\\] is no matrix`),
});

/**
 * Matrices in the last two axes with zeros above the k-th diagonal (0, the main one, if not given).
 * @throws ShapeError for less than two axes.
 * @example
 * tril(tensor([[1, 2], [3, 4]])).toArray(); // [[1, 0], [3, 4]]
 */
export const tril: OnTensor<[k?: number]> = defineComposite<OnTensor<[k?: number]>>(
  { name: "tril", samples: triangles, errors: [noMatrix("tril")] },
  (x: AnyTensor, k = 0) => where(band("tril", x, k, lessEqual), x, 0),
);

/**
 * Matrices in the last two axes with zeros below the k-th diagonal (0, the main one, if not given).
 * @throws ShapeError for less than two axes.
 * @example
 * triu(tensor([[1, 2], [3, 4]])).toArray(); // [[1, 2], [0, 4]]
 */
export const triu: OnTensor<[k?: number]> = defineComposite<OnTensor<[k?: number]>>(
  { name: "triu", samples: triangles, errors: [noMatrix("triu")] },
  (x: AnyTensor, k = 0) => where(band("triu", x, k, greaterEqual), x, 0),
);

/** Length of the k-th diagonal of a matrix. */
const diagonalLength = (rows: number, columns: number, k: number): number =>
  Math.max(0, Math.min(rows + Math.min(k, 0), columns - Math.max(k, 0)));

/**
 * The k-th diagonals of the matrices in two axes (the first two if not given), as a last axis.
 * @throws ShapeError for an unknown axis, or less than two.
 * @example
 * diagonal(tensor([[1, 2], [3, 4]]), 1).toArray(); // [2]
 */
export const diagonal: OnTensor<[k?: number, axis0?: number, axis1?: number]> = defineComposite<
  OnTensor<[k?: number, axis0?: number, axis1?: number]>
>(
  {
    name: "diagonal",
    samples: [
      { args: [draw([3, 4])] },
      { args: [draw([3, 4]), 1] },
      { args: [draw([4, 3]), -2] },
      { args: [draw([2, 3, 3]), 0, 1, 2] },
      { args: [draw([2, 2]), 5] },
    ],
    errors: [{ args: [draw([2])], error: ShapeError, message: /diagonal: \[2\] has no axis 1/ }],
  },
  (x: AnyTensor, k = 0, axis0 = 0, axis1 = 1) => {
    checkTensor("diagonal", x, 0);
    const [a, b] = [normalizeAxis("diagonal", axis0, x.shape), normalizeAxis("diagonal", axis1, x.shape)];
    if (a === b) throw new ShapeError("diagonal", `axis ${a} of ${showShape(x.shape)} is named twice`, "name two axes");
    const rest = x.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
    const [rows, columns] = [x.shape[a]!, x.shape[b]!];
    const length = diagonalLength(rows, columns, k);
    const flat = reshape(permute(x, [...rest, a, b]) as AnyTensor, [...rest.map((i) => x.shape[i]!), rows * columns]);
    const start = k >= 0 ? k : -k * columns;
    return slice(
      flat as AnyTensor,
      only(rest.length, [start, length === 0 ? start : start + (length - 1) * (columns + 1) + 1, columns + 1] as const),
    );
  },
);

/**
 * A matrix with a vector on its k-th diagonal and zeros elsewhere; of a matrix, its k-th diagonal.
 * @throws ShapeError for any other number of axes.
 * @example
 * diag(tensor([1, 2])).toArray(); // [[1, 0], [0, 2]]
 * diag(tensor([[1, 2], [3, 4]])).toArray(); // [1, 4]
 */
export const diag: OnTensor<[k?: number]> = defineComposite<OnTensor<[k?: number]>>(
  {
    name: "diag",
    samples: [{ args: [draw([3])] }, { args: [draw([2]), 1] }, { args: [draw([2]), -1] }, { args: [draw([3, 2])] }],
    errors: [{ args: [draw([])], error: ShapeError, message: /diag: \[\] is no vector and no matrix/ }],
  },
  (x: AnyTensor, k = 0) => {
    checkTensor("diag", x, 0);
    if (x.rank === 2) return diagonal(x, k);
    if (x.rank !== 1)
      throw new ShapeError("diag", `${showShape(x.shape)} is no vector and no matrix`, "use diagonal for batches");
    const n = x.size + Math.abs(k);
    const flat = embed(x, [n * n], [x.size === 0 ? 0 : k >= 0 ? k : -k * n], [n + 1]);
    return reshape(flat, [n, n]);
  },
);

/**
 * Sum of the main diagonal of the matrices in the first two axes.
 * @throws ShapeError for less than two axes.
 * @example
 * trace(tensor([[1, 2], [3, 4]])).item(); // 5
 */
export const trace: (x: AnyTensor) => AnyTensor = defineComposite<(x: AnyTensor) => AnyTensor>(
  {
    name: "trace",
    samples: [{ args: [draw([3, 3])] }, { args: [draw([2, 4])] }],
    errors: [{ args: [draw([2])], error: ShapeError, message: /trace: \[2\] is no matrix/ }],
  },
  (x: AnyTensor) => {
    checkTensor("trace", x, 0);
    if (x.rank < 2) throw new ShapeError("trace", `${showShape(x.shape)} is no matrix`, "give two axes or more");
    return sum(diagonal(x), -1);
  },
);
