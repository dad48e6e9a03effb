import { type AnyTensor, flatten, type Shape, type Tensor } from "@tapegrad/core/functions";
import type { LayerRule, RuleOutput } from "../layer-types.ts";
import { Module } from "../module.ts";

/** The rule of `Flatten`: axes in front of `start` are followed. */
export interface FlattenRule<Start extends number> extends LayerRule {
  readonly output: this["input"] extends infer X extends AnyTensor
    ? ReturnType<typeof flatten<X, Start>>
    : Tensor<Shape>;
  readonly gives: number;
}

/**
 * All axes from `start` on joined into one: by default each example of a batch becomes a vector.
 * @throws ShapeError in `forward` when x has no such axis.
 * @example
 * new Flatten().forward(ones([5, 2, 3])).shape; // [5, 6]
 */
export class Flatten<const Start extends number = 1> extends Module {
  declare readonly "~rule": FlattenRule<Start>;
  readonly start: Start;

  constructor(start: Start = 1 as Start) {
    super();
    this.start = start;
  }

  override forward<X extends AnyTensor>(x: X): RuleOutput<FlattenRule<Start>, X> {
    return flatten(x as AnyTensor, this.start as number) as AnyTensor as RuleOutput<FlattenRule<Start>, X>;
  }
}
