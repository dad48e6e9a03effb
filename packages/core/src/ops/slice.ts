import { allocate, allocateUnfilled } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw } from "../op.ts";
import { checkShape, type Shape, showShape, sizeOf, stridesOf } from "../shape.ts";
import type { Range, Slice } from "../signatures.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { reshape } from "./movement.ts";

/** Positions `starts + i·steps` along each axis, for i below `sizes`. */
interface Strided {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly sizes: Shape;
  /** `sizes` without the axes that an index removed. */
  readonly shape: Shape;
}

function resolve(shape: Shape, ranges: readonly Range[]): Strided {
  if (!Array.isArray(ranges))
    throw new ShapeError("slice", `${String(ranges)} are no ranges`, "give an array with one range per axis");
  if (ranges.length > shape.length) {
    throw new ShapeError(
      "slice",
      `${showShape(shape)} has fewer axes than the ${ranges.length} ranges given`,
      "give one range per axis",
    );
  }
  const out = { starts: [] as number[], steps: [] as number[], sizes: [] as number[], shape: [] as number[] };
  shape.forEach((length, axis) => {
    const range = ranges[axis] ?? null;
    if (range !== null && typeof range !== "number" && !Array.isArray(range)) {
      throw new ShapeError(
        "slice",
        `${JSON.stringify(range)} is no range`,
        "give an index, null, or [start, stop, step]",
      );
    }
    const [start, step, size] = typeof range === "number" ? pick(shape, axis, range) : span(length, range ?? []);
    out.starts.push(start);
    out.steps.push(step);
    out.sizes.push(size);
    if (typeof range !== "number") out.shape.push(size);
  });
  return out;
}

function pick(shape: Shape, axis: number, index: number): [number, number, number] {
  const length = shape[axis]!;
  if (!Number.isInteger(index) || index < -length || index >= length) {
    throw new ShapeError(
      "slice",
      `index ${index} is outside axis ${axis} of ${showShape(shape)}`,
      `use ${-length} to ${length - 1}`,
    );
  }
  return [index < 0 ? index + length : index, 1, 1];
}

/** Python's rule for slices: ends outside the axis are clipped, negative ones count from the end. */
function span(length: number, [start, stop, step]: Exclude<Range, number | null>): [number, number, number] {
  const by = step ?? 1;
  if (by === 0 || !Number.isInteger(by))
    throw new ShapeError("slice", `${by} is no step`, "use a whole number other than 0");
  const [first, last] = by > 0 ? [0, length] : [length - 1, -1];
  const clip = (position: number | null | undefined, otherwise: number): number => {
    if (position === null || position === undefined) return otherwise;
    if (!Number.isInteger(position) && Math.abs(position) !== Infinity) {
      throw new ShapeError("slice", `${position} is no bound`, "use a whole number, or null for the end");
    }
    const from = position < 0 ? position + length : position;
    return Math.min(Math.max(from, Math.min(first, last)), Math.max(first, last));
  };
  const from = clip(start, first);
  return [from, by, Math.max(0, Math.ceil((clip(stop, last) - from) / by))];
}

function place(shape: Shape, { starts, steps }: Pick<Strided, "starts" | "steps">): [number, number[]] {
  const strides = stridesOf(shape);
  const offset = starts.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  return [offset, strides.map((stride, axis) => stride * steps[axis]!)];
}

/**
 * A part of the tensor: per axis an index (which removes the axis), `null` for all of it, or `[start, stop, step]` with
 * Python's rules. Axes without a range are kept whole.
 * @throws ShapeError for an index outside its axis, or more ranges than axes.
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * slice(x, [1, [0, 2]]).toArray(); // [4, 5]
 * slice(x, [null, [null, null, -1]]).toArray(); // [[3, 2, 1], [6, 5, 4]]
 */
