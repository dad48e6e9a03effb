import { type AnyTensor, ArgumentError, add, ShapeError, sameShape } from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import type { Layer } from "../layer.ts";
import type { LayerRule, Output, RuleOutput } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";

/** The rule of residual connections: the shape is that of the shortcut. */
export interface ResidualRule<Shortcut extends Layer | null> extends LayerRule {
  readonly output: Shortcut extends Layer ? Output<Shortcut, this["input"]> : this["input"];
  readonly gives: Shortcut extends Layer ? number : "same";
}

/**
 * x + inner(x), or shortcut(x) + inner(x) where the inner layer changes the shape (He et al., "Deep residual learning for
 * image recognition", 2016).
 * @throws ArgumentError for what is no module; ShapeError in `forward` where the two differ in shape: nothing broadcasts.
 * @example
 * const block = new Residual(new Sequential(new Linear(3, 8, { key: key(0) }), new Relu(), new Linear(8, 3, { key: key(1) })));
 * block.forward(ones([5, 3])).shape; // [5, 3]
 */
export class Residual<Inner extends Layer = Layer, Shortcut extends Layer | null = null> extends Module {
  declare readonly "~rule": ResidualRule<Shortcut>;
  readonly inner: Inner;
  readonly shortcut: Shortcut;

  constructor(inner: Inner, shortcut: Shortcut = null as Shortcut) {
    super();
    for (const part of shortcut === null ? [inner] : [inner, shortcut]) {
      if (part instanceof Module) continue;
      throw new ArgumentError("Residual", "a part is no module", "wrap functions, as in new Relu()");
    }
    this.inner = inner;
    this.shortcut = shortcut;
  }

  override get lastAxis(): LastAxis {
    const { takes, gives } = this.inner.lastAxis;
    return { takes, gives: this.shortcut === null ? "same" : gives };
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation): RuleOutput<ResidualRule<Shortcut>, X> {
    checkContext(this, context);
    const y = this.inner.forward(x, context);
    const kept = this.shortcut === null ? x : this.shortcut.forward(x, context);
    if (!sameShape(y.shape, kept.shape)) {
      const what = this.shortcut === null ? "x" : "the shortcut";
      const problem = `the inner layer gives [${y.shape.join(", ")}], ${what} is [${kept.shape.join(", ")}]`;
      throw new ShapeError(context.nameOf(this), problem, "give a second layer, a shortcut that maps x to that shape");
    }
    return add(kept, y) as AnyTensor as RuleOutput<ResidualRule<Shortcut>, X>;
  }
}
