import { arange } from "../create.ts";
import { AbstractValueError, ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw, type Operand } from "../op.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { stopGradient } from "../ops/cast.ts";
import { equal, greaterEqual, less, logicalAnd } from "../ops/comparison.ts";
import { broadcastTo, permute, reshape } from "../ops/movement.ts";
import { slice } from "../ops/slice.ts";
import { take } from "../ops/take.ts";
import { where } from "../ops/where.ts";
import { checkOptions } from "../options.ts";
import { broadcastShapes, type Shape, sameShape, showShape, sizeOf } from "../shape.ts";
import type { Range } from "../signatures.ts";
import { type AnyTensor, isTensor, Tensor } from "../tensor.ts";

type Bool = Tensor<Shape, "bool">;
type Index = Tensor<Shape, "int32">;

const truth = { dtype: "bool" } as const;
const rows = (shape: Shape) => draw(shape, { dtype: "int32", low: -2, high: 1 });

/**
 * Elements replaced by one value where a mask is true. Gradients flow to what is kept.
 * @throws ShapeError when the shapes do not broadcast; DTypeError for a mask that is not bool.
 * @example
 * maskedFill(tensor([1, 2]), tensor([true, false]), 9).toArray(); // [9, 2]
 */
export const maskedFill: (x: AnyTensor, mask: AnyTensor, value: number | AnyTensor) => AnyTensor = defineComposite<
  (x: AnyTensor, mask: AnyTensor, value: number | AnyTensor) => AnyTensor
>(
  {
    name: "maskedFill",
    samples: [{ args: [draw([2, 3]), draw([3], truth), 0.5] }, { args: [draw([2]), draw([2], truth), draw([])] }],
    errors: [{ args: [draw([2]), draw([2]), 0], error: DTypeError, message: /where: expected bool, got float64/ }],
  },
  (x: AnyTensor, mask: AnyTensor, value: Operand) => where(mask as Bool, value as AnyTensor, x),
);

/**
 * The elements where a mask of the same shape is true, row-major, as a vector. Its length depends on the values of the mask, so
 * that a function which uses this can be neither traced nor replayed: prefer `where` or `maskedFill`.
 * @throws ShapeError for a mask of another shape; DTypeError when it is not bool; AbstractValueError while a function is traced.
 * @example
 * maskedSelect(tensor([1, 2, 3]), tensor([true, false, true])).toArray(); // [1, 3]
 */
export function maskedSelect(x: AnyTensor, mask: AnyTensor): AnyTensor {
  checkTensor("maskedSelect", x, 0);
  checkTensor("maskedSelect", mask, 1);
  if (mask.dtype !== "bool")
    throw new DTypeError("maskedSelect", `the mask is ${mask.dtype}`, "compare first, as in notEqual(x, 0)");
  if (!sameShape(x.shape, mask.shape)) {
    throw new ShapeError(
      "maskedSelect",
      `a mask of ${showShape(mask.shape)} does not match ${showShape(x.shape)}`,
      "give one bool per element",
    );
  }
  if (mask.isAbstract) {
    throw new AbstractValueError(
      "maskedSelect",
      `how many elements of ${showShape(x.shape)} it takes depends on the values of the mask, which has none while a function is traced`,
      "use where or maskedFill, whose results keep the shape",
    );
  }
  const truth = mask.data();
  const chosen = Int32Array.from(truth.keys()).filter((i) => truth[i] === 1);
  return take(reshape(x, [x.size]) as AnyTensor, new Tensor([chosen.length], "int32", chosen)) as AnyTensor;
}

export interface EmbeddingOptions {
  /** A row that receives no gradient: that of the token which fills short sequences up. */
  readonly paddingIndex?: number;
}

/** Signature of `embedding`. */
export type Embedding = (indices: AnyTensor, table: AnyTensor, options?: EmbeddingOptions) => AnyTensor;

/**
 * Rows of a table [count, features] at indices of any shape: [...indices, features].
 * @throws DTypeError for indices that are not int32; ArgumentError for one outside the table; ShapeError for a table that is no matrix.
 * @example
 * embedding(tensor([1, 0], { dtype: "int32" }), tensor([[1, 2], [3, 4]])).toArray(); // [[3, 4], [1, 2]]
 */
export const embedding: Embedding = defineComposite<Embedding>(
  {
    name: "embedding",
    samples: [{ args: [rows([2, 3]), draw([4, 3])] }, { args: [rows([3]), draw([2, 2])] }],
    errors: [{ args: [rows([2]), draw([3])], error: ShapeError, message: /embedding: a table of \[3\] is no matrix/ }],
  },
  (indices: AnyTensor, table: AnyTensor, options: EmbeddingOptions = {}) => {
    checkTensor("embedding", indices, 0);
    checkTensor("embedding", table, 1);
    checkOptions("embedding", options, "paddingIndex");
    if (table.rank !== 2)
      throw new ShapeError("embedding", `a table of ${showShape(table.shape)} is no matrix`, "give [count, features]");
    const { paddingIndex } = options;
    if (paddingIndex === undefined) return take(table, indices as Index);
    const [count] = table.shape as readonly [number, number];
    const padding = equal(
      arange(count, undefined, 1, { dtype: "int32" }),
      paddingIndex < 0 ? paddingIndex + count : paddingIndex,
    );
    const learned = where(reshape(padding as AnyTensor, [count, 1]) as Bool, stopGradient(table), table) as AnyTensor;
    return take(learned, indices as Index);
  },
);

