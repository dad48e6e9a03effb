import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor } from "../op.ts";
import { add } from "../ops/arithmetic.ts";
import { productDType } from "../ops/convolution-shapes.ts";
import { reshape } from "../ops/movement.ts";
import { showShape } from "../shape.ts";
import type { AnyTensor } from "../tensor.ts";

// What convolutions share; not part of the public interface but for types.

/** Zeros at both ends of each axis: one number for all, or for each axis a number or [before, after]. */
export type Padding = number | readonly (number | readonly [before: number, after: number])[];

export type Length = readonly [number];
export type Plane = readonly [number, number];
export type Volume = readonly [number, number, number];

/** What [batch, channels, ...] is called, by the number of spatial axes. */
const layouts = ["", "length", "height, width", "depth, height, width"];

export function checkOperands(name: string, axes: number, x: AnyTensor, weight: AnyTensor): void {
  checkTensor(name, x, 0);
  checkTensor(name, weight, 1);
  productDType(name, x.dtype, weight.dtype);
  if (x.rank === axes + 2 && weight.rank === axes + 2) return;
  throw new ShapeError(
    name,
    `${showShape(x.shape)} and a weight of ${showShape(weight.shape)} do not both have ${axes + 2} axes`,
    `give [batch, channels, ${layouts[axes]}]; expandDims(x, 0) makes a batch of one`,
  );
}

/** [before, after] for each axis, at least 0. */
export function widthsOf(name: string, padding: Padding, axes: number): readonly (readonly [number, number])[] {
  const all: readonly (number | readonly number[])[] =
    typeof padding === "object" ? padding : new Array<number>(axes).fill(padding);
  const pairs = all.map((width) => (typeof width === "object" ? width : [width, width]));
  const isWidth = (width: number): boolean => Number.isInteger(width) && width >= 0;
  if (pairs.length !== axes || !pairs.every((pair) => pair.length === 2 && pair.every(isWidth))) {
    throw new ArgumentError(
      name,
      `padding is ${JSON.stringify(padding)}`,
      `give a whole number, 0 or more, or ${axes} numbers or pairs [before, after]`,
    );
  }
  return pairs as unknown as readonly (readonly [number, number])[];
}

export function withBias(name: string, y: AnyTensor, bias: AnyTensor | null | undefined): AnyTensor {
  if (bias === undefined || bias === null) return y;
  checkTensor(name, bias, 2);
  const channels = y.shape[1]!;
  if (bias.rank !== 1 || bias.size !== channels) {
    throw new ShapeError(
      name,
      `a bias of ${showShape(bias.shape)} does not fit a result of ${showShape(y.shape)}`,
      `give [${channels}], a number for each channel`,
    );
  }
  return add(y, reshape(bias, [channels, ...y.shape.slice(2).map(() => 1)]));
}
