import { ShapeError } from "../errors.ts";
import { checkTensor } from "../op.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { reshape } from "../ops/movement.ts";
import { type Shape, sameShape, showShape } from "../shape.ts";
import type { AnyTensor } from "../tensor.ts";

// What normalizations share; not part of the public interface but for types.

export interface NormalizationOptions {
  /** What the result is multiplied by. */
  readonly weight?: AnyTensor;
  /** What is added to the result. */
  readonly bias?: AnyTensor;
  /** Added to the variance, 1e-5 if not given. */
  readonly eps?: number;
}

/** @throws ShapeError unless a parameter has one number for each of what is normalized. */
export function checkParameter(name: string, what: string, value: AnyTensor, shape: Shape, x: Shape): void {
  if (!sameShape(value.shape, shape)) {
    throw new ShapeError(
      name,
      `a ${what} of ${showShape(value.shape)} does not fit ${showShape(x)}`,
      `give ${showShape(shape)}`,
    );
  }
}

/** x·weight + bias, whose shape is `shape`, laid out as `layout` to broadcast. */
export function affine(
  name: string,
  x: AnyTensor,
  { weight, bias }: NormalizationOptions,
  shape: Shape,
  layout: Shape = shape,
): AnyTensor {
  let now = x;
  if (weight !== undefined) {
    checkTensor(name, weight, 1);
    checkParameter(name, "weight", weight, shape, x.shape);
    now = mul(now, reshape(weight, layout)) as AnyTensor;
  }
  if (bias !== undefined) {
    checkTensor(name, bias, 2);
    checkParameter(name, "bias", bias, shape, x.shape);
    now = add(now, reshape(bias, layout)) as AnyTensor;
  }
  return now;
}

/** How many channels there are in x of [N, C, ...]. */
export function channelsOf(name: string, x: AnyTensor): number {
  checkTensor(name, x, 0);
  if (x.rank >= 2) return x.shape[1]!;
  throw new ShapeError(name, `${showShape(x.shape)} has no channels`, "give [batch, channels, ...]");
}

/** A number for each channel, laid out to broadcast to x. */
export const perChannel = (x: AnyTensor): Shape => x.shape.slice(1).map((size, i) => (i === 0 ? size : 1));
