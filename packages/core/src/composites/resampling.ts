import { tensor } from "../create.ts";
import type { FloatOf } from "../dtype-types.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { permute, reshape } from "../ops/movement.ts";
import { type PerAxis, perAxis } from "../ops/spatial.ts";
import { take } from "../ops/take.ts";
import { checkOptions } from "../options.ts";
import { type Shape, showShape } from "../shape.ts";
import type { OperandDType, OperandShape } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { floats } from "./reducing.ts";

export interface InterpolateOptions<Mode extends "nearest" | "linear"> {
  /** Sizes of the spatial axes of the result; this or `scale`. */
  readonly size?: PerAxis;
  /** How much longer the spatial axes get, rounded down; this or `size`. */
  readonly scale?: PerAxis;
  /** "nearest", if not given, takes the element before; "linear" weighs the two on both sides, along each axis. */
  readonly mode?: Mode;
  /** For "linear": whether first and last elements stay where they are, or else the edges of all elements; not, if not given. */
  readonly alignCorners?: boolean;
}

/** Signature of `interpolate`: batch and channels stay. */
export type Interpolate = <X extends AnyTensor, Mode extends "nearest" | "linear" = "nearest">(
  x: X,
  options: InterpolateOptions<Mode>,
) => Tensor<Resampled<OperandShape<X>>, Mode extends "linear" ? FloatOf<OperandDType<X>> : OperandDType<X>>;
type Resampled<S extends Shape> = S extends readonly [infer N extends number, infer C extends number, ...infer R]
  ? readonly [N, C, ...{ readonly [I in keyof R]: number }]
  : Shape;

/** Where element o of the result lies in x, both counted from the edge. */
type Source = (o: number) => number;

/** The lengths of the spatial axes of the result, and where its elements come from. */
function resample(x: AnyTensor, { size, scale }: InterpolateOptions<"nearest" | "linear">) {
  const axes = x.rank - 2;
  if ((size === undefined) === (scale === undefined)) {
    throw new ArgumentError("interpolate", "there must be one of size and scale", "give size: [64, 64], or scale: 2");
  }
  if (size !== undefined) {
    const lengths = perAxis("interpolate", "size", size, axes);
    // Multiplied before it is divided: a whole number stays one.
    return lengths.map((length, i) => ({ length, source: ((o) => (o * x.shape[i + 2]!) / length) as Source }));
  }
  const scales = typeof scale === "number" ? new Array<number>(axes).fill(scale) : scale!;
  const lengths = scales.map((factor, i) => Math.floor(x.shape[i + 2]! * factor));
  if (scales.length !== axes || !lengths.every((length) => length > 0)) {
    const written = typeof scale === "number" ? scale : showShape(scale!);
    throw new ArgumentError(
      "interpolate",
      `scale ${written} leaves nothing of ${showShape(x.shape)}`,
      `give a number above 0${axes > 1 ? `, or ${axes} of them` : ""}`,
    );
  }
  return lengths.map((length, i) => ({ length, source: ((o) => o / scales[i]!) as Source }));
}

/** Elements of x at whole positions along an axis. */
function pick(x: AnyTensor, axis: number, positions: readonly number[]): AnyTensor {
  return take(x, tensor([...positions], { dtype: "int32" }), axis) as AnyTensor;
}

/** Elements of x at any positions along an axis: each side in proportion to how near it is. */
function blend(x: AnyTensor, axis: number, length: number, source: Source): AnyTensor {
  const last = x.shape[axis]! - 1;
  const places = Array.from({ length }, (_, o) => Math.min(Math.max(source(o), 0), last));
  const shape = x.shape.map((_, i) => (i === axis ? length : 1));
  const weights = (weight: (place: number) => number): AnyTensor =>
    tensor(places.map(weight), { dtype: x.dtype, shape }) as AnyTensor;
  const before = pick(x, axis, places.map(Math.floor));
  const after = pick(
    x,
    axis,
    places.map((place) => Math.min(Math.floor(place) + 1, last)),
  );
  return add(
    mul(
      before,
      weights((place) => 1 - (place % 1)),
    ),
    mul(
      after,
      weights((place) => place % 1),
    ),
  ) as AnyTensor;
}

