import { type AnyTensor, flatten, type OperandDType, type Shape, type Tensor } from "@tapegrad/core/functions";
import type { LayerRule } from "../layer-types.ts";
import { Module } from "../module.ts";

/** The rule of `Flatten`: the number of elements of an example is known at run time. */
export interface FlattenRule extends LayerRule {
  readonly output: Tensor<Shape, OperandDType<this["input"]>>;
  readonly gives: number;
}

/**
 * All axes from `start` on joined into one: by default each example of a batch becomes a vector.
 * @throws ShapeError in `forward` when x has no such axis.
 * @example
 * new Flatten().forward(ones([5, 2, 3])).shape; // [5, 6]
 */
export class Flatten extends Module {
  declare readonly "~rule": FlattenRule;
  readonly start: number;

  constructor(start = 1) {
    super();
    this.start = start;
  }

  override forward<X extends AnyTensor>(x: X): (FlattenRule & { readonly input: X })["output"] {
    return flatten(x as AnyTensor, this.start) as AnyTensor as (FlattenRule & { readonly input: X })["output"];
  }
}