export const slice: Slice = defineOp<Slice, Strided>({
  name: "slice",
  parse: (x: AnyTensor, ranges: readonly Range[]) => {
    checkTensor("slice", x, 0);
    return { inputs: [x], attributes: resolve(x.shape, ranges) };
  },
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  forward: ([x], attributes) => {
    const out = allocateUnfilled(x!.dtype, sizeOf(attributes.sizes));
    const [offset, strides] = place(x!.shape, attributes);
    kernels.stridedRead(storageOf(x!), offset, strides, attributes.sizes, out);
    return out;
  },
  vjp: [
    ([g], { inputs: [x], attributes }) =>
      embed(reshape(g!, attributes.sizes), x!.shape, attributes.starts, attributes.steps),
  ],
  jvp: "linear",
  flops: () => 0,
  batch: ([x], { size, attributes: { starts, steps, sizes, shape } }) => {
    const kept = slice(x!, [null, ...sizes.map((length, axis) => extent(starts[axis]!, steps[axis]!, length))]);
    return reshape(kept, [size, ...shape]);
  },
  samples: [
    {
      args: [
        draw([3, 4]),
        [
          [1, 3],
          [0, 4, 2],
        ],
      ],
    },
    { args: [draw([3, 4]), [-1]] },
    { args: [draw([5]), [[null, null, -2]]] },
    { args: [draw([3]), [[2, 1]]] },
  ],
  errors: [
    {
      args: [draw([2, 3]), [2]],
      error: ShapeError,
      message: /slice: index 2 is outside axis 0 of \[2, 3\]; use -2 to 1/,
    },
    { args: [draw([2]), [0, 0]], error: ShapeError, message: /slice: \[2\] has fewer axes than the 2 ranges given/ },
    { args: [draw([2]), [[0, 1, 0]]], error: ShapeError, message: /slice: 0 is no step/ },
  ],
});

/**
 * The tensor placed into zeros of a shape, its element i along each axis at `starts + i·steps`: the transpose of `slice`.
 * @throws ShapeError when it does not fit.
 * @example
 * embed(tensor([1, 2]), [5], [0], [3]).toArray(); // [1, 0, 0, 2, 0]
 */
export const embed: Embed = defineOp<Embed, Pick<Strided, "starts" | "steps" | "shape">>({
  name: "embed",
  parse: (x: AnyTensor, wanted: Shape, starts: readonly number[], steps: readonly number[] = starts.map(() => 1)) => {
    checkTensor("embed", x, 0);
    const shape = checkShape("embed", wanted);
    const fits =
      shape.length === x.rank &&
      x.shape.every((size, axis) => {
        const last = starts[axis]! + (size - 1) * steps[axis]!;
        if (!Number.isInteger(starts[axis]) || !Number.isInteger(steps[axis]) || steps[axis] === 0) return false;
        return size === 0 || (Math.min(starts[axis]!, last) >= 0 && Math.max(starts[axis]!, last) < shape[axis]!);
      });
    if (!fits) {
      throw new ShapeError(
        "embed",
        `${showShape(x.shape)} from [${starts}] by [${steps}] leaves ${showShape(shape)}`,
        "enlarge the shape",
      );
    }
    return { inputs: [x], attributes: { shape, starts: [...starts], steps: [...steps] } };
  },
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  forward: ([x], { shape, starts, steps }) => {
    const out = allocate(x!.dtype, sizeOf(shape));
    const [offset, strides] = place(shape, { starts, steps });
    kernels.stridedWrite([{ x: storageOf(x!), shape: x!.shape, offset }], out, strides);
    return out;
  },
  vjp: [
    ([g], { inputs: [x], attributes: { starts, steps } }) =>
      slice(
        g!,
        x!.shape.map((size, axis) => extent(starts[axis]!, steps[axis]!, size)),
      ),
  ],
  jvp: "linear",
  flops: () => 0,
  batch: ([x], { size, attributes: { shape, starts, steps } }) =>
    embed(x!, [size, ...shape], [0, ...starts], [1, ...steps]),
  samples: [
    { args: [draw([2, 3]), [4, 7], [1, 0], [2, 3]] },
    { args: [draw([3]), [5], [4], [-2]] },
    { args: [draw([0]), [2], [0], [1]] },
  ],
  errors: [
    { args: [draw([3]), [3], [1]], error: ShapeError, message: /embed: \[3\] from \[1\] by \[1\] leaves \[3\]/ },
  ],
});

/** Signature of `embed`. */
export type Embed = (x: AnyTensor, shape: Shape, starts: readonly number[], steps?: readonly number[]) => AnyTensor;

/** The range that holds `size` positions. A stop before the first element is written as `null`. */
function extent(start: number, step: number, size: number): Range {
  if (size === 0) return [0, 0];
  const stop = start + size * step;
  return [start, stop < 0 ? null : stop, step];
}