/**
 * x of [N, C, ...L] with spatial axes of other lengths, as PyTorch defines them. "nearest" takes the element at ⌊i L / O⌋.
 * "linear" (bilinear over two axes) blends those around (i + ½) L / O − ½, or around i (L − 1) / (O − 1) with `alignCorners`.
 * @throws ArgumentError for neither or both of size and scale, or an unknown mode; ShapeError when there is nothing to take.
 * @example
 * interpolate(tensor([[[1, 2]]]), { scale: 2 }).toArray(); // [[[1, 1, 2, 2]]]
 * interpolate(tensor([[[1, 2]]]), { size: 4, mode: "linear" }).toArray(); // [[[1, 1.25, 1.75, 2]]]
 */
export const interpolate: Interpolate = defineComposite<Interpolate>(
  {
    name: "interpolate",
    samples: [
      { args: [draw([1, 2, 2, 3]), { scale: 2 }] },
      { args: [draw([1, 1, 5]), { size: 3 }] },
      { args: [draw([1, 1, 2, 3]), { size: [3, 5], mode: "linear" }] },
      { args: [draw([2, 1, 3]), { scale: 1.5, mode: "linear", alignCorners: true }] },
      { args: [draw([1, 1, 3]), { size: 1, mode: "linear", alignCorners: true }] },
      { args: [draw([1, 1, 2], { dtype: "int32", high: 9 }), { scale: 2, mode: "linear" }] },
    ],
    errors: [
      {
        args: [draw([1, 1, 2]), {}],
        error: ArgumentError,
        message: /interpolate: there must be one of size and scale/,
      },
      { args: [draw([2, 2]), { scale: 2 }], error: ShapeError, message: /interpolate: \[2, 2\] has no spatial axis/ },
      { args: [draw([1, 1, 0]), { size: 2 }], error: ShapeError, message: /interpolate: \[1, 1, 0\] has no element/ },
      {
        args: [draw([1, 1, 2]), { scale: 0.1 }],
        error: ArgumentError,
        message: /interpolate: scale 0.1 leaves nothing of \[1, 1, 2\]/,
      },
      {
        args: [draw([1, 1, 2]), { scale: 2, mode: "cubic" }],
        error: ArgumentError,
        message: /interpolate: "cubic" is no mode; use "nearest" or "linear"/,
      },
      {
        args: [draw([1, 1, 2]), { scale: 2, alignCorners: true }],
        error: ArgumentError,
        message: /interpolate: "nearest" has no corners to align; use mode: "linear"/,
      },
    ],
  },
  (x: AnyTensor, options: InterpolateOptions<"nearest" | "linear">) => {
    checkTensor("interpolate", x, 0);
    checkOptions("interpolate", options, "size", "scale", "mode", "alignCorners");
    const { mode = "nearest", alignCorners = false } = options;
    if (mode !== "nearest" && mode !== "linear") {
      throw new ArgumentError("interpolate", `"${mode}" is no mode`, 'use "nearest" or "linear"');
    }
    if (mode === "nearest" && alignCorners) {
      throw new ArgumentError("interpolate", '"nearest" has no corners to align', 'use mode: "linear"');
    }
    if (x.rank < 3 || x.shape.slice(2).includes(0)) {
      const lack = x.rank < 3 ? "no spatial axis" : "no element along an axis";
      throw new ShapeError("interpolate", `${showShape(x.shape)} has ${lack}`, "give [batch, channels, ...]");
    }
    const input = mode === "linear" ? floats("interpolate", x, null) : x;
    return resample(x, options).reduce<AnyTensor>((now, { length, source }, i) => {
      const from = x.shape[i + 2]!;
      if (mode === "nearest") {
        const positions = Array.from({ length }, (_, o) => Math.min(Math.floor(source(o)), from - 1));
        return pick(now, i + 2, positions);
      }
      const between = length > 1 ? (from - 1) / (length - 1) : 0;
      return blend(now, i + 2, length, alignCorners ? (o) => o * between : (o) => source(o + 0.5) - 0.5);
    }, input);
  },
);

/** Signature of `pixelShuffle` and `pixelUnshuffle`. */
export type Shuffle = <X extends AnyTensor>(x: X, factor: number) => Tensor<Shuffled<OperandShape<X>>, OperandDType<X>>;
type Shuffled<S extends Shape> = S extends readonly [...infer Lead extends Shape, number, number, number]
  ? readonly [...Lead, number, number, number]
  : Shape;

