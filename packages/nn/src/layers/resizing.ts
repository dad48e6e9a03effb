import {
  type AnyTensor,
  ArgumentError,
  checkOptions,
  type InterpolateOptions,
  interpolate,
  isTensor,
  type OperandDType,
  type PadMode,
  pad,
  pixelShuffle,
  reshape,
  type Shape,
  ShapeError,
  type Tensor,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import type { FloatOf, LayerRule, RuleOutput } from "../layer-types.ts";
import { Module } from "../module.ts";
import { formOf } from "./check-input.ts";
import { checkSizes } from "./check-options.ts";

/** The rule of layers that keep the dtype, whose shapes are known at run time. */
export interface ResizeRule extends LayerRule {
  readonly output: Tensor<Shape, OperandDType<this["input"]>>;
}

/** The rule of interpolation. */
export interface UpsampleRule<Mode extends "nearest" | "linear"> extends LayerRule {
  readonly output: Tensor<
    Shape,
    Mode extends "linear" ? FloatOf<OperandDType<this["input"]>> : OperandDType<this["input"]>
  >;
}

/**
 * x of [batch, channels, ...] with longer (or shorter) spatial axes: see `interpolate`.
 * @throws ArgumentError for an unknown option; in `forward` whatever `interpolate` throws.
 * @example
 * new Upsample({ scale: 2 }).forward(tensor([[[1, 2]]])).toArray(); // [[[1, 1, 2, 2]]]
 */
export class Upsample<Mode extends "nearest" | "linear" = "nearest"> extends Module {
  declare readonly "~rule": UpsampleRule<Mode>;
  readonly options: InterpolateOptions<Mode>;

  constructor(options: InterpolateOptions<Mode>) {
    super();
    checkOptions("Upsample", options, "size", "scale", "mode", "alignCorners");
    this.options = options;
  }

  override forward<X extends AnyTensor>(x: X): RuleOutput<UpsampleRule<Mode>, X> {
    return interpolate(x as AnyTensor, this.options) as AnyTensor as RuleOutput<UpsampleRule<Mode>, X>;
  }
}

/**
 * Channels moved into the plane: x of [..., channels·factor², height, width] to [..., channels, height·factor, width·factor]:
 * see `pixelShuffle`.
 * @throws ArgumentError for a factor that is no positive whole number; in `forward` whatever `pixelShuffle` throws.
 * @example
 * new PixelShuffle(2).forward(ones([5, 8, 3, 3])).shape; // [5, 2, 6, 6]
 */
export class PixelShuffle extends Module {
  declare readonly "~rule": ResizeRule;
  readonly factor: number;

  constructor(factor: number) {
    super();
    checkSizes("PixelShuffle", "pixels", factor);
    this.factor = factor;
  }

  override forward<X extends AnyTensor>(x: X): RuleOutput<ResizeRule, X> {
    return pixelShuffle(x, this.factor) as AnyTensor as RuleOutput<ResizeRule, X>;
  }
}

export interface PadLayerOptions {
  /** What stands beyond the ends, see `pad`: zeros if not given. */
  readonly mode?: PadMode;
  /** The constant, 0 if not given. */
  readonly value?: number;
}

/**
 * Elements added at both ends of the spatial axes of x, [batch, channels, ...]: see `pad`.
 * @param width one number for all axes, or [before, after] for each of them.
 * @throws ArgumentError for widths that are no whole numbers, or an unknown option; ShapeError in `forward` for another
 * number of spatial axes.
 * @example
 * new Pad(1).forward(tensor([[[1, 2]]])).toArray(); // [[[0, 1, 2, 0]]]
 * new Pad([[2, 0]], { mode: "reflect" }).forward(tensor([[[1, 2, 3]]])).toArray(); // [[[3, 2, 1, 2, 3]]]
 */
export class Pad extends Module {
  declare readonly "~rule": ResizeRule;
  readonly width: number | readonly (readonly [before: number, after: number])[];
  readonly options: PadLayerOptions;

  constructor(width: number | readonly (readonly [before: number, after: number])[], options: PadLayerOptions = {}) {
    super();
    checkOptions("Pad", options, "mode", "value");
    const all: unknown[] = Array.isArray(width) ? width.flat() : [width];
    if (!all.every(Number.isInteger)) {
      throw new ArgumentError("Pad", `the width is ${JSON.stringify(width)}`, "give whole numbers");
    }
    this.width = width;
    this.options = options;
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ResizeRule, X> {
    checkContext(this, context);
    const { width } = this;
    const axes = isTensor(x) ? x.rank - 2 : 0;
    const ends =
      typeof width === "number" ? new Array<[number, number]>(Math.max(axes, 0)).fill([width, width]) : width;
    if (axes < 1 || ends.length !== axes) {
      const wanted = typeof width === "number" ? "1 or more" : String(width.length);
      const advice = `give [batch, channels, ...] with ${wanted} spatial axes`;
      throw new ShapeError(context.nameOf(this), `x is ${formOf(x)}`, advice);
    }
    const y: AnyTensor = pad(x as AnyTensor, [[0, 0], [0, 0], ...ends], this.options);
    return y as RuleOutput<ResizeRule, X>;
  }
}

/**
 * Each example of a batch in another shape of as many elements, of which one size may be −1: x of [batch, ...] to
 * [batch, ...shape]. The inverse of `Flatten`.
 * @throws ArgumentError for sizes that are no whole numbers; in `forward` ShapeError for a scalar, and whatever `reshape` throws.
 * @example
 * new Reshape(3, 2, 2).forward(ones([5, 12])).shape; // [5, 3, 2, 2]
 */
export class Reshape extends Module {
  declare readonly "~rule": ResizeRule;
  readonly shape: Shape;

  constructor(...shape: Shape) {
    super();
    if (!shape.every((size) => Number.isInteger(size) && size >= -1)) {
      throw new ArgumentError(
        "Reshape",
        `the shape is [${shape.join(", ")}]`,
        "give the sizes of an example, or one -1",
      );
    }
    this.shape = shape;
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ResizeRule, X> {
    checkContext(this, context);
    if (!isTensor(x) || x.rank === 0) {
      throw new ShapeError(context.nameOf(this), `x is ${formOf(x)}`, "give [batch, ...]");
    }
    return reshape(x as AnyTensor, [x.shape[0]!, ...this.shape]) as AnyTensor as RuleOutput<ResizeRule, X>;
  }
}