/** What `at` takes per axis: int32 indices that broadcast together, or a range as in `slice`. */
export type AtIndex = AnyTensor | Range;

/** Signature of `at`. */
export type At = (x: AnyTensor, indices: readonly AtIndex[]) => AnyTensor;

/**
 * NumPy's indexing: tensors of int32 pick elements and broadcast together, ranges slice. The axes of the picked elements stand where the
 * indexed axes stood if those are neighbours, else in front. Repeated indices add up in the gradient.
 * @throws ArgumentError for an index outside its axis; DTypeError for tensors that are not int32; ShapeError when they do not broadcast.
 * @example
 * const x = tensor([[1, 2], [3, 4], [5, 6]]);
 * at(x, [tensor([0, 2], { dtype: "int32" }), tensor([1, 0], { dtype: "int32" })]).toArray(); // [2, 5]
 */
export const at: At = defineComposite<At>(
  {
    name: "at",
    samples: [
      { args: [draw([3, 4]), [rows([2]), rows([2])]] },
      { args: [draw([3, 4]), [rows([2, 1]), rows([3])]] },
      { args: [draw([2, 3, 4]), [null, rows([2]), rows([2])]] },
      { args: [draw([2, 3, 4]), [rows([2]), null, rows([2])]] },
      { args: [draw([2, 3, 4]), [rows([2]), [0, 2], 1]] },
      { args: [draw([4]), [rows([])]] },
    ],
    errors: [
      {
        args: [draw([2, 2]), [rows([2]), rows([3])]],
        error: ShapeError,
        message: /at: \[2\] and \[3\] do not broadcast/,
      },
      {
        args: [draw([2]), [draw([1], { dtype: "int32", low: 5, high: 5 })]],
        error: ArgumentError,
        message: /index 5 is outside an axis of length 2/,
      },
      { args: [draw([2]), [draw([1])]], error: DTypeError, message: /at: indices are float64/ },
      { args: [draw([2]), [0, 0]], error: ShapeError, message: /slice: \[2\] has fewer axes/ },
    ],
  },
  (x: AnyTensor, indices: readonly AtIndex[]) => {
    checkTensor("at", x, 0);
    if (!Array.isArray(indices))
      throw new ArgumentError("at", "the indices are no array", "give one index or range per axis");
    const { sliced, picks } = applyRanges(x, indices);
    return picks.length === 0 ? sliced : pick(sliced, picks);
  },
);

interface Pick {
  readonly axis: number;
  readonly index: AnyTensor;
}

/** Ranges are applied first; what is left are the tensors, at the axes that remain. */
function applyRanges(x: AnyTensor, indices: readonly AtIndex[]): { sliced: AnyTensor; picks: Pick[] } {
  const picks: Pick[] = [];
  let axis = 0;
  const ranges = indices.map((index): Range => {
    if (!isTensor(index)) {
      if (typeof index !== "number") axis++;
      return index;
    }
    if (index.dtype !== "int32")
      throw new DTypeError("at", `indices are ${index.dtype}`, 'cast them, as in cast(indices, "int32")');
    picks.push({ axis: axis++, index });
    return null;
  });
  return { sliced: slice(x, ranges) as AnyTensor, picks };
}

function pick(x: AnyTensor, picks: readonly Pick[]): AnyTensor {
  const shape = picks.map(({ index }) => index.shape).reduce((a, b) => broadcastShapes("at", a, b));
  const axes = picks.map(({ axis }) => axis);
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const sizes = axes.map((axis) => x.shape[axis]!);
  const front = permute(x, [...axes, ...rest]) as AnyTensor;
  const flat = reshape(front, [sizeOf(sizes), ...rest.map((i) => x.shape[i]!)]) as AnyTensor;
  const picked = take(flat, linear(picks, sizes, shape) as Index) as AnyTensor;
  const together = axes.every((axis, i) => i === 0 || axis === axes[i - 1]! + 1);
  const before = together ? axes[0]! : 0;
  const order = picked.shape.map((_, i) => i);
  return permute(picked, [
    ...order.slice(shape.length, shape.length + before),
    ...order.slice(0, shape.length),
    ...order.slice(shape.length + before),
  ]) as AnyTensor;
}

/** Positions in the indexed axes joined into one. One axis alone is checked by `take`; several are checked here, one by one. */
function linear(picks: readonly Pick[], sizes: readonly number[], shape: Shape): AnyTensor {
  if (picks.length === 1) return picks[0]!.index;
  let position: AnyTensor | undefined;
  let valid: AnyTensor | undefined;
  picks.forEach(({ index }, i) => {
    const size = sizes[i]!;
    const from = where(less(index, 0) as Bool, add(index, size), index) as AnyTensor;
    const inside = logicalAnd(greaterEqual(from, 0) as Bool, less(from, size) as Bool) as AnyTensor;
    position = position === undefined ? from : (add(mul(position, size), from) as AnyTensor);
    valid = valid === undefined ? inside : (logicalAnd(valid as Bool, inside as Bool) as AnyTensor);
  });
  // What is outside one axis must not fall inside another: it becomes the first position after the end.
  const checked = where(valid as Bool, position as AnyTensor, sizeOf(sizes)) as AnyTensor;
  return broadcastTo(checked, shape) as AnyTensor;
}
