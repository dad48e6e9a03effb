import { type Shape, ShapeError } from "@tapegrad/core/functions";

export interface Fans {
  /** How many inputs each output sums over. */
  readonly fanIn: number;
  /** How many outputs each input goes into. */
  readonly fanOut: number;
}

/**
 * Fan-in and fan-out of a weight of [out, in, ...kernel]; the kernel's size counts in both.
 * @throws ShapeError for less than two axes.
 * @example
 * fans([64, 16, 3]); // { fanIn: 48, fanOut: 192 }
 */
export function fans(shape: Shape): Fans {
  const [out, inputs, ...kernel] = shape;
  if (out === undefined || inputs === undefined) {
    throw new ShapeError("fans", `[${shape.join(", ")}] has no fan-in and fan-out`, "give a weight of [out, in, ...]");
  }
  const size = kernel.reduce((a, b) => a * b, 1);
  return { fanIn: inputs * size, fanOut: out * size };
}
