import type { AnyTensor } from "@tapegrad/core/functions";
import type { Context } from "./context.ts";
import type { Module } from "./module.ts";

/**
 * A module that makes one tensor of one tensor, as all layers of this package do: what containers hold.
 * @example
 * class Twice<L extends Layer> extends Module {
 *   readonly inner: L;
 *   constructor(inner: L) {
 *     super();
 *     this.inner = inner;
 *   }
 *   forward(x: Tensor, context: Context = evaluation): Tensor {
 *     return this.inner.forward(this.inner.forward(x, context), context);
 *   }
 * }
 */
export interface Layer extends Module {
  forward(x: AnyTensor, context?: Context): AnyTensor;
}
