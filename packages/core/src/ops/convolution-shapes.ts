import { type DType, promote } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import type { ConvolutionPlan } from "../kernels/kernels.ts";
import { checkOptions } from "../options.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../shape.ts";
import { countWindows, type PerAxis, perAxis } from "./spatial.ts";

// Shapes of convolutions; not part of the public interface.

/** How the kernel moves, and into how many groups the channels fall. */
export interface Convolution {
  readonly strides: readonly number[];
  /** Zeros before and after each axis of x; a negative number leaves elements out. */
  readonly padding: readonly (readonly [before: number, after: number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

export interface ConvolveOptions {
  /** How far the kernel moves from one output to the next; 1 if not given. */
  readonly strides?: PerAxis;
  /** Zeros before and after each axis of x, none if not given; a negative number leaves elements out. */
  readonly padding?: Convolution["padding"];
  /** How far the elements are apart that a kernel reads; 1 if not given. */
  readonly dilation?: PerAxis;
  /** Into how many groups the channels fall, each with a kernel of its own; 1 if not given. */
  readonly groups?: number;
}

/** The options of a convolution of a tensor, completed. */
export function convolutionOf(operation: string, shape: Shape, options: ConvolveOptions): Convolution {
  checkOptions(operation, options, "strides", "padding", "dilation", "groups");
  const { strides = 1, padding, dilation = 1, groups = 1 } = options;
  const axes = shape.length - 2;
  if (axes < 1 || axes > 3) {
    throw new ShapeError(operation, `${showShape(shape)} has no 1 to 3 spatial axes`, "give [batch, channels, ...]");
  }
  const widths = padding ?? new Array<readonly [number, number]>(axes).fill([0, 0]);
  const isPair = (pair: readonly number[]): boolean => pair.length === 2 && pair.every(Number.isInteger);
  if (widths.length !== axes || !widths.every(isPair)) {
    throw new ArgumentError(
      operation,
      `padding is ${JSON.stringify(widths)}`,
      `give [before, after], whole numbers, for each of ${axes} axes`,
    );
  }
  return {
    strides: perAxis(operation, "strides", strides, axes),
    padding: widths.map(([before, after]) => [before, after]),
    dilation: perAxis(operation, "dilation", dilation, axes),
    groups: perAxis(operation, "groups", groups, 1)[0]!,
  };
}

/** The dtype of products of two tensors. */
export function productDType(operation: string, a: DType, b: DType): DType {
  const dtype = promote(operation, a, b);
  if (dtype === "bool") throw new DTypeError(operation, "bools have no product", 'cast them, as in cast(x, "int32")');
  return dtype;
}

/**
 * The shape of conv(x, w).
 * @throws ShapeError when x and w do not fit each other.
 */
export function convolvedShape(operation: string, x: Shape, w: Shape, convolution: Convolution): Shape {
  const { strides, padding, dilation, groups } = convolution;
  const refuse = (problem: string, advice: string): never => {
    throw new ShapeError(operation, `${showShape(x)} and a weight of ${showShape(w)} ${problem}`, advice);
  };
  const axes = strides.length;
  if (x.length !== axes + 2 || w.length !== axes + 2) {
    refuse(
      `do not have ${axes} spatial axes`,
      `give [batch, channels, ...] and [out, channels / groups, ...], each with ${axes + 2} axes`,
    );
  }
  if (x[1] !== w[1]! * groups) {
    const per = x[1]! % groups === 0 ? `a weight of [out, ${x[1]! / groups}, ...]` : "channels that fall into groups";
    refuse(`differ in channels with ${groups} group${groups === 1 ? "" : "s"}`, `give ${per}`);
  }
  if (w[0]! % groups !== 0) {
    refuse(`do not fall into ${groups} groups`, `the first axis of the weight must be a multiple of ${groups}`);
  }
  const spatial = strides.map((stride, i) => {
    const length = x[i + 2]! + padding[i]![0] + padding[i]![1];
    return countWindows(length, w[i + 2]!, stride, dilation[i]!);
  });
  if (spatial.some((size) => size < 1) || w.slice(2).includes(0)) {
    const widths = padding.map(([before, after]) => `[${before}, ${after}]`).join(", ");
    refuse(
      `leave no room: the kernel, with dilation ${showShape(dilation)}, is larger than the input, with padding ${widths}`,
      "pad more, or use a smaller kernel",
    );
  }
  return [x[0]!, w[0]!, ...spatial];
}

/** @throws ShapeError unless y has the shape of conv(x, w). */
export function checkConvolved(operation: string, x: Shape, w: Shape, y: Shape, convolution: Convolution): void {
  const shape = convolvedShape(operation, x, w, convolution);
  if (sameShape(shape, y)) return;
  throw new ShapeError(
    operation,
    `${showShape(x)} and a weight of ${showShape(w)} convolve to ${showShape(shape)}, not ${showShape(y)}`,
    "give sizes, strides, padding, dilation and groups as they are in the convolution",
  );
}

/** What kernels are told of a convolution. */
export function planOf(
  x: Shape,
  w: Shape,
  y: Shape,
  { strides, padding, dilation, groups }: Convolution,
): ConvolutionPlan {
  const missing = 3 - strides.length;
  const lift = (sizes: readonly number[], rest: number): number[] => [
    ...new Array<number>(missing).fill(rest),
    ...sizes,
  ];
  return {
    batch: x[0]!,
    groups,
    inChannels: x[1]! / groups,
    outChannels: w[0]! / groups,
    input: lift(x.slice(2), 1),
    kernel: lift(w.slice(2), 1),
    output: lift(y.slice(2), 1),
    strides: lift(strides, 1),
    dilation: lift(dilation, 1),
    before: lift(
      padding.map(([before]) => before),
      0,
    ),
  };
}

/** Of a convolution with a weight of [O, C / groups, ...K] that gives `result`, and of its transposes: a product and a sum for each weight. */
export const convolutionFlops = (weight: Shape, result: Shape): number => 2 * sizeOf(result) * sizeOf(weight.slice(1));
