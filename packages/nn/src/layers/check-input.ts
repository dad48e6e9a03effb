import {
  type AnyTensor,
  DTypeError,
  isFloat,
  isTensor,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
} from "@tapegrad/core/functions";
import { type Context, checkContext } from "../context.ts";
import type { Module } from "../module.ts";

/** What a thing is in messages: `[2, 3]`, or `no tensor`. */
export const formOf = (x: unknown): string => (isTensor(x) ? showShape(x.shape) : "no tensor");

/** @throws DTypeError for an x of another float than the weight. */
export function checkFloat(module: Module, context: Context, x: AnyTensor, weight: AnyTensor): void {
  if (!isFloat(x.dtype) || x.dtype === weight.dtype) return;
  const dtypes = `x is ${x.dtype}, the weight is ${weight.dtype}`;
  throw new DTypeError(context.nameOf(module), dtypes, `cast one, as in cast(x, "${weight.dtype}")`);
}

/** What [batch, channels, ...] is called, by the number of spatial axes. */
const layouts = ["", ", length", ", height, width", ", depth, height, width"];

/**
 * Checks the context, and that x is [batch, channels, ...].
 * @param axes the number of spatial axes, or `null` for any.
 * @param weight a parameter whose dtype counts, if there is one.
 * @throws ShapeError for another shape; DTypeError for another float than the weight.
 */
export function checkChannels(
  module: Module,
  context: Context,
  x: AnyTensor,
  channels: number,
  axes: number | null,
  weight: AnyTensor | null,
): void {
  checkContext(module, context);
  if (!isTensor(x) || x.shape[1] !== channels || (axes !== null && x.rank !== axes + 2)) {
    const layout = `[batch, ${channels}${axes === null ? ", ..." : layouts[axes]}]`;
    throw new ShapeError(context.nameOf(module), `x is ${formOf(x)}, the layer takes ${layout}`, `give ${layout}`);
  }
  if (weight !== null) checkFloat(module, context, x, weight);
}

/** Checks the context and the last axes. @throws ShapeError where x does not end in a shape; DTypeError for another float than the weight. */
export function checkLast(module: Module, context: Context, x: AnyTensor, last: Shape, weight: AnyTensor | null): void {
  checkContext(module, context);
  if (!isTensor(x) || !sameShape(x.shape.slice(-last.length), last)) {
    const wanted = `[..., ${last.join(", ")}]`;
    throw new ShapeError(context.nameOf(module), `x is ${formOf(x)}, the layer takes ${wanted}`, `give ${wanted}`);
  }
  if (weight !== null) checkFloat(module, context, x, weight);
}