/** The last three axes, and those before them. */
function planes(name: string, x: AnyTensor, factor: number): readonly [Shape, number, number, number] {
  checkTensor(name, x, 0);
  perAxis(name, "factor", factor, 1);
  if (x.rank < 3) {
    throw new ShapeError(name, `${showShape(x.shape)} has fewer than 3 axes`, "give [..., channels, height, width]");
  }
  return [x.shape.slice(0, -3), ...(x.shape.slice(-3) as [number, number, number])];
}

/** The axes of `lead`, then five more in the given order. */
const reorder = (x: AnyTensor, lead: Shape, order: readonly number[]): AnyTensor =>
  permute(x, [...lead.map((_, i) => i), ...order.map((i) => lead.length + i)]) as AnyTensor;

/**
 * Channels moved into the plane: x of [..., C·r², H, W] to [..., C, H·r, W·r] (Shi et al., "Real-time single image and video
 * super-resolution using an efficient sub-pixel convolutional neural network", 2016).
 * @throws ShapeError when r² does not divide the channels; ArgumentError for a factor that is not whole and positive.
 * @example
 * pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2).toArray(); // [[[1, 2], [3, 4]]]
 */
export const pixelShuffle: Shuffle = defineComposite<Shuffle>(
  {
    name: "pixelShuffle",
    samples: [{ args: [draw([1, 8, 2, 3]), 2] }, { args: [draw([2, 1, 2]), 1] }],
    errors: [
      {
        args: [draw([1, 6, 2, 2]), 2],
        error: ShapeError,
        message: /pixelShuffle: the 6 channels of \[1, 6, 2, 2\] are no multiple of 4/,
      },
      { args: [draw([4, 4]), 2], error: ShapeError, message: /pixelShuffle: \[4, 4\] has fewer than 3 axes/ },
      { args: [draw([4, 4, 4]), 0], error: ArgumentError, message: /pixelShuffle: factor is 0/ },
    ],
  },
  (x: AnyTensor, factor: number) => {
    const [lead, channels, height, width] = planes("pixelShuffle", x, factor);
    const rest = channels / (factor * factor);
    if (!Number.isInteger(rest)) {
      throw new ShapeError(
        "pixelShuffle",
        `the ${channels} channels of ${showShape(x.shape)} are no multiple of ${factor * factor}`,
        "give factor² times the channels of the result",
      );
    }
    const parts = reshape(x, [...lead, rest, factor, factor, height, width]) as AnyTensor;
    return reshape(reorder(parts, lead, [0, 3, 1, 4, 2]), [...lead, rest, height * factor, width * factor]);
  },
);

/**
 * The inverse of `pixelShuffle`: x of [..., C, H·r, W·r] to [..., C·r², H, W].
 * @throws ShapeError when r does not divide height and width; ArgumentError for a factor that is not whole and positive.
 * @example
 * pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2).toArray(); // [[[1]], [[2]], [[3]], [[4]]]
 */
export const pixelUnshuffle: Shuffle = defineComposite<Shuffle>(
  {
    name: "pixelUnshuffle",
    samples: [{ args: [draw([1, 2, 4, 6]), 2] }, { args: [draw([2, 1, 2]), 1] }],
    errors: [
      {
        args: [draw([1, 4, 3]), 2],
        error: ShapeError,
        message: /pixelUnshuffle: 2 does not divide height and width of \[1, 4, 3\]/,
      },
      { args: [draw([4, 4, 4]), -1], error: ArgumentError, message: /pixelUnshuffle: factor is -1/ },
    ],
  },
  (x: AnyTensor, factor: number) => {
    const [lead, channels, height, width] = planes("pixelUnshuffle", x, factor);
    const [rows, columns] = [height / factor, width / factor];
    if (!Number.isInteger(rows) || !Number.isInteger(columns)) {
      throw new ShapeError(
        "pixelUnshuffle",
        `${factor} does not divide height and width of ${showShape(x.shape)}`,
        "crop or pad them to multiples of the factor",
      );
    }
    const parts = reshape(x, [...lead, channels, rows, factor, columns, factor]) as AnyTensor;
    return reshape(reorder(parts, lead, [0, 2, 4, 1, 3]), [...lead, channels * factor * factor, rows, columns]);
  },
);
